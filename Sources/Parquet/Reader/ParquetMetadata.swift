/// What a file's footer says: its columns, its row groups, and who wrote it.
public struct ParquetMetadata: Sendable {
    /// A column that is not read.
    public struct UnsupportedColumn: Sendable, Equatable {
        /// Its name at the top of the schema.
        public var name: String
        /// What reading it would throw.
        public var error: ParquetError
    }

    /// The columns that are read, in the file's order.
    public let schema: Schema
    /// The columns that are not: nested ones, ones of unknown physical type, and ones that share a name.
    public let unsupportedColumns: [UnsupportedColumn]
    /// The rows of all row groups.
    public let rowCount: Int
    /// The row groups, in the file's order.
    public let rowGroups: [RowGroupMetadata]
    /// The footer's entries in order; a missing value is the empty string.
    public let keyValueMetadata: [(key: String, value: String)]
    /// Who wrote the file; nil when it does not say.
    public let createdBy: String?

    let leaves: [FileSchema.Leaf]
    /// Where in ``schema`` each column is.
    private let positions: [String: Int]
    /// Where the footer starts: no page lies behind it.
    let pagesEnd: Int

    /// Reads a footer, which starts at `pagesEnd`: the bytes between the last page and the length behind the footer.
    init(footer: UnsafeRawBufferPointer, pagesEnd: Int, limits: ReaderLimits) throws(ParquetError) {
        let file = try FileMetaData.read(footer, limits: limits)
        let columns = try FileSchema(file.schema)
        schema = Schema(columns.leaves.map(\.field))
        leaves = columns.leaves
        let positions = Dictionary(
            uniqueKeysWithValues: columns.leaves.enumerated().map { ($1.field.name, $0) })
        self.positions = positions
        unsupportedColumns = columns.unsupported.map { UnsupportedColumn(name: $0.name, error: $0.error) }
        rowCount = try Self.rowCount(file, chunkCount: columns.chunkCount, limits: limits)
        let orders = file.columnOrders ?? []
        var rowGroups: [RowGroupMetadata] = []
        for rowGroup in file.rowGroups {
            rowGroups.append(
                RowGroupMetadata(rowGroup, leaves: columns.leaves, positions: positions, orders: orders))
        }
        self.rowGroups = rowGroups
        keyValueMetadata = (file.keyValueMetadata ?? []).map { ($0.key, $0.value ?? "") }
        createdBy = file.createdBy
        self.pagesEnd = pagesEnd
    }

    /// The rows of the row groups, which the arithmetic on rows relies on to be few enough.
    private static func rowCount(
        _ file: FileMetaData, chunkCount: Int, limits: ReaderLimits
    ) throws(ParquetError) -> Int {
        var total: Int64 = 0
        for (index, rowGroup) in file.rowGroups.enumerated() {
            guard rowGroup.columns.count == chunkCount else {
                throw ParquetError.corrupt(
                    "it has \(rowGroup.columns.count) chunks for \(chunkCount) columns"
                ).located(rowGroup: index)
            }
            let (sum, overflow) = total.addingReportingOverflow(rowGroup.rowCount)
            guard !overflow else { throw .corrupt("the row counts exceed 64 bits") }
            total = sum
        }
        // parquet-rs once wrote 0, whatever the rows.
        guard total == file.rowCount || file.rowCount == 0 else {
            throw .corrupt("the footer says \(file.rowCount) rows, its row groups say \(total)")
        }
        let maximum = min(limits.rowCountMaximum, 1 << 48)
        guard total <= Int64(maximum) else {
            throw .limitExceeded("\(total) rows, \(maximum) are allowed")
        }
        return Int(total)
    }

    /// The positions in ``schema`` of the columns asked for; nil asks for all there are.
    func selection(_ columns: [String]?) throws(ParquetError) -> [Int] {
        guard let columns else {
            if let first = unsupportedColumns.first { throw first.error }
            return Array(schema.fields.indices)
        }
        var selected: [Int] = []
        for name in columns { selected.append(try index(of: name)) }
        return selected
    }

    /// The position in ``schema`` of a column.
    func index(of name: String) throws(ParquetError) -> Int {
        if let index = positions[name] { return index }
        if let column = unsupportedColumns.first(where: { $0.name == name }) { throw column.error }
        throw ParquetError.invalidInput(
            .read, "the file has no such column", remedy: "name one of its \(schema.fields.count) columns"
        ).located(column: name)
    }

    /// The row groups asked for, each of which there must be; nil asks for all.
    func selection(rowGroups: [Int]?) throws(ParquetError) -> [Int] {
        guard let selected = rowGroups else { return Array(self.rowGroups.indices) }
        for index in selected where !self.rowGroups.indices.contains(index) {
            throw ParquetError.invalidInput(
                .read, "the file has \(self.rowGroups.count) row groups", remedy: "name one of them, from 0"
            ).located(rowGroup: index)
        }
        return selected
    }

    /// Where a column's pages are in a row group.
    func chunk(_ column: Int, rowGroup: Int) throws(ParquetError) -> ChunkLocation {
        do throws(ParquetError) {
            return try ChunkLocation(
                rowGroups[rowGroup].chunks[leaves[column].chunkIndex], field: schema.fields[column],
                rowCount: rowGroups[rowGroup].rowCount, pagesEnd: pagesEnd, createdBy: createdBy)
        } catch {
            throw error.located(rowGroup: rowGroup, column: schema.fields[column].name)
        }
    }
}

/// What a file's footer says of one row group.
public struct RowGroupMetadata: Sendable {
    /// Its rows.
    public let rowCount: Int
    /// One chunk a leaf of the schema.
    let chunks: [ColumnChunk]
    private let leaves: [FileSchema.Leaf]
    private let positions: [String: Int]
    private let orders: [ColumnOrder]

    init(_ rowGroup: RowGroup, leaves: [FileSchema.Leaf], positions: [String: Int], orders: [ColumnOrder]) {
        rowCount = Int(rowGroup.rowCount)
        chunks = rowGroup.columns
        self.leaves = leaves
        self.positions = positions
        self.orders = orders
    }

    /// What the footer says of a column's values here.
    ///
    /// - Parameter column: The name of a column in ``ParquetMetadata/schema``.
    /// - Returns: Counts and bounds, as far as they can be relied on; nil for columns that are not read.
    public func statistics(_ column: String) -> ColumnStatistics? {
        guard let leaf = positions[column].map({ leaves[$0] }) else { return nil }
        let order = orders.indices.contains(leaf.chunkIndex) ? orders[leaf.chunkIndex] : nil
        return ColumnStatistics(
            chunks[leaf.chunkIndex].metaData?.statistics ?? Statistics(), leaf: leaf, rowCount: rowCount,
            order: order)
    }
}

/// Where a chunk's pages are and what is needed to read them.
struct ChunkLocation {
    var codec: CompressionCodec
    /// The pages within the file; empty for a chunk without rows.
    var range: Range<Int>
    /// Bytes of all pages once decompressed, as the file says.
    var uncompressedSizeBytes: Int

    init(
        _ chunk: ColumnChunk, field: Schema.Field, rowCount: Int, pagesEnd: Int, createdBy: String?
    ) throws(ParquetError) {
        guard rowCount > 0 else {
            // Chunks without rows may have no pages, and then any offset.
            codec = .uncompressed
            range = 0..<0
            uncompressedSizeBytes = 0
            return
        }
        guard chunk.filePath == nil else { throw .unsupported("the chunk is in another file") }
        guard let metaData = chunk.metaData else { throw .unsupported("the chunk has no plain metadata") }
        guard metaData.type == field.type.physicalType else {
            throw .corrupt("the chunk is \(metaData.type) where the schema says \(field.type.physicalType)")
        }
        guard metaData.path == [field.name] else { throw .corrupt("the chunk is of another column") }
        guard metaData.valueCount == Int64(rowCount) else {
            throw .corrupt("the chunk has \(metaData.valueCount) values for \(rowCount) rows")
        }
        // Some writers say 0 where there is no dictionary page.
        var start = metaData.dataPageOffset
        if let dictionary = metaData.dictionaryPageOffset, dictionary > 0, dictionary < start {
            start = dictionary
        }
        guard start >= 4, start <= Int64(pagesEnd), metaData.compressedSizeBytes <= Int64(pagesEnd) - start
        else {
            throw .corrupt(
                "the chunk's \(metaData.compressedSizeBytes) bytes from \(start) exceed the \(pagesEnd) before the footer"
            )
        }
        var end = Int(start + metaData.compressedSizeBytes)
        if Self.leavesOutDictionaryHeader(createdBy) { end = min(end + 100, pagesEnd) }
        codec = metaData.codec
        range = Int(start)..<end
        uncompressedSizeBytes = Int(max(0, metaData.uncompressedSizeBytes))
    }

    /// Whether the writer left the dictionary page's header, some dozen bytes, out of a chunk's size.
    ///
    /// parquet-mr did before 1.2.9: https://issues.apache.org/jira/browse/PARQUET-816
    private static func leavesOutDictionaryHeader(_ createdBy: String?) -> Bool {
        guard let createdBy, createdBy.hasPrefix("parquet-mr") else { return false }
        guard let version = createdBy.split(separator: " ").dropFirst(2).first else { return true }
        let numbers = version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
        return numbers.lexicographicallyPrecedes([1, 2, 9])
    }
}
