/// Turns the rows of one column into pages: dictionary, data, compression, checksums; keeps its buffers between chunks.
struct ColumnChunkEncoder {
    private let options: WriterOptions
    private let compressor: (any PageCompressor)?
    private var body: [UInt8] = []
    private var compressed: [UInt8] = []
    private var indices: [UInt32] = []

    init(options: WriterOptions) {
        self.options = options
        compressor = options.compression.makeCompressor()
    }

    /// Appends the chunk of some rows to `output`, whose first byte is at `outputOffset` of the file.
    mutating func encode(
        _ column: ColumnVector, rows: Range<Int>, field: Schema.Field, into output: inout [UInt8],
        outputOffset: Int64
    ) throws(ParquetError) -> ColumnChunk {
        let validity = column.validity.flatMap { $0[rows].contains(false) ? Array($0[rows]) : nil }
        var chunk = Chunk(
            field: field, rowCount: rows.count, validity: validity,
            startOffset: outputOffset + Int64(output.count))
        switch column.values {
        case .boolean(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encodePlain(BooleanChunkValues(values: dense), &chunk, into: &output)
            }
        case .int32(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(FixedWidthChunkValues(values: dense), &chunk, into: &output)
            }
        case .int64(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(FixedWidthChunkValues(values: dense), &chunk, into: &output)
            }
        case .float(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(FloatingPointChunkValues(values: dense), &chunk, into: &output)
            }
        case .double(let slots):
            try Self.withDense(slots, rows: rows, validity: validity) { dense throws(ParquetError) in
                try encode(FloatingPointChunkValues(values: dense), &chunk, into: &output)
            }
        case .bytes(let slots):
            // Null rows hold the empty string, so leaving their offsets out leaves the values where they are.
            let bounds = rows.lowerBound..<rows.upperBound + 1
            let offsets = slots.offsets
            try Self.withDense(offsets, rows: bounds, validity: validity.map { $0 + [true] }) {
                dense throws(ParquetError) in
                try slots.bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
                    let values = ByteChunkValues(
                        bytes: UnsafeRawBufferPointer(bytes), offsets: dense, isText: field.type.isText)
                    try encode(values, &chunk, into: &output)
                }
            }
        }
        return chunk.finished(codec: options.compression.codec)
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

    /// Encodes with a dictionary if that pays.
    private mutating func encode(
        _ values: some DictionaryChunkValues, _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        guard values.count > 0, options.dictionarySizeBytesMaximum > 0,
            !options.columnsWithoutDictionary.contains(chunk.field.name),
            let entries = DictionaryEncoding.build(
                values, sizeBytesMaximum: options.dictionarySizeBytesMaximum, indices: &indices)
        else { return try encodePlain(values, &chunk, into: &output) }

        body.removeAll(keepingCapacity: true)
        values.appendPlain(at: entries, to: &body)
        let dictionary = DictionaryPageHeader(valueCount: Int32(entries.count), encoding: .plain)
        try appendPage(.dictionary, dictionary: dictionary, &chunk, into: &output)

        let bitWidth = RLEBitPackedHybrid.bitWidth(maximum: entries.count - 1)
        let pageRowCount = max(1, options.pageSizeBytes * 8 / max(bitWidth, 1))
        try forEachPage(&chunk, rowCountMaximum: pageRowCount) { _ in
            0
        } encode: { (encoder: inout Self, range, chunk: inout Chunk) throws(ParquetError) in
            encoder.body.append(UInt8(bitWidth))
            encoder.indices.withUnsafeBufferPointer { indices in
                RLEBitPackedHybrid.encode(
                    UnsafeBufferPointer(rebasing: indices[range]), bitWidth: bitWidth, into: &encoder.body)
            }
            try encoder.appendDataPage(.rleDictionary, &chunk, into: &output)
        }
        chunk.statistics = values.statistics(at: entries)
    }

    private mutating func encodePlain(
        _ values: some ChunkValues, _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        try forEachPage(&chunk, rowCountMaximum: options.pageRowCountMaximum) { range in
            values.plainSizeBytes(range)
        } encode: { (encoder: inout Self, range, chunk: inout Chunk) throws(ParquetError) in
            values.appendPlain(range, to: &encoder.body)
            try encoder.appendDataPage(.plain, &chunk, into: &output)
        }
        chunk.statistics = values.statistics(at: nil)
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
            chunk.pageRowCount = rowEnd - row
            if chunk.field.isNullable {
                let rows = row..<rowEnd
                if let validity = chunk.validity, chunk.validCount(rows) < rows.count {
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

    private mutating func appendDataPage(
        _ encoding: Encoding, _ chunk: inout Chunk, into output: inout [UInt8]
    ) throws(ParquetError) {
        chunk.dataPageOffset = chunk.dataPageOffset ?? chunk.startOffset + chunk.compressedSizeBytes
        chunk.valueEncoding = encoding
        chunk.dataPageCount += 1
        let data = DataPageHeader(valueCount: Int32(chunk.pageRowCount), encoding: encoding)
        try appendPage(.data, data: data, &chunk, into: &output)
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

/// What is known of a chunk while it is being written.
private struct Chunk {
    let field: Schema.Field
    let rowCount: Int
    /// Which rows have a value; nil when all have.
    let validity: [Bool]?
    /// Where the first page's header is in the file.
    let startOffset: Int64

    var pageRowCount = 0
    var dataPageOffset: Int64?
    var dataPageCount: Int32 = 0
    var hasDictionary = false
    var valueEncoding = Encoding.plain
    var uncompressedSizeBytes: Int64 = 0
    var compressedSizeBytes: Int64 = 0
    var statistics = Statistics()

    init(field: Schema.Field, rowCount: Int, validity: [Bool]?, startOffset: Int64) {
        self.field = field
        self.rowCount = rowCount
        self.validity = validity
        self.startOffset = startOffset
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

    func finished(codec: CompressionCodec) -> ColumnChunk {
        var statistics = statistics
        statistics.nullCount = Int64(rowCount - validCount(0..<rowCount))
        var pages = [PageEncodingStatistics(pageType: .data, encoding: valueEncoding, count: dataPageCount)]
        if hasDictionary {
            pages.insert(PageEncodingStatistics(pageType: .dictionary, encoding: .plain, count: 1), at: 0)
        }
        var encodings: [Encoding] = [.plain]
        if field.isNullable { encodings.append(.rle) }
        if hasDictionary { encodings.append(.rleDictionary) }
        return ColumnChunk(
            metaData: ColumnMetaData(
                type: field.type.physicalType, encodings: encodings, path: [field.name], codec: codec,
                valueCount: Int64(rowCount), uncompressedSizeBytes: uncompressedSizeBytes,
                compressedSizeBytes: compressedSizeBytes, dataPageOffset: dataPageOffset ?? startOffset,
                dictionaryPageOffset: hasDictionary ? startOffset : nil, statistics: statistics,
                encodingStatistics: pages))
    }
}
