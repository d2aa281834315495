/// Rows in, the bytes of a file out; knows no sink.
///
/// Where row groups end depends on the rows alone, not on the batches in which they came.
struct FileEncoder {
    static let magic: [UInt8] = Array("PAR1".utf8)

    /// Bytes that have been encoded and not yet been taken.
    private var output: [UInt8] = FileEncoder.magic
    /// Bytes that have been taken.
    private var takenSizeBytes: Int64 = 0
    private let schema: Schema
    private let options: WriterOptions
    private var chunkEncoder: ColumnChunkEncoder
    private var rowGroups: [RowGroup] = []
    /// The rows of the next row group.
    private var pending: ColumnBatch?
    private var isFinished = false

    init(schema: Schema, options: WriterOptions) throws(ParquetError) {
        try options.validate(schema)
        self.schema = schema
        self.options = options
        chunkEncoder = ColumnChunkEncoder(options: options)
    }

    /// Whether there are bytes to take besides the file's first four.
    var hasOutput: Bool { output.count > Self.magic.count }

    /// The bytes since the last call.
    mutating func takeOutput() -> [UInt8] {
        takenSizeBytes += Int64(output.count)
        defer { output = [] }
        return output
    }

    mutating func append(_ batch: ColumnBatch) throws(ParquetError) {
        precondition(!isFinished, "a finished writer takes no rows")
        try schema.validate(batch)
        var start = 0
        while start < batch.rowCount {
            let end = rowGroupEnd(batch, from: start)
            let isFull =
                end < batch.rowCount
                || (pending?.rowCount ?? 0) + end - start == options.rowGroupRowCountMaximum
            if var rows = pending {
                pending = nil
                rows.append(batch, rows: start..<end)
                pending = rows
                if isFull { try encodePending() }
            } else if isFull {
                try encodeRowGroup(batch, rows: start..<end)
            } else {
                pending = start == 0 ? batch : batch.slice(start..<end)
            }
            start = end
        }
    }

    /// Where the row group that is being filled ends at the latest, within a batch.
    private func rowGroupEnd(_ batch: ColumnBatch, from start: Int) -> Int {
        let pendingRowCount = pending?.rowCount ?? 0
        let pendingSizeBytes = pending?.sizeBytes(0..<pendingRowCount) ?? 0
        var fits = start
        var rest = min(batch.rowCount, start + options.rowGroupRowCountMaximum - pendingRowCount)
        if pendingSizeBytes + batch.sizeBytes(start..<rest) <= options.rowGroupSizeBytesMaximum {
            return rest
        }
        while fits < rest {
            let middle = (fits + rest + 1) / 2
            if pendingSizeBytes + batch.sizeBytes(start..<middle) <= options.rowGroupSizeBytesMaximum {
                fits = middle
            } else {
                rest = middle - 1
            }
        }
        return pendingRowCount == 0 ? max(fits, start + 1) : fits
    }

    /// Encodes the last rows and the footer.
    mutating func finish() throws(ParquetError) {
        precondition(!isFinished, "a writer is finished once")
        try encodePending()
        isFinished = true
        let metadata = FileMetaData(
            schema: schema.elements, rowCount: rowGroups.reduce(0) { $0 + $1.rowCount }, rowGroups: rowGroups,
            keyValueMetadata: options.keyValueMetadata.isEmpty
                ? nil : options.keyValueMetadata.map { KeyValue(key: $0.key, value: $0.value) },
            createdBy: options.createdBy,
            columnOrders: schema.fields.map { _ in .typeDefined })
        let footer = CompactWriter.encode(metadata)
        guard footer.count <= Int(Int32.max) else {
            throw .invalidInput(
                .write, "the footer takes \(footer.count) bytes",
                remedy: "write larger row groups or several files")
        }
        output.append(contentsOf: footer)
        output.append(littleEndian: UInt32(footer.count))
        output.append(contentsOf: Self.magic)
    }

    private mutating func encodePending() throws(ParquetError) {
        guard let rows = pending else { return }
        pending = nil
        try encodeRowGroup(rows, rows: 0..<rows.rowCount)
    }

    private mutating func encodeRowGroup(_ batch: ColumnBatch, rows: Range<Int>) throws(ParquetError) {
        let ordinal = rowGroups.count
        let fileOffset = takenSizeBytes + Int64(output.count)
        // Address space, not memory: what is not written to costs nothing, while growing would copy.
        output.reserveCapacity(output.count + batch.sizeBytes(rows))
        var columns: [ColumnChunk] = []
        for (field, column) in zip(schema.fields, batch.columns) {
            do throws(ParquetError) {
                columns.append(
                    try chunkEncoder.encode(
                        column, rows: rows, field: field, into: &output, outputOffset: takenSizeBytes))
            } catch {
                throw error.located(rowGroup: ordinal, column: field.name)
            }
        }
        let sortingColumns = options.sortingColumns.compactMap { name in
            schema.fields.firstIndex { $0.name == name }.map { SortingColumn(columnIndex: Int32($0)) }
        }
        rowGroups.append(
            RowGroup(
                columns: columns,
                uncompressedSizeBytes: columns.reduce(0) { $0 + ($1.metaData?.uncompressedSizeBytes ?? 0) },
                rowCount: Int64(rows.count), sortingColumns: sortingColumns.isEmpty ? nil : sortingColumns,
                fileOffset: fileOffset,
                compressedSizeBytes: columns.reduce(0) { $0 + ($1.metaData?.compressedSizeBytes ?? 0) },
                ordinal: Int16(exactly: ordinal)))
    }
}
