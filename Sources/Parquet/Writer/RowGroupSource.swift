/// A file whose row groups are to be copied into another one as they are.
public struct RowGroupSource: Sendable {
    /// The columns of the file.
    public let schema: Schema
    /// The rows of each row group.
    public let rowCounts: [Int]

    let bytes: [UInt8]
    private let footer: FileMetaData
    /// Where the footer starts.
    private let pagesEnd: Int

    /// Reads the footer.
    ///
    /// - Parameter bytes: The whole file.
    /// - Throws: ``ParquetError`` when the footer is damaged or a column is of an unsupported type or nested.
    public init(_ bytes: [UInt8]) throws(ParquetError) {
        (footer, pagesEnd) = try bytes.withUnsafeBufferPointer { file throws(ParquetError) in
            try FileMetaData.read(UnsafeRawBufferPointer(file))
        }
        let columns = try FileSchema(footer.schema)
        if let column = columns.unsupported.first { throw column.error }
        schema = Schema(columns.leaves.map(\.field))
        rowCounts = footer.rowGroups.map { Int($0.rowCount) }
        self.bytes = bytes
    }

    /// A row group with everything that the new file says of it, at its old place.
    struct Copy {
        var rowCount: Int
        var sortingColumns: [SortingColumn]?
        var chunks: [(encoded: EncodedChunk, bytes: Range<Int>)]
    }

    func rowGroup(_ index: Int) throws(ParquetError) -> Copy {
        guard footer.rowGroups.indices.contains(index) else {
            throw .invalidInput(
                .write, "the file to copy from has no row group \(index)",
                remedy: "choose one of its \(footer.rowGroups.count)")
        }
        let rowGroup = footer.rowGroups[index]
        guard rowGroup.columns.count == schema.fields.count else {
            throw ParquetError.corrupt(
                "it has \(rowGroup.columns.count) chunks for \(schema.fields.count) columns"
            ).located(rowGroup: index)
        }
        guard rowGroup.rowCount <= Int64(Int32.max) else {
            throw ParquetError.unsupported("it has \(rowGroup.rowCount) rows").located(rowGroup: index)
        }
        var chunks: [(EncodedChunk, Range<Int>)] = []
        for column in schema.fields.indices {
            do throws(ParquetError) {
                chunks.append(try chunk(rowGroup.columns[column], column, rowCount: rowGroup.rowCount))
            } catch {
                throw error.located(rowGroup: index, column: schema.fields[column].name)
            }
        }
        return Copy(
            rowCount: Int(rowGroup.rowCount), sortingColumns: rowGroup.sortingColumns, chunks: chunks)
    }

    private func chunk(
        _ chunk: ColumnChunk, _ column: Int, rowCount: Int64
    ) throws(ParquetError) -> (EncodedChunk, Range<Int>) {
        guard chunk.filePath == nil else { throw .unsupported("the chunk is in another file") }
        guard var metaData = chunk.metaData else { throw .unsupported("the chunk has no plain metadata") }
        let field = schema.fields[column]
        guard metaData.type == field.type.physicalType, metaData.path == [field.name] else {
            throw .corrupt("the chunk is of another column")
        }
        guard metaData.valueCount == rowCount else {
            throw .corrupt("the chunk has \(metaData.valueCount) values for \(rowCount) rows")
        }
        // Far beyond what a file holds, far below what sums could exceed 64 bits with.
        guard (0...Int64(1) << 48).contains(metaData.uncompressedSizeBytes) else {
            throw .corrupt("the chunk has \(metaData.uncompressedSizeBytes) uncompressed bytes")
        }
        // Some writers say 0 where there is no dictionary page.
        if metaData.dictionaryPageOffset == 0 { metaData.dictionaryPageOffset = nil }
        let start = min(metaData.dataPageOffset, metaData.dictionaryPageOffset ?? .max)
        guard start >= 4, start <= Int64(pagesEnd), metaData.compressedSizeBytes <= Int64(pagesEnd) - start
        else {
            throw .corrupt(
                "the chunk's \(metaData.compressedSizeBytes) bytes from \(start) exceed the \(pagesEnd) before the footer"
            )
        }
        let range = Int(start)..<Int(start + metaData.compressedSizeBytes)
        guard metaData.dataPageOffset < Int64(range.upperBound) || rowCount == 0 else {
            throw .corrupt("the data pages from \(metaData.dataPageOffset) start after the chunk's end")
        }
        var encoded = EncodedChunk(metaData: metaData)
        // Bounds that are ordered in another way would be taken for this one's.
        let isOrderKnown = footer.columnOrders.map {
            $0.count == schema.fields.count && $0[column] == .typeDefined
        }
        if isOrderKnown != true {
            encoded.metaData.statistics?.minValue = nil
            encoded.metaData.statistics?.maxValue = nil
            encoded.metaData.statistics?.isMinValueExact = nil
            encoded.metaData.statistics?.isMaxValueExact = nil
        }
        guard
            let offsetIndex = try index(
                OffsetIndex.self, at: chunk.offsetIndexOffset, sizeBytes: chunk.offsetIndexSizeBytes)
        else { return (encoded, range) }
        for page in offsetIndex.pageLocations {
            guard page.offset >= start,
                page.offset <= Int64(range.upperBound) - Int64(page.compressedSizeBytes),
                page.firstRowIndex < rowCount
            else { throw .corrupt("a page location lies outside of the chunk") }
        }
        encoded.offsetIndex = offsetIndex
        guard isOrderKnown == true,
            let columnIndex = try index(
                ColumnIndex.self, at: chunk.columnIndexOffset, sizeBytes: chunk.columnIndexSizeBytes)
        else { return (encoded, range) }
        guard columnIndex.nullPages.count == offsetIndex.pageLocations.count else {
            throw .corrupt(
                "\(columnIndex.nullPages.count) pages have bounds, \(offsetIndex.pageLocations.count) have a place"
            )
        }
        // A page that is said to be null and to have no nulls would be skipped, rows and all, by some readers.
        let nullCounts = columnIndex.nullCounts ?? []
        if zip(columnIndex.nullPages, nullCounts).contains(where: { $0 && $1 == 0 }) {
            return (encoded, range)
        }
        encoded.columnIndex = columnIndex
        return (encoded, range)
    }

    /// Nil where the file has none.
    private func index<Index: ThriftStruct>(
        _ type: Index.Type, at offset: Int64?, sizeBytes: Int32?
    ) throws(ParquetError) -> Index? {
        guard let offset, let sizeBytes else { return nil }
        guard offset >= 4, sizeBytes >= 0, offset <= Int64(bytes.count),
            Int64(sizeBytes) <= Int64(bytes.count) - offset
        else { throw .corrupt("a page index of \(sizeBytes) bytes at \(offset)") }
        let range = Int(offset)..<Int(offset) + Int(sizeBytes)
        return try bytes.withUnsafeBufferPointer { file throws(ParquetError) in
            var reader = CompactReader(
                UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: file[range])))
            return try Index(from: &reader)
        }
    }
}
