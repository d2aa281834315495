/// Where a column chunk's pages are and what they hold.
struct ColumnMetaData: Equatable, Sendable {
    var type: PhysicalType
    /// Every encoding that occurs, levels included.
    var encodings: [Encoding]
    var path: [String]
    var codec: CompressionCodec
    /// Values of the chunk, nulls included.
    var valueCount: Int64
    /// Bytes of all pages once decompressed, headers included.
    var uncompressedSizeBytes: Int64
    /// Bytes of all pages as stored, headers included.
    var compressedSizeBytes: Int64
    /// Where the first data page's header starts.
    var dataPageOffset: Int64
    /// Where the dictionary page's header starts; nil (some writers: 0) when there is none.
    var dictionaryPageOffset: Int64?
    var statistics: Statistics?
    var encodingStatistics: [PageEncodingStatistics]?
}

extension ColumnMetaData: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(
            type: PhysicalType(rawValue: -1), encodings: [], path: [],
            codec: CompressionCodec(rawValue: -1), valueCount: -1, uncompressedSizeBytes: -1,
            compressedSizeBytes: -1, dataPageOffset: -1)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): type = PhysicalType(rawValue: try reader.readInt32())
            case (2, .list): encodings = try reader.readInt32List().map(Encoding.init(rawValue:))
            case (3, .list): path = try reader.readStringList()
            case (4, .int32): codec = CompressionCodec(rawValue: try reader.readInt32())
            case (5, .int64): valueCount = try reader.readInt64()
            case (6, .int64): uncompressedSizeBytes = try reader.readInt64()
            case (7, .int64): compressedSizeBytes = try reader.readInt64()
            case (9, .int64): dataPageOffset = try reader.readInt64()
            case (11, .int64): dictionaryPageOffset = try reader.readInt64()
            case (12, .structure): statistics = try Statistics(from: &reader)
            case (13, .list): encodingStatistics = try reader.readList(of: PageEncodingStatistics.self)
            default: try reader.skip(field.type)
            }
        }
        guard valueCount >= 0, compressedSizeBytes >= 0, dataPageOffset >= 0 else {
            throw .corrupt("a column chunk lacks its value count, size or offset")
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: type.rawValue)
        writer.field(2, int32List: encodings.map(\.rawValue))
        writer.field(3, stringList: path)
        writer.field(4, int32: codec.rawValue)
        writer.field(5, int64: valueCount)
        writer.field(6, int64: uncompressedSizeBytes)
        writer.field(7, int64: compressedSizeBytes)
        writer.field(9, int64: dataPageOffset)
        writer.field(11, int64: dictionaryPageOffset)
        writer.field(12, structure: statistics)
        writer.field(13, list: encodingStatistics)
    }
}

/// How many pages of a chunk have a type and an encoding.
struct PageEncodingStatistics: Equatable, Sendable {
    var pageType: PageType
    var encoding: Encoding
    var count: Int32
}

extension PageEncodingStatistics: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(pageType: PageType(rawValue: -1), encoding: Encoding(rawValue: -1), count: 0)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): pageType = PageType(rawValue: try reader.readInt32())
            case (2, .int32): encoding = Encoding(rawValue: try reader.readInt32())
            case (3, .int32): count = try reader.readInt32()
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: pageType.rawValue)
        writer.field(2, int32: encoding.rawValue)
        writer.field(3, int32: count)
    }
}
