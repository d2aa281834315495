/// Reads one column of a file, row group by row group, whatever its type.
///
/// Closures instead of a protocol: what a protocol's existential calls in a generic type is not specialised, and ten times slower.
struct AnyColumnReader {
    /// As ``ColumnReader/read(_:_:rowCount:sizeBytesMaximum:)``.
    let read:
        (
            _ chunk: ChunkLocation, _ bytes: UnsafeRawBufferPointer, _ rowCount: Int, _ sizeBytesMaximum: Int
        ) throws(ParquetError) -> Void
    private let makeColumn: () -> ColumnVector
    private let measure: () -> Int

    /// What was read so far.
    var column: ColumnVector { makeColumn() }
    /// Bytes that the column takes in memory.
    var sizeBytes: Int { measure() }

    @inline(__always)
    init<Slots: SlotBuilder>(
        _ field: Schema.Field, _ limits: ReaderLimits, _ decompressors: PageDecompressors, _ slots: Slots
    ) {
        var reader = ColumnReader(
            isNullable: field.isNullable, limits: limits, decompressors: decompressors, slots: slots)
        read = { (chunk, bytes, rowCount, sizeBytesMaximum) throws(ParquetError) in
            try reader.read(chunk, bytes, rowCount: rowCount, sizeBytesMaximum: sizeBytesMaximum)
        }
        makeColumn = { reader.column }
        measure = { reader.sizeBytes }
    }
}

/// Reads a column of one type; keeps its buffers between pages.
struct ColumnReader<Slots: SlotBuilder> {
    private let isNullable: Bool
    private let limits: ReaderLimits
    private let decompressors: PageDecompressors
    private var slots: Slots
    private var validity: [Bool]?
    private var rowCount = 0
    private var page: [UInt8] = []
    private var levels: [UInt8] = []
    private var indices: [UInt32] = []
    private var hasDictionary = false
    /// Bytes of all page bodies so far.
    private var bodySizeBytes = 0

    init(isNullable: Bool, limits: ReaderLimits, decompressors: PageDecompressors, slots: Slots) {
        self.isNullable = isNullable
        self.limits = limits
        self.decompressors = decompressors
        self.slots = slots
    }

    /// What was read so far.
    var column: ColumnVector { ColumnVector(slots.values, validity: validity) }

    /// Bytes that the column takes in memory.
    var sizeBytes: Int {
        slots.contentSizeBytes + rowCount * (Slots.slotSizeBytes + (validity == nil ? 0 : 1))
    }

    /// Appends the rows of a chunk, which must be `rowCount`; ``sizeBytes`` may become `sizeBytesMaximum`.
    ///
    /// `bytes` are those of the chunk's range.
    mutating func read(
        _ chunk: ChunkLocation, _ bytes: UnsafeRawBufferPointer, rowCount chunkRowCount: Int,
        sizeBytesMaximum: Int
    ) throws(ParquetError) {
        guard chunkRowCount > 0 else { return }
        let decompressor = try decompressors.decompressor(chunk.codec)
        hasDictionary = false
        // What a chunk says of itself need not be true: room is made for what its bytes make likely, the rest is left to growth. Room
        // beyond the limit would never be used, and a chunk of gigabytes could ask for more than the machine has.
        slots.reserve(
            rowCount: min(chunkRowCount, 65_536 + bytes.count * 8),
            contentSizeBytes: min(chunk.uncompressedSizeBytes, bytes.count * 64, max(0, sizeBytesMaximum)))
        var position = 0
        var rowsLeft = chunkRowCount
        var pageNumber = 0
        while rowsLeft > 0 {
            do throws(ParquetError) {
                guard position < bytes.count else {
                    throw .corrupt("the chunk ends \(rowsLeft) rows early")
                }
                var reader = CompactReader(UnsafeRawBufferPointer(rebasing: bytes[position...]))
                let header = try PageHeader(from: &reader)
                var cursor = reader.cursor
                let stored = try cursor.take(Int(header.compressedSizeBytes))
                position += cursor.offset
                rowsLeft -= try readPage(
                    header, stored, decompressor, rowsLeft: rowsLeft, isFirst: pageNumber == 0,
                    sizeBytesMaximum: sizeBytesMaximum)
            } catch {
                throw error.located(page: pageNumber)
            }
            pageNumber += 1
        }
    }

    /// Reads a page and returns its rows.
    private mutating func readPage(
        _ header: PageHeader, _ stored: UnsafeRawBufferPointer, _ decompressor: (any PageDecompressor)?,
        rowsLeft: Int, isFirst: Bool, sizeBytesMaximum: Int
    ) throws(ParquetError) -> Int {
        if let crc = header.crc {
            let checksum = CRC32.checksum(stored)
            guard UInt32(bitPattern: crc) == checksum else {
                throw .corrupt("the checksum is \(checksum) where the header says \(UInt32(bitPattern: crc))")
            }
        }
        let sizeBytes = Int(header.uncompressedSizeBytes)
        switch header.type {
        case .data:
            guard let data = header.data else { throw .corrupt("a data page's header lacks its part") }
            let storage: LevelStorage
            switch data.definitionLevelEncoding {
            case .rle: storage = .prefixedRLE
            case .bitPacked: storage = .bitPacked
            case let encoding where isNullable:
                throw .unsupported("the definition levels' encoding is \(encoding)")
            default: storage = .prefixedRLE
            }
            let count = try validate(data.valueCount, rowsLeft: rowsLeft, sizeBytesMaximum: sizeBytesMaximum)
            try withBody(stored, sizeBytes, decompressor) { (reader: inout Self, body) throws(ParquetError) in
                var body = ByteCursor(body)
                let levels =
                    reader.isNullable && count > 0 ? try Levels.take(&body, storage, count: count) : nil
                try reader.readRows(count, data.encoding, levels, storage, &body)
            }
            return count
        case .dataV2:
            guard let data = header.dataV2 else { throw .corrupt("a data page's header lacks its part") }
            let count = try validate(data.valueCount, rowsLeft: rowsLeft, sizeBytesMaximum: sizeBytesMaximum)
            var cursor = ByteCursor(stored)
            _ = try cursor.take(Int(data.repetitionLevelsSizeBytes))
            let levels = try cursor.take(Int(data.definitionLevelsSizeBytes))
            let values = cursor.takeRest()
            let valuesSizeBytes = sizeBytes - (stored.count - values.count)
            guard valuesSizeBytes >= 0 else {
                throw .corrupt("a page of \(sizeBytes) bytes has levels of \(stored.count - values.count)")
            }
            // Some writers said "not compressed" where they had compressed: https://github.com/apache/arrow/issues/32544
            let isCompressed = data.isCompressed || values.count != valuesSizeBytes
            try withBody(values, valuesSizeBytes, isCompressed ? decompressor : nil) {
                (reader: inout Self, body) throws(ParquetError) in
                var body = ByteCursor(body)
                try reader.readRows(count, data.encoding, reader.isNullable ? levels : nil, .rle, &body)
            }
            return count
        case .dictionary:
            guard let dictionary = header.dictionary else {
                throw .corrupt("a dictionary page's header lacks its part")
            }
            guard isFirst else { throw .corrupt("a dictionary page is not the first page") }
            guard dictionary.encoding == .plain || dictionary.encoding == .plainDictionary else {
                throw .unsupported("the dictionary's encoding is \(dictionary.encoding)")
            }
            guard sizeBytes <= limits.dictionarySizeBytesMaximum else {
                throw .limitExceeded(
                    "a dictionary of \(sizeBytes) bytes, \(limits.dictionarySizeBytesMaximum) are allowed")
            }
            try withBody(stored, sizeBytes, decompressor) { (reader: inout Self, body) throws(ParquetError) in
                var cursor = ByteCursor(body)
                try reader.slots.setDictionary(&cursor, count: Int(dictionary.valueCount))
            }
            hasDictionary = true
            return 0
        case .index:
            return 0
        default:
            throw .unsupported("the page is a \(header.type)")
        }
    }

    /// The rows of a page, if there may be so many; sets what their strings may take.
    private mutating func validate(
        _ valueCount: Int32, rowsLeft: Int, sizeBytesMaximum: Int
    ) throws(ParquetError) -> Int {
        let count = Int(valueCount)
        guard count <= rowsLeft else {
            throw .corrupt("the page has \(count) values where \(rowsLeft) rows are left")
        }
        let slotsSizeBytes = (rowCount + count) * (Slots.slotSizeBytes + (isNullable ? 1 : 0))
        guard slotsSizeBytes + slots.contentSizeBytes <= sizeBytesMaximum else {
            throw .limitExceeded("the columns take more than \(limits.decodedSizeBytesMaximum) bytes")
        }
        slots.contentSizeBytesMaximum = min(ByteColumn.sizeBytesMaximum, sizeBytesMaximum - slotsSizeBytes)
        return count
    }

    /// Calls `use` with the decompressed bytes.
    private mutating func withBody(
        _ stored: UnsafeRawBufferPointer, _ sizeBytes: Int, _ decompressor: (any PageDecompressor)?,
        _ use: (inout Self, UnsafeRawBufferPointer) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        // A sound column's pages take about what the column takes, and its dictionaries no more; damaged ones could keep a reader busy
        // for hours with pages of few rows, or with chunks that share their bytes.
        bodySizeBytes += sizeBytes
        guard bodySizeBytes / 2 <= limits.decodedSizeBytesMaximum else {
            throw .limitExceeded(
                "the column's pages take more than twice \(limits.decodedSizeBytesMaximum) bytes")
        }
        guard let decompressor else {
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
        guard
            sizeBytes
                <= type(of: decompressor).decompressedSizeBytesMaximum(
                    compressedSizeBytes: stored.count)
        else {
            throw .corrupt("\(stored.count) compressed bytes cannot hold \(sizeBytes)")
        }
        var body = page
        page = []
        body.ensureCount(sizeBytes)
        defer { page = body }
        // The typed closure takes the buffer as a pointer, because the array itself is held exclusively meanwhile.
        try body.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<sizeBytes])
            try decompressor.decompress(stored, into: target)
            try use(&self, UnsafeRawBufferPointer(target))
        }
    }

    /// Appends the rows of a page; `levels` is nil when every row has a value.
    private mutating func readRows(
        _ count: Int, _ encoding: Encoding, _ levels: UnsafeRawBufferPointer?, _ storage: LevelStorage,
        _ body: inout ByteCursor
    ) throws(ParquetError) {
        var rows = PageRows(count: count, validCount: count, levels: nil)
        guard let levelBytes = levels, count > 0 else {
            try readValues(encoding, &body, rows)
            validity?.append(contentsOf: repeatElement(true, count: count))
            rowCount += count
            return
        }
        if storage != .bitPacked {
            try RLEBitPackedHybrid.validateCount(ByteCursor(levelBytes), bitWidth: 1, count: count)
        }
        var levels = self.levels
        self.levels = []
        defer { self.levels = levels }
        levels.ensureCount(count)
        try levels.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let pageLevels = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            rows.validCount = try Levels.decode(levelBytes, storage, into: pageLevels)
            if rows.validCount < count {
                rows.levels = UnsafeBufferPointer(pageLevels)
            }
            try readValues(encoding, &body, rows)
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
        // Without values there need not be a dictionary, nor a body, nor an encoding that goes with the type.
        guard rows.validCount > 0 else {
            var nothing = ByteCursor(UnsafeRawBufferPointer(start: nil, count: 0))
            return try slots.append(.plain, &nothing, rows: rows)
        }
        guard encoding == .rleDictionary || encoding == .plainDictionary else {
            return try slots.append(encoding, &body, rows: rows)
        }
        guard hasDictionary else { throw .corrupt("dictionary indices without a dictionary page") }
        let bitWidth = Int(try body.readByte())
        try RLEBitPackedHybrid.validateCount(body, bitWidth: bitWidth, count: rows.validCount)
        var indices = indices
        self.indices = []
        defer { self.indices = indices }
        if indices.count < rows.validCount {
            indices = [UInt32](repeating: 0, count: rows.validCount)
        }
        try indices.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let pageIndices = UnsafeMutableBufferPointer(rebasing: buffer[..<rows.validCount])
            try RLEBitPackedHybrid.decode(&body, bitWidth: bitWidth, into: pageIndices)
            var maximum: UInt32 = 0
            for index in pageIndices { maximum = max(maximum, index) }
            guard maximum < slots.dictionaryCount else {
                throw .corrupt("the dictionary index \(maximum) of \(slots.dictionaryCount) entries")
            }
            try slots.appendEntries(UnsafeBufferPointer(pageIndices), rows: rows)
        }
    }
}

extension ParquetMetadata {
    /// A reader of a column's type, without rows.
    func makeColumnReader(
        _ column: Int, limits: ReaderLimits, decompressors: PageDecompressors
    ) throws(ParquetError) -> AnyColumnReader {
        let field = schema.fields[column]
        switch field.type.physicalType {
        case .boolean: return AnyColumnReader(field, limits, decompressors, BooleanSlots())
        case .int32:
            return AnyColumnReader(
                field, limits, decompressors, FixedWidthSlots<Int32>(integers: { .int32($0) }))
        case .int64:
            return AnyColumnReader(
                field, limits, decompressors, FixedWidthSlots<Int64>(integers: { .int64($0) }))
        case .int96: return AnyColumnReader(field, limits, decompressors, Int96Slots())
        case .float:
            return AnyColumnReader(field, limits, decompressors, FixedWidthSlots<Float> { .float($0) })
        case .double:
            return AnyColumnReader(field, limits, decompressors, FixedWidthSlots<Double> { .double($0) })
        case .byteArray, .fixedLengthByteArray:
            return AnyColumnReader(
                field, limits, decompressors, ByteSlots(fixedLength: field.type.fixedLength))
        default: throw .unsupported("the column's physical type is \(field.type.physicalType)")
        }
    }
}
