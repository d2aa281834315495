/// Turns the rows of one column into pages: dictionary, data, compression, checksums; keeps its buffers between chunks.
struct ColumnChunkEncoder {
    private let options: WriterOptions
    /// One per codec and level, and the one of the chunk.
    private var compressors: [Compression: any PageCompressor] = [:]
    private var compressor: (any PageCompressor)?
    private var body: [UInt8] = []
    private var compressed: [UInt8] = []
    private var indices: [UInt32] = []

    init(options: WriterOptions) {
        self.options = options
    }

    /// Appends the chunk of some rows to `output`, whose first byte is at `outputOffset` of the file.
    mutating func encode(
        _ column: ColumnVector, rows: Range<Int>, field: Schema.Field, into output: inout [UInt8],
        outputOffset: Int64
    ) throws(ParquetError) -> EncodedChunk {
        let validity = column.validity.flatMap { $0[rows].contains(false) ? Array($0[rows]) : nil }
        let columnOptions = options.columns[field.name] ?? ColumnOptions()
        let compression = columnOptions.compression ?? options.compression
        compressor = compressors[compression] ?? compression.makeCompressor()
        compressors[compression] = compressor
        var chunk = Chunk(
            field: field, rowCount: rows.count, validity: validity,
            startOffset: outputOffset + Int64(output.count), encoding: columnOptions.encoding)
        switch column.values {
        case .boolean(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encodePages(BooleanChunkValues(values: dense), as: .plain, &chunk, into: &output)
            }
        case .int32(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                if field.type.isUnsigned {
                    let raw = UnsafeRawBufferPointer(dense).assumingMemoryBound(to: UInt32.self)
                    try encode(NumberChunkValues(values: raw), &chunk, into: &output)
                } else {
                    try encode(NumberChunkValues(values: dense), &chunk, into: &output)
                }
            }
        case .int64(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                if field.type.isUnsigned {
                    let raw = UnsafeRawBufferPointer(dense).assumingMemoryBound(to: UInt64.self)
                    try encode(NumberChunkValues(values: raw), &chunk, into: &output)
                } else {
                    try encode(NumberChunkValues(values: dense), &chunk, into: &output)
                }
            }
        case .float(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(NumberChunkValues(values: dense), &chunk, into: &output)
            }
        case .double(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(NumberChunkValues(values: dense), &chunk, into: &output)
            }
        case .bytes(let slots):
            try encode(slots, rows: rows, validity: validity, &chunk, into: &output)
        }
        return chunk.finished(codec: compression.codec)
    }

    /// Encodes text, raw and fixed bytes.
    ///
    /// Null rows hold the empty string, so that leaving out their offsets leaves the values where they are.
    private mutating func encode(
        _ slots: ByteColumn, rows: Range<Int>, validity: [Bool]?, _ chunk: inout Chunk,
        into output: inout [UInt8]
    ) throws(ParquetError) {
        try slots.bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
            if let length = chunk.field.type.fixedLength {
                let range = Int(slots.offsets[rows.lowerBound])..<Int(slots.offsets[rows.upperBound])
                let values = FixedBytesChunkValues(
                    bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range])),
                    length: length, order: chunk.field.type.fixedBytesOrder)
                return try encode(values, &chunk, into: &output)
            }
            let bounds = rows.lowerBound..<rows.upperBound + 1
            try Self.withDense(slots.offsets, rows: bounds, validity: validity.map { $0 + [true] }) {
                offsets throws(ParquetError) in
                let values = ByteChunkValues(
                    bytes: UnsafeRawBufferPointer(bytes), offsets: offsets, isText: chunk.field.type.isText)
                try encode(values, &chunk, into: &output)
            }
        }
    }

    /// Calls `body` with the slots of the rows that have a value, copied only if there are others.
    private static func withDense<Slot: BitwiseCopyable>(
        _ slots: [Slot], rows: Range<Int>, validity: [Bool]?,
        _ body: (UnsafeBufferPointer<Slot>) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        guard let validity else {
            return try slots.withUnsafeBufferPointer { slots throws(ParquetError) in
                try body(UnsafeBufferPointer(rebasing: slots[rows]))
            }
        }
        let dense = [Slot](unsafeUninitializedCapacity: rows.count) { buffer, count in
            slots.withUnsafeBufferPointer { slots in
                for index in 0..<rows.count {
                    buffer[count] = slots[rows.lowerBound + index]
                    count += validity[index] ? 1 : 0
                }
            }
        }
        try dense.withUnsafeBufferPointer(body)
    }

    /// Encodes as the options say; with a dictionary, where they leave it open and it pays.
    private mutating func encode<Values: DictionaryChunkValues>(
        _ values: Values, _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        guard chunk.encoding == .automatic, values.count > 0, options.dictionarySizeBytesMaximum > 0,
            let entries = DictionaryEncoding.build(
                values, sizeBytesMaximum: options.dictionarySizeBytesMaximum, indices: &indices)
        else {
            return try encodePages(values, as: chunk.encoding.encoding ?? .plain, &chunk, into: &output)
        }

        body.removeAll(keepingCapacity: true)
        values.appendPlain(at: entries, to: &body)
        let dictionary = DictionaryPageHeader(valueCount: Int32(entries.count), encoding: .plain)
        try appendPage(.dictionary, dictionary: dictionary, &chunk, into: &output)

        let bitWidth = RLEBitPackedHybrid.bitWidth(maximum: entries.count - 1)
        let pageRowCount = max(1, options.pageSizeBytes * 8 / max(bitWidth, 1))
        var distinct = DistinctEntries(entries)
        var extremes: Extremes<Values.Bound>?
        try forEachPage(&chunk, rowCountMaximum: pageRowCount) { _ in
            0
        } encode: { (encoder: inout Self, range, chunk: inout Chunk) throws(ParquetError) in
            encoder.body.append(UInt8(bitWidth))
            let pageExtremes = encoder.indices.withUnsafeBufferPointer { indices in
                let page = UnsafeBufferPointer(rebasing: indices[range])
                RLEBitPackedHybrid.encode(page, bitWidth: bitWidth, into: &encoder.body)
                return Values.isComparisonSlow
                    ? values.extremes(at: distinct.positions(page)) : values.extremes(range)
            }
            extremes = values.extremes(extremes, pageExtremes)
            try encoder.appendDataPage(.rleDictionary, values, range, pageExtremes, &chunk, into: &output)
        }
        chunk.finishStatistics(values, extremes)
    }

    private mutating func encodePages<Values: ChunkValues>(
        _ values: Values, as encoding: Encoding, _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        var extremes: Extremes<Values.Bound>?
        try forEachPage(&chunk, rowCountMaximum: options.pageRowCountMaximum) { range in
            values.plainSizeBytes(range)
        } encode: { (encoder: inout Self, range, chunk: inout Chunk) throws(ParquetError) in
            values.append(range, as: encoding, to: &encoder.body)
            let pageExtremes = values.extremes(range)
            extremes = values.extremes(extremes, pageExtremes)
            try encoder.appendDataPage(encoding, values, range, pageExtremes, &chunk, into: &output)
        }
        chunk.finishStatistics(values, extremes)
    }

    /// Cuts the chunk into pages: at most so many rows, and at most `pageSizeBytes` where that leaves a row.
    ///
    /// `encode` is called with the page's values after its levels have been put into ``body``.
    private mutating func forEachPage(
        _ chunk: inout Chunk, rowCountMaximum: Int, sizeBytes: (Range<Int>) -> Int,
        encode: (inout Self, Range<Int>, inout Chunk) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        let rowCountMaximum = min(rowCountMaximum, options.pageRowCountMaximum)
        var row = 0
        var value = 0
        while row < chunk.rowCount {
            var rowEnd = min(row + rowCountMaximum, chunk.rowCount)
            var valueEnd = value + chunk.validCount(row..<rowEnd)
            if sizeBytes(value..<valueEnd) > options.pageSizeBytes {
                (rowEnd, valueEnd) = (row, value)
                repeat {
                    valueEnd += chunk.validCount(rowEnd..<rowEnd + 1)
                    rowEnd += 1
                } while rowEnd < chunk.rowCount
                    && sizeBytes(value..<valueEnd + chunk.validCount(rowEnd..<rowEnd + 1))
                        <= options.pageSizeBytes
            }
            body.removeAll(keepingCapacity: true)
            chunk.firstRowOfPage = row
            chunk.pageRowCount = rowEnd - row
            if chunk.field.isNullable {
                let rows = row..<rowEnd
                if let validity = chunk.validity, valueEnd - value < rows.count {
                    validity.withUnsafeBufferPointer { validity in
                        Levels.encode(
                            validity: UnsafeBufferPointer(rebasing: validity[rows]), rowCount: rows.count,
                            into: &body)
                    }
                } else {
                    Levels.encode(validity: nil, rowCount: rows.count, into: &body)
                }
            }
            try encode(&self, value..<valueEnd, &chunk)
            row = rowEnd
            value = valueEnd
        }
    }

    private mutating func appendDataPage<Values: ChunkValues>(
        _ encoding: Encoding, _ values: Values, _ range: Range<Int>, _ extremes: Extremes<Values.Bound>?,
        _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        let offset = chunk.startOffset + chunk.compressedSizeBytes
        chunk.dataPageOffset = chunk.dataPageOffset ?? offset
        chunk.valueEncoding = encoding
        let data = DataPageHeader(valueCount: Int32(chunk.pageRowCount), encoding: encoding)
        try appendPage(.data, data: data, &chunk, into: &output)
        var statistics = extremes.map { values.statistics($0) } ?? Statistics()
        statistics.nullCount = Int64(chunk.pageRowCount - range.count)
        statistics.nanCount = values.nanCount(range).map { Int64($0) }
        let sizeBytes = chunk.startOffset + chunk.compressedSizeBytes - offset
        chunk.pages.append(
            PageIndexBuilder.Page(
                location: PageLocation(
                    offset: offset, compressedSizeBytes: Int32(sizeBytes),
                    firstRowIndex: Int64(chunk.firstRowOfPage)),
                rowCount: chunk.pageRowCount, statistics: statistics))
    }

    /// Compresses ``body`` and appends it behind its header.
    private mutating func appendPage(
        _ type: PageType, data: DataPageHeader? = nil, dictionary: DictionaryPageHeader? = nil,
        _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        guard body.count <= Int(Int32.max) - 4096 else {
            throw .invalidInput(.write, "a page of \(body.count) bytes", remedy: "shorten the longest values")
        }
        var storedSizeBytes = body.count
        if let compressor {
            storedSizeBytes = try body.withUnsafeBufferPointer { body throws(ParquetError) in
                try compressor.compress(UnsafeRawBufferPointer(body), into: &compressed)
            }
        }
        let written = (compressor == nil ? body : compressed).withUnsafeBytes { bytes in
            let stored = UnsafeRawBufferPointer(rebasing: bytes[..<storedSizeBytes])
            let header = PageHeader(
                type: type, uncompressedSizeBytes: Int32(body.count),
                compressedSizeBytes: Int32(stored.count),
                crc: Int32(bitPattern: CRC32.checksum(stored)), data: data, dictionary: dictionary)
            let headerBytes = CompactWriter.encode(header)
            output.append(contentsOf: headerBytes)
            output.append(contentsOf: stored)
            return headerBytes.count
        }
        chunk.hasDictionary = chunk.hasDictionary || type == .dictionary
        chunk.uncompressedSizeBytes += Int64(written + body.count)
        chunk.compressedSizeBytes += Int64(written + storedSizeBytes)
    }
}

/// A chunk's metadata and its page index.
struct EncodedChunk {
    var metaData: ColumnMetaData
    var offsetIndex: OffsetIndex?
    /// Nil where a page has values but no bounds.
    var columnIndex: ColumnIndex?
}

/// What is known of a chunk while it is being written.
private struct Chunk {
    let field: Schema.Field
    let rowCount: Int
    /// Which rows have a value; nil when all have.
    let validity: [Bool]?
    /// Where the first page's header is in the file.
    let startOffset: Int64
    /// What the options ask for.
    let encoding: ValueEncoding

    var firstRowOfPage = 0
    var pageRowCount = 0
    var dataPageOffset: Int64?
    var hasDictionary = false
    /// What the data pages have.
    var valueEncoding = Encoding.plain
    var uncompressedSizeBytes: Int64 = 0
    var compressedSizeBytes: Int64 = 0
    var statistics = Statistics()
    var pages: [PageIndexBuilder.Page] = []
    var columnIndex: ColumnIndex?

    init(
        field: Schema.Field, rowCount: Int, validity: [Bool]?, startOffset: Int64, encoding: ValueEncoding
    ) {
        self.field = field
        self.rowCount = rowCount
        self.validity = validity
        self.startOffset = startOffset
        self.encoding = encoding
    }

    /// How many of some rows have a value.
    func validCount(_ rows: Range<Int>) -> Int {
        guard let validity else { return rows.count }
        return validity.withUnsafeBufferPointer { validity in
            var count = 0
            for row in rows { count &+= validity[row] ? 1 : 0 }
            return count
        }
    }

    /// Sums the pages' statistics up.
    mutating func finishStatistics<Values: ChunkValues>(
        _ values: Values, _ extremes: Extremes<Values.Bound>?
    ) {
        statistics = extremes.map { values.statistics($0) } ?? Statistics()
        statistics.nullCount = pages.reduce(0) { $0 + ($1.statistics.nullCount ?? 0) }
        if pages.contains(where: { $0.statistics.nanCount != nil }) {
            statistics.nanCount = pages.reduce(0) { $0 + ($1.statistics.nanCount ?? 0) }
        }
        columnIndex = PageIndexBuilder.columnIndex(pages) { values.precedes(stated: $0, $1) }
    }

    func finished(codec: CompressionCodec) -> EncodedChunk {
        var pageEncodings = [
            PageEncodingStatistics(pageType: .data, encoding: valueEncoding, count: Int32(pages.count))
        ]
        var encodings: [Encoding] = hasDictionary ? [.plain] : [valueEncoding]
        if field.isNullable { encodings.append(.rle) }
        if hasDictionary {
            pageEncodings.insert(
                PageEncodingStatistics(pageType: .dictionary, encoding: .plain, count: 1), at: 0)
            encodings.append(.rleDictionary)
        }
        let metaData = ColumnMetaData(
            type: field.type.physicalType, encodings: encodings, path: [field.name], codec: codec,
            valueCount: Int64(rowCount), uncompressedSizeBytes: uncompressedSizeBytes,
            compressedSizeBytes: compressedSizeBytes, dataPageOffset: dataPageOffset ?? startOffset,
            dictionaryPageOffset: hasDictionary ? startOffset : nil, statistics: statistics,
            encodingStatistics: pageEncodings)
        return EncodedChunk(
            metaData: metaData, offsetIndex: OffsetIndex(pageLocations: pages.map(\.location)),
            columnIndex: columnIndex)
    }
}

/// Finds the entries that a page uses, each once.
private struct DistinctEntries {
    private let entries: [UInt32]
    /// The number of the last page that used an entry.
    private var lastPages: [UInt32]
    private var page: UInt32 = 0

    /// Entries are given by where in the chunk they first occur.
    init(_ entries: [UInt32]) {
        self.entries = entries
        lastPages = [UInt32](repeating: 0, count: entries.count)
    }

    /// Where in the chunk the values of a page occur first, in no particular order.
    mutating func positions(_ indices: UnsafeBufferPointer<UInt32>) -> [UInt32] {
        page += 1
        var positions: [UInt32] = []
        for index in indices where lastPages[Int(index)] != page {
            lastPages[Int(index)] = page
            positions.append(entries[Int(index)])
        }
        return positions
    }
}

extension Schema.FieldType {
    /// Whether the type's order is that of unsigned numbers.
    fileprivate var isUnsigned: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    fileprivate var fixedBytesOrder: FixedBytesChunkValues.Order {
        switch self {
        case .decimal: .signed
        case .float16: .halfFloat
        default: .unsigned
        }
    }
}
