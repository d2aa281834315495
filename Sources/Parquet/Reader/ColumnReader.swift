/// Reads one column of a file, row group by row group; keeps its buffers between pages.
struct ColumnReader<Slots: SlotBuilder> {
    private let file: UnsafeRawBufferPointer
    private let field: Schema.Field
    private let limits: ReaderLimits
    private let zstd: ZstdDecompressor
    private var slots: Slots
    private var validity: [Bool]?
    private var rowCount = 0
    private var page: [UInt8] = []
    private var levels: [UInt8] = []
    private var indices: [UInt32] = []
    private var hasDictionary = false

    init(
        file: UnsafeRawBufferPointer, field: Schema.Field, limits: ReaderLimits, zstd: ZstdDecompressor,
        slots: Slots
    ) {
        self.file = file
        self.field = field
        self.limits = limits
        self.zstd = zstd
        self.slots = slots
    }

    /// What was read so far.
    var column: ColumnVector { ColumnVector(slots.values, validity: validity) }

    /// Bytes that the column takes in memory.
    var sizeBytes: Int {
        slots.contentSizeBytes + rowCount * (Slots.slotSizeBytes + (validity == nil ? 0 : 1))
    }

    /// Appends the rows of a chunk, which must have `rowCount` rows; ``sizeBytes`` may become `sizeBytesMaximum`.
    mutating func read(
        _ chunk: ColumnChunk, rowCount chunkRowCount: Int, pagesEnd: Int, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        // Chunks without rows may have no pages, and then any offset.
        guard chunkRowCount > 0 else { return }
        let (metaData, range) = try Self.locate(chunk, field: field, pagesEnd: pagesEnd)
        guard metaData.valueCount == Int64(chunkRowCount) else {
            throw .corrupt("the chunk has \(metaData.valueCount) values for \(chunkRowCount) rows")
        }
        hasDictionary = false
        // What a chunk says of itself need not be true: room is made for what its bytes make likely, the rest is left to growth.
        slots.reserve(
            rowCount: min(chunkRowCount, 65_536 + range.count * 8),
            contentSizeBytes: min(Int(max(0, metaData.uncompressedSizeBytes)), range.count * 64))
        var position = range.lowerBound
        var rowsLeft = chunkRowCount
        var pageNumber = 0
        while rowsLeft > 0 {
            do throws(ParquetError) {
                guard position < range.upperBound else {
                    throw .corrupt("the chunk ends \(rowsLeft) rows early")
                }
                let bytes = UnsafeRawBufferPointer(rebasing: file[position..<range.upperBound])
                var reader = CompactReader(bytes)
                let header = try PageHeader(from: &reader)
                var cursor = reader.cursor
                let stored = try cursor.take(Int(header.compressedSizeBytes))
                position += cursor.offset
                try readPage(
                    header, stored, codec: metaData.codec, rowsLeft: &rowsLeft, isFirst: pageNumber == 0,
                    sizeBytesMaximum: sizeBytesMaximum)
            } catch {
                throw error.located(page: pageNumber)
            }
            pageNumber += 1
        }
    }

    /// The chunk's metadata and where its pages are.
    private static func locate(
        _ chunk: ColumnChunk, field: Schema.Field, pagesEnd: Int
    ) throws(ParquetError) -> (ColumnMetaData, Range<Int>) {
        guard chunk.filePath == nil else { throw .unsupported("the chunk is in another file") }
        guard let metaData = chunk.metaData else { throw .unsupported("the chunk has no plain metadata") }
        guard metaData.type == field.type.physicalType else {
            throw .corrupt("the chunk is \(metaData.type) where the schema says \(field.type.physicalType)")
        }
        guard metaData.path == [field.name] else { throw .corrupt("the chunk is of another column") }
        guard metaData.codec == .uncompressed || metaData.codec == .zstd else {
            throw .unsupported("the codec is \(metaData.codec)")
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
        return (metaData, Int(start)..<Int(start + metaData.compressedSizeBytes))
    }

    private mutating func readPage(
        _ header: PageHeader, _ stored: UnsafeRawBufferPointer, codec: CompressionCodec, rowsLeft: inout Int,
        isFirst: Bool, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        if let crc = header.crc {
            let checksum = CRC32.checksum(stored)
            guard UInt32(bitPattern: crc) == checksum else {
                throw .corrupt("the checksum is \(checksum) where the header says \(UInt32(bitPattern: crc))")
            }
        }
        switch header.type {
        case .data:
            guard let data = header.data else { throw .corrupt("a data page's header lacks its part") }
            guard Int(data.valueCount) <= rowsLeft else {
                throw .corrupt("the page has \(data.valueCount) values where \(rowsLeft) rows are left")
            }
            try withBody(header, stored, codec: codec) { (reader: inout Self, body) throws(ParquetError) in
                try reader.readData(data, ByteCursor(body), sizeBytesMaximum: sizeBytesMaximum)
            }
            rowsLeft -= Int(data.valueCount)
        case .dictionary:
            guard let dictionary = header.dictionary else {
                throw .corrupt("a dictionary page's header lacks its part")
            }
            guard isFirst else { throw .corrupt("a dictionary page is not the first page") }
            guard dictionary.encoding == .plain || dictionary.encoding == .plainDictionary else {
                throw .unsupported("the dictionary's encoding is \(dictionary.encoding)")
            }
            hasDictionary = true
            try withBody(header, stored, codec: codec) { (reader: inout Self, body) throws(ParquetError) in
                var cursor = ByteCursor(body)
                try reader.slots.setDictionary(&cursor, count: Int(dictionary.valueCount))
            }
        case .index:
            break
        default:
            throw .unsupported("the page is a \(header.type)")
        }
    }

    /// Calls `use` with a page's decompressed bytes.
    private mutating func withBody(
        _ header: PageHeader, _ stored: UnsafeRawBufferPointer, codec: CompressionCodec,
        _ use: (inout Self, UnsafeRawBufferPointer) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        let sizeBytes = Int(header.uncompressedSizeBytes)
        guard codec == .zstd else {
            guard sizeBytes == stored.count else {
                throw .corrupt("an uncompressed page of \(stored.count) bytes is said to have \(sizeBytes)")
            }
            return try use(&self, stored)
        }
        // Some writers leave the body of a page without values empty instead of compressing nothing.
        guard sizeBytes > 0 else { return try use(&self, UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard sizeBytes <= limits.pageSizeBytesMaximum else {
            throw .limitExceeded("a page of \(sizeBytes) bytes, \(limits.pageSizeBytesMaximum) are allowed")
        }
        guard sizeBytes <= ZstdDecompressor.decompressedSizeBytesMaximum(compressedSizeBytes: stored.count)
        else {
            throw .corrupt("\(stored.count) compressed bytes cannot hold \(sizeBytes)")
        }
        var body = page
        page = []
        if body.count < sizeBytes {
            body = [UInt8](repeating: 0, count: sizeBytes)
        }
        defer { page = body }
        let zstd = zstd
        // The typed closure takes the buffer as a pointer, because the array itself is held exclusively meanwhile.
        try body.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<sizeBytes])
            try zstd.decompress(stored, into: target)
            try use(&self, UnsafeRawBufferPointer(target))
        }
    }

    private mutating func readData(
        _ data: DataPageHeader, _ body: ByteCursor, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        var body = body
        let count = Int(data.valueCount)
        let slotSizeBytes = Slots.slotSizeBytes + (field.isNullable ? 1 : 0)
        guard (rowCount + count) * slotSizeBytes + slots.contentSizeBytes <= sizeBytesMaximum else {
            throw .limitExceeded("the columns take more than \(limits.decodedSizeBytesMaximum) bytes")
        }
        slots.contentSizeBytesMaximum = min(
            Int(UInt32.max), sizeBytesMaximum - (rowCount + count) * slotSizeBytes)

        var rows = PageRows(count: count, validCount: count, levels: nil)
        guard field.isNullable, count > 0 else {
            try readValues(data.encoding, &body, rows)
            rowCount += count
            return
        }
        guard data.definitionLevelEncoding == .rle else {
            throw .unsupported("the definition levels' encoding is \(data.definitionLevelEncoding)")
        }
        var levels = levels
        self.levels = []
        defer { self.levels = levels }
        if levels.count < count {
            levels = [UInt8](repeating: 0, count: count)
        }
        try levels.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let pageLevels = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            rows.validCount = try Levels.decode(&body, into: pageLevels)
            if rows.validCount < count {
                rows.levels = UnsafeBufferPointer(pageLevels)
            }
            try readValues(data.encoding, &body, rows)
        }
        if validity != nil || rows.validCount < count {
            var merged = validity ?? [Bool](repeating: true, count: rowCount)
            validity = nil
            if rows.validCount < count {
                merged.append(contentsOf: levels[..<count].lazy.map { $0 == 1 })
            } else {
                merged.append(contentsOf: repeatElement(true, count: count))
            }
            validity = merged
        }
        rowCount += count
    }

    private mutating func readValues(
        _ encoding: Encoding, _ body: inout ByteCursor, _ rows: PageRows
    ) throws(ParquetError) {
        switch encoding {
        case .plain:
            try slots.appendPlain(&body, rows: rows)
        case .rleDictionary, .plainDictionary:
            var indices = indices
            self.indices = []
            defer { self.indices = indices }
            if indices.count < rows.validCount {
                indices = [UInt32](repeating: 0, count: rows.validCount)
            }
            try indices.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
                let pageIndices = UnsafeMutableBufferPointer(rebasing: buffer[..<rows.validCount])
                if rows.validCount > 0 {
                    guard hasDictionary else {
                        throw .corrupt("dictionary indices without a dictionary page")
                    }
                    let bitWidth = Int(try body.readByte())
                    try RLEBitPackedHybrid.decode(&body, bitWidth: bitWidth, into: pageIndices)
                    var maximum: UInt32 = 0
                    for index in pageIndices { maximum = max(maximum, index) }
                    guard maximum < slots.dictionaryCount else {
                        throw .corrupt("the dictionary index \(maximum) of \(slots.dictionaryCount) entries")
                    }
                }
                try slots.appendEntries(UnsafeBufferPointer(pageIndices), rows: rows)
            }
        default:
            throw .unsupported("the values' encoding is \(encoding)")
        }
    }
}
