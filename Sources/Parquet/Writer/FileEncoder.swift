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
    /// What is finished: metadata, and the page index of each column.
    private var rowGroups: [(rowGroup: RowGroup, chunks: [EncodedChunk])] = []
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

    /// Refuses a batch that does not fit the schema.
    func validate(_ batch: ColumnBatch) throws(ParquetError) {
        precondition(!isFinished, "a finished writer takes no rows")
        try schema.validate(batch)
    }

    /// Takes rows of a valid batch until a row group is full.
    ///
    /// - Returns: The first row that was not taken, or the row count.
    mutating func append(_ batch: ColumnBatch, from start: Int) throws(ParquetError) -> Int {
        let end = rowGroupEnd(batch, from: start)
        let isFull =
            end < batch.rowCount
            || (pending?.rowCount ?? 0) + end - start == options.rowGroupRowCountMaximum
        if var rows = pending {
            pending = nil
            rows.append(batch, rows: start..<end)
            pending = rows
            if isFull { try endRowGroup() }
        } else if isFull {
            try encodeRowGroup(batch, rows: start..<end)
        } else {
            pending = start == 0 ? batch : batch.slice(start..<end)
        }
        return end
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

    /// Encodes the rows of the row group that is being filled, if there are any.
    mutating func endRowGroup() throws(ParquetError) {
        guard let rows = pending else { return }
        pending = nil
        guard rows.rowCount > 0 else { return }
        try encodeRowGroup(rows, rows: 0..<rows.rowCount)
    }

    private mutating func encodeRowGroup(_ batch: ColumnBatch, rows: Range<Int>) throws(ParquetError) {
        let ordinal = rowGroups.count
        let fileOffset = takenSizeBytes + Int64(output.count)
        // Address space, not memory: what is not written to costs nothing, while growing would copy.
        output.reserveCapacity(output.count + batch.sizeBytes(rows))
        var chunks: [EncodedChunk] = []
        for (field, column) in zip(schema.fields, batch.columns) {
            do throws(ParquetError) {
                chunks.append(
                    try chunkEncoder.encode(
                        column, rows: rows, field: field, into: &output, outputOffset: takenSizeBytes))
            } catch {
                throw error.located(rowGroup: ordinal, column: field.name)
            }
        }
        let sortingColumns = options.sortingColumns.compactMap { option in
            schema.fields.firstIndex { $0.name == option.name }.map {
                SortingColumn(columnIndex: Int32($0), areNullsFirst: option.areNullsFirst)
            }
        }
        finishRowGroup(
            chunks, rowCount: rows.count, fileOffset: fileOffset,
            sortingColumns: sortingColumns.isEmpty ? nil : sortingColumns)
    }

    private mutating func finishRowGroup(
        _ chunks: [EncodedChunk], rowCount: Int, fileOffset: Int64, sortingColumns: [SortingColumn]?
    ) {
        let rowGroup = RowGroup(
            columns: chunks.map { ColumnChunk(metaData: $0.metaData) },
            uncompressedSizeBytes: chunks.reduce(0) { $0 + $1.metaData.uncompressedSizeBytes },
            rowCount: Int64(rowCount), sortingColumns: sortingColumns, fileOffset: fileOffset,
            compressedSizeBytes: chunks.reduce(0) { $0 + $1.metaData.compressedSizeBytes },
            ordinal: Int16(exactly: rowGroups.count))
        rowGroups.append((rowGroup, chunks))
    }

    /// Ends the row group that is being filled and appends one of another file.
    ///
    /// What the pages hold is not looked at; only where they are, and what the file says of them.
    mutating func copyRowGroup(_ index: Int, of source: RowGroupSource) throws(ParquetError) {
        precondition(!isFinished, "a finished writer takes no rows")
        guard source.schema == schema else {
            throw .invalidInput(
                .write, "the columns of the file to copy from are others",
                remedy: "copy between files of one schema, or read and write the rows")
        }
        try endRowGroup()
        let copy = try source.rowGroup(index)
        guard copy.rowCount > 0 else { return }
        let fileOffset = takenSizeBytes + Int64(output.count)
        output.reserveCapacity(output.count + copy.chunks.reduce(0) { $0 + $1.bytes.count })
        var chunks: [EncodedChunk] = []
        for var chunk in copy.chunks {
            let distance = takenSizeBytes + Int64(output.count) - Int64(chunk.bytes.lowerBound)
            output.append(contentsOf: source.bytes[chunk.bytes])
            chunk.encoded.move(by: distance)
            chunks.append(chunk.encoded)
        }
        finishRowGroup(
            chunks, rowCount: copy.rowCount, fileOffset: fileOffset, sortingColumns: copy.sortingColumns)
    }

    /// Encodes the last rows, the page index and the footer.
    mutating func finish() throws(ParquetError) {
        precondition(!isFinished, "a writer is finished once")
        try endRowGroup()
        isFinished = true
        if options.isPageIndexWritten { try appendPageIndex() }
        let metadata = FileMetaData(
            schema: schema.elements, rowCount: rowGroups.reduce(0) { $0 + $1.rowGroup.rowCount },
            rowGroups: rowGroups.map(\.rowGroup),
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

    /// All column indexes and then all offset indexes, so that a reader that needs one kind gets it with one request.
    private mutating func appendPageIndex() throws(ParquetError) {
        for group in rowGroups.indices {
            for column in schema.fields.indices {
                guard let index = rowGroups[group].chunks[column].columnIndex else { continue }
                let (offset, sizeBytes) = try appendIndex(index)
                rowGroups[group].rowGroup.columns[column].columnIndexOffset = offset
                rowGroups[group].rowGroup.columns[column].columnIndexSizeBytes = sizeBytes
            }
        }
        for group in rowGroups.indices {
            for column in schema.fields.indices {
                guard let index = rowGroups[group].chunks[column].offsetIndex else { continue }
                let (offset, sizeBytes) = try appendIndex(index)
                rowGroups[group].rowGroup.columns[column].offsetIndexOffset = offset
                rowGroups[group].rowGroup.columns[column].offsetIndexSizeBytes = sizeBytes
            }
        }
    }

    private mutating func appendIndex(_ index: some ThriftStruct) throws(ParquetError) -> (Int64, Int32) {
        let bytes = CompactWriter.encode(index)
        guard let sizeBytes = Int32(exactly: bytes.count) else {
            throw .invalidInput(
                .write, "a page index of \(bytes.count) bytes", remedy: "write larger pages")
        }
        let offset = takenSizeBytes + Int64(output.count)
        output.append(contentsOf: bytes)
        return (offset, sizeBytes)
    }
}

extension EncodedChunk {
    /// Says that the pages are elsewhere, `distance` bytes after where they were.
    fileprivate mutating func move(by distance: Int64) {
        metaData.dataPageOffset += distance
        if let offset = metaData.dictionaryPageOffset { metaData.dictionaryPageOffset = offset + distance }
        guard var index = offsetIndex else { return }
        for page in index.pageLocations.indices { index.pageLocations[page].offset += distance }
        offsetIndex = index
    }
}
