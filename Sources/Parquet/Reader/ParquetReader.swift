/// Reads a Parquet file that is in memory; ``RangedParquetReader`` reads one that lies elsewhere.
///
/// The bytes need not be trusted: a damaged file is answered with a ``ParquetError``, and ``ReaderLimits`` bound the memory.
/// https://github.com/apache/parquet-format
public struct ParquetReader: Sendable {
    /// What the footer says.
    public let metadata: ParquetMetadata

    private let bytes: [UInt8]
    private let limits: ReaderLimits

    /// The columns that are read, in the file's order.
    public var schema: Schema { metadata.schema }
    /// The rows of the file.
    public var rowCount: Int { metadata.rowCount }
    /// The footer's entries in order; a missing value is the empty string.
    public var keyValueMetadata: [(key: String, value: String)] { metadata.keyValueMetadata }
    /// Who wrote the file; nil when it does not say.
    public var createdBy: String? { metadata.createdBy }

    /// Reads the footer.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - limits: How much memory the file may ask for.
    /// - Throws: ``ParquetError`` when the footer is damaged. A column that is not read does not make the others unreadable.
    public init(_ bytes: [UInt8], limits: ReaderLimits = ReaderLimits()) throws(ParquetError) {
        guard bytes.prefix(4).elementsEqual("PAR1".utf8) || bytes.count < 12 else {
            throw .corrupt("the file does not start and end with PAR1")
        }
        metadata = try bytes.withUnsafeBufferPointer { buffer throws(ParquetError) in
            let file = UnsafeRawBufferPointer(buffer)
            let range = try FileTail.footer(file, fileSizeBytes: file.count)
            return try ParquetMetadata(
                footer: UnsafeRawBufferPointer(rebasing: file[range]), pagesEnd: range.lowerBound,
                limits: limits)
        }
        self.bytes = bytes
        self.limits = limits
    }

    /// Reads rows.
    ///
    /// - Parameters:
    ///   - columns: The columns to read, in the order wanted; nil reads all. The pages of the others are not touched.
    ///   - rowGroups: The row groups to read, from 0, in the order wanted; nil reads all.
    /// - Returns: The rows of these row groups, one after another; columns without nulls have no validity.
    /// - Throws: ``ParquetError`` when a page is damaged or uses what is not supported, a name is unknown, or the file has columns
    ///   that are not read and `columns` is nil.
    public func read(
        columns: [String]? = nil, rowGroups: [Int]? = nil
    ) throws(ParquetError) -> ColumnBatch {
        let selected = try metadata.selection(columns)
        let groups = try metadata.selection(rowGroups: rowGroups)
        let rowCount = try metadata.rowCount(groups)
        let decompressors = PageDecompressors()
        var sizeBytesLeft = limits.decodedSizeBytesMaximum
        var vectors: [ColumnVector] = []
        for column in selected {
            let reader = try metadata.makeColumnReader(column, limits: limits, decompressors: decompressors)
            try bytes.withUnsafeBufferPointer { file throws(ParquetError) in
                for rowGroup in groups {
                    let chunk = try metadata.chunk(column, rowGroup: rowGroup)
                    let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(file)[chunk.range])
                    try metadata.read(
                        chunk, bytes, column: column, rowGroup: rowGroup, with: reader,
                        sizeBytesMaximum: sizeBytesLeft)
                }
            }
            sizeBytesLeft -= reader.sizeBytes
            vectors.append(reader.column)
        }
        return ColumnBatch(rowCount: rowCount, columns: vectors)
    }

    /// Reads the row groups that may hold rows of which something is true.
    ///
    /// - Parameters:
    ///   - columns: The columns to read; nil reads all.
    ///   - predicate: What the rows are wanted for. It leaves out whole row groups; rows are not looked at, so that the result holds
    ///     rows of which it is not true.
    /// - Returns: The rows of these row groups.
    /// - Throws: ``ParquetError`` as ``read(columns:rowGroups:)``, and when the predicate does not go with the columns.
    public func read(
        columns: [String]? = nil, where predicate: RowGroupPredicate
    ) throws(ParquetError) -> ColumnBatch {
        try read(columns: columns, rowGroups: metadata.rowGroups(where: predicate))
    }
}

extension ParquetMetadata {
    /// The rows of some row groups, which may be named more than once.
    func rowCount(_ groups: [Int]) throws(ParquetError) -> Int {
        var total = 0
        for group in groups {
            let (sum, overflow) = total.addingReportingOverflow(rowGroups[group].rowCount)
            guard !overflow else { throw .limitExceeded("the row counts exceed 63 bits") }
            total = sum
        }
        return total
    }

    /// Appends the rows of a chunk, whose pages are `bytes`.
    func read(
        _ chunk: ChunkLocation, _ bytes: UnsafeRawBufferPointer, column: Int, rowGroup: Int,
        with reader: AnyColumnReader, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        do throws(ParquetError) {
            try reader.read(chunk, bytes, rowGroups[rowGroup].rowCount, sizeBytesMaximum)
        } catch {
            throw error.located(rowGroup: rowGroup, column: schema.fields[column].name)
        }
    }
}

/// The last bytes of a file: the footer, its length, and four letters.
enum FileTail {
    /// Bytes behind the footer.
    static let trailerSizeBytes = 8

    /// Where in the file the footer is; `tail` is the file's last bytes, 8 at least.
    static func footer(
        _ tail: UnsafeRawBufferPointer, fileSizeBytes: Int
    ) throws(ParquetError) -> Range<Int> {
        guard fileSizeBytes >= 12 else {
            throw .corrupt("\(fileSizeBytes) bytes are no Parquet file, which has 12 at least")
        }
        let magic = tail[(tail.count - 4)...]
        guard !magic.elementsEqual("PARE".utf8) else { throw .unsupported("the footer is encrypted") }
        guard magic.elementsEqual("PAR1".utf8) else {
            throw .corrupt("the file does not start and end with PAR1")
        }
        let sizeBytes = Int(
            UInt32(
                littleEndian: tail.loadUnaligned(
                    fromByteOffset: tail.count - trailerSizeBytes, as: UInt32.self)))
        guard sizeBytes <= fileSizeBytes - 12 else {
            throw .corrupt("a footer of \(sizeBytes) bytes in a file of \(fileSizeBytes)")
        }
        let end = fileSizeBytes - trailerSizeBytes
        return end - sizeBytes..<end
    }
}
