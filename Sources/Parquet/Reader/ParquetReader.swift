/// Reads a flat Parquet file that is in memory.
///
/// The bytes need not be trusted: a damaged file is answered with a ``ParquetError``, and ``ReaderLimits`` bound the memory.
/// https://github.com/apache/parquet-format
public struct ParquetReader: Sendable {
    /// The columns of the file.
    public let schema: Schema
    /// The rows of the file.
    public let rowCount: Int
    /// The footer's entries in order; a missing value is the empty string.
    public let keyValueMetadata: [(key: String, value: String)]
    /// Who wrote the file; nil when it does not say.
    public let createdBy: String?

    private let bytes: [UInt8]
    private let limits: ReaderLimits
    private let rowGroups: [RowGroup]
    /// Where the footer starts.
    private let pagesEnd: Int

    /// Reads the footer.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - limits: How much memory the file may ask for.
    /// - Throws: ``ParquetError`` when the footer is damaged or a column is of an unsupported type or nested.
    public init(_ bytes: [UInt8], limits: ReaderLimits = ReaderLimits()) throws(ParquetError) {
        let (footer, pagesEnd) = try Self.footer(bytes)
        schema = try Schema(elements: footer.schema)
        var total: Int64 = 0
        for (index, rowGroup) in footer.rowGroups.enumerated() {
            guard rowGroup.columns.count == schema.fields.count else {
                throw ParquetError.corrupt(
                    "it has \(rowGroup.columns.count) chunks for \(schema.fields.count) columns"
                ).located(rowGroup: index)
            }
            let (sum, overflow) = total.addingReportingOverflow(rowGroup.rowCount)
            guard !overflow else { throw ParquetError.corrupt("the row counts exceed 64 bits") }
            total = sum
        }
        guard total == footer.rowCount else {
            throw .corrupt("the footer says \(footer.rowCount) rows, its row groups say \(total)")
        }
        // A row takes a byte of memory at least; beyond that the arithmetic on rows could overflow.
        guard total <= Int64(limits.decodedSizeBytesMaximum) else {
            throw .limitExceeded("\(total) rows, \(limits.decodedSizeBytesMaximum) bytes are allowed")
        }
        rowCount = Int(total)
        keyValueMetadata = (footer.keyValueMetadata ?? []).map { ($0.key, $0.value ?? "") }
        createdBy = footer.createdBy
        rowGroups = footer.rowGroups
        self.bytes = bytes
        self.limits = limits
        self.pagesEnd = pagesEnd
    }

    /// Reads rows.
    ///
    /// - Parameter columns: The columns to read, in the order wanted; nil reads all. The pages of the others are not touched.
    /// - Returns: The rows of all row groups; columns without nulls have no validity.
    /// - Throws: ``ParquetError`` when a page is damaged or uses what is not supported, or a name is unknown.
    public func read(columns: [String]? = nil) throws(ParquetError) -> ColumnBatch {
        var selected = Array(schema.fields.indices)
        if let columns {
            selected = []
            for name in columns {
                guard let index = schema.fields.firstIndex(where: { $0.name == name }) else {
                    throw ParquetError.invalidInput(
                        .read, "the file has no such column",
                        remedy: "name one of its \(schema.fields.count) columns"
                    ).located(column: name)
                }
                selected.append(index)
            }
        }
        let zstd = ZstdDecompressor()
        var sizeBytesLeft = limits.decodedSizeBytesMaximum
        var vectors: [ColumnVector] = []
        for index in selected {
            vectors.append(try readColumn(index, zstd: zstd, sizeBytesLeft: &sizeBytesLeft))
        }
        return ColumnBatch(rowCount: rowCount, columns: vectors)
    }

    private func readColumn(
        _ index: Int, zstd: ZstdDecompressor, sizeBytesLeft: inout Int
    ) throws(ParquetError) -> ColumnVector {
        switch schema.fields[index].type.physicalType {
        case .boolean:
            try read(index, into: BooleanSlots(), zstd: zstd, sizeBytesLeft: &sizeBytesLeft)
        case .int32:
            try read(
                index, into: FixedWidthSlots<Int32> { .int32($0) }, zstd: zstd, sizeBytesLeft: &sizeBytesLeft)
        case .int64:
            try read(
                index, into: FixedWidthSlots<Int64> { .int64($0) }, zstd: zstd, sizeBytesLeft: &sizeBytesLeft)
        case .float:
            try read(
                index, into: FixedWidthSlots<Float> { .float($0) }, zstd: zstd, sizeBytesLeft: &sizeBytesLeft)
        case .double:
            try read(
                index, into: FixedWidthSlots<Double> { .double($0) }, zstd: zstd,
                sizeBytesLeft: &sizeBytesLeft)
        case .byteArray:
            try read(index, into: ByteSlots(), zstd: zstd, sizeBytesLeft: &sizeBytesLeft)
        default:
            throw ParquetError.unsupported("the column's type is \(schema.fields[index].type)")
                .located(column: schema.fields[index].name)
        }
    }

    private func read(
        _ index: Int, into slots: some SlotBuilder, zstd: ZstdDecompressor, sizeBytesLeft: inout Int
    ) throws(ParquetError) -> ColumnVector {
        let field = schema.fields[index]
        var left = sizeBytesLeft
        let vector = try bytes.withUnsafeBufferPointer { file throws(ParquetError) in
            var reader = ColumnReader(
                file: UnsafeRawBufferPointer(file), field: field, limits: limits, zstd: zstd, slots: slots)
            for (ordinal, rowGroup) in rowGroups.enumerated() {
                do throws(ParquetError) {
                    try reader.read(
                        rowGroup.columns[index], rowCount: Int(rowGroup.rowCount), pagesEnd: pagesEnd,
                        sizeBytesMaximum: left)
                } catch {
                    throw error.located(rowGroup: ordinal, column: field.name)
                }
            }
            left -= reader.sizeBytes
            return reader.column
        }
        sizeBytesLeft = left
        return vector
    }

    /// The footer and where it starts.
    private static func footer(_ bytes: [UInt8]) throws(ParquetError) -> (FileMetaData, Int) {
        guard bytes.count >= 12 else {
            throw .corrupt("\(bytes.count) bytes are no Parquet file, which has 12 at least")
        }
        let magic = bytes.suffix(4)
        guard !magic.elementsEqual("PARE".utf8) else { throw .unsupported("the footer is encrypted") }
        guard magic.elementsEqual("PAR1".utf8), bytes.prefix(4).elementsEqual("PAR1".utf8) else {
            throw .corrupt("the file does not start and end with PAR1")
        }
        return try bytes.withUnsafeBufferPointer { buffer throws(ParquetError) in
            let file = UnsafeRawBufferPointer(buffer)
            let sizeBytes = Int(
                UInt32(littleEndian: file.loadUnaligned(fromByteOffset: file.count - 8, as: UInt32.self)))
            guard sizeBytes <= file.count - 12 else {
                throw .corrupt("a footer of \(sizeBytes) bytes in a file of \(file.count)")
            }
            let start = file.count - 8 - sizeBytes
            var reader = CompactReader(UnsafeRawBufferPointer(rebasing: file[start..<file.count - 8]))
            let footer = try FileMetaData(from: &reader)
            guard !footer.isEncrypted else { throw .unsupported("columns are encrypted") }
            return (footer, start)
        }
    }
}
