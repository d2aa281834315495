// A libFuzzer target, built by scripts/fuzz.sh together with the sources of the module Parquet.
// https://llvm.org/docs/LibFuzzer.html

/// Limits well below what libFuzzer is told to allow, so that what exceeds them is found.
private let limits = {
    var limits = ReaderLimits()
    limits.footerSizeBytesMaximum = 1 << 20
    limits.metadataSizeBytesMaximum = 8 << 20
    limits.rowCountMaximum = 1 << 24
    limits.pageSizeBytesMaximum = 8 << 20
    limits.dictionarySizeBytesMaximum = 8 << 20
    limits.decodedSizeBytesMaximum = 16 << 20
    return limits
}()

/// Reads whatever the bytes are, writes again what could be read, and reads that; a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParquetReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let file = Array(UnsafeBufferPointer(start: start, count: count))
    guard let reader = try? ParquetReader(file, limits: limits) else { return 0 }
    for field in reader.schema.fields {
        for rowGroup in reader.metadata.rowGroups { _ = rowGroup.statistics(field.name) }
        _ = try? reader.metadata.rowGroups(where: .isNull(field.name))
        // Each column alone, so that one that is damaged does not hide the others.
        guard let batch = try? reader.read(columns: [field.name]) else { continue }
        writeAndRead(batch, field)
    }
    copyRowGroups(file)
    return 0
}

private func writeAndRead(_ batch: ColumnBatch, _ field: Schema.Field) {
    let schema = Schema([field])
    // What a file may hold and the writer refuses, text that is not UTF-8 for one, ends here.
    guard let copy = try? ParquetFile.encode(schema: schema, batch: batch) else { return }
    do {
        let again = try ParquetReader(copy).read()
        // NaN differs from itself.
        switch batch.columns[0].values {
        case .float, .double: precondition(again.rowCount == batch.rowCount)
        default: precondition(again == batch, "what was written is what is read")
        }
    } catch {
        preconditionFailure("what was written is not read: \(error)")
    }
}

private func copyRowGroups(_ file: [UInt8]) {
    guard let source = try? RowGroupSource(file), source.schema.fields.count > 0,
        var encoder = try? ParquetWriter(schema: source.schema, sink: Count())
    else { return }
    for rowGroup in source.rowCounts.indices { try? encoder.copyRowGroup(rowGroup, of: source) }
    _ = try? encoder.finish()
}

private struct Count: ByteSink {
    private var count = 0

    mutating func append(_ bytes: [UInt8]) { count += bytes.count }
}
