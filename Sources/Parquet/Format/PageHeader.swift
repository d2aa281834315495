/// What stands before every page's body.
struct PageHeader: Equatable, Sendable {
    var type: PageType
    /// Bytes of the body once decompressed.
    var uncompressedSizeBytes: Int32
    /// Bytes of the body as stored.
    var compressedSizeBytes: Int32
    /// CRC-32 of the body as stored.
    var crc: Int32?
    var data: DataPageHeader?
    var dictionary: DictionaryPageHeader?
    var dataV2: DataPageHeaderV2?

    init(
        type: PageType, uncompressedSizeBytes: Int32, compressedSizeBytes: Int32, crc: Int32? = nil,
        data: DataPageHeader? = nil, dictionary: DictionaryPageHeader? = nil,
        dataV2: DataPageHeaderV2? = nil
    ) {
        self.type = type
        self.uncompressedSizeBytes = uncompressedSizeBytes
        self.compressedSizeBytes = compressedSizeBytes
        self.crc = crc
        self.data = data
        self.dictionary = dictionary
        self.dataV2 = dataV2
    }
}

extension PageHeader: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        var type: PageType?
        var uncompressedSizeBytes: Int32?
        var compressedSizeBytes: Int32?
        var crc: Int32?
        var data: DataPageHeader?
        var dictionary: DictionaryPageHeader?
        var dataV2: DataPageHeaderV2?
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): type = PageType(rawValue: try reader.readInt32())
            case (2, .int32): uncompressedSizeBytes = try reader.readInt32()
            case (3, .int32): compressedSizeBytes = try reader.readInt32()
            case (4, .int32): crc = try reader.readInt32()
            case (5, .structure): data = try DataPageHeader(from: &reader)
            case (7, .structure): dictionary = try DictionaryPageHeader(from: &reader)
            case (8, .structure): dataV2 = try DataPageHeaderV2(from: &reader)
            default: try reader.skip(field.type)
            }
        }
        guard let type, let uncompressedSizeBytes, let compressedSizeBytes else {
            throw .corrupt("a page header has no type or no sizes")
        }
        guard uncompressedSizeBytes >= 0, compressedSizeBytes >= 0 else {
            throw .corrupt("a page header has the sizes \(uncompressedSizeBytes) and \(compressedSizeBytes)")
        }
        self.init(
            type: type, uncompressedSizeBytes: uncompressedSizeBytes,
            compressedSizeBytes: compressedSizeBytes, crc: crc, data: data, dictionary: dictionary,
            dataV2: dataV2)
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: type.rawValue)
        writer.field(2, int32: uncompressedSizeBytes)
        writer.field(3, int32: compressedSizeBytes)
        writer.field(4, int32: crc)
        writer.field(5, structure: data)
        writer.field(7, structure: dictionary)
        writer.field(8, structure: dataV2)
    }
}

/// The part of a page header that V1 data pages have.
struct DataPageHeader: Equatable, Sendable {
    /// Values of the page, nulls included.
    var valueCount: Int32
    var encoding: Encoding
    var definitionLevelEncoding = Encoding.rle
    var repetitionLevelEncoding = Encoding.rle

    init(valueCount: Int32, encoding: Encoding) {
        self.valueCount = valueCount
        self.encoding = encoding
    }
}

extension DataPageHeader: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(valueCount: -1, encoding: Encoding(rawValue: -1))
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): valueCount = try reader.readInt32()
            case (2, .int32): encoding = Encoding(rawValue: try reader.readInt32())
            case (3, .int32): definitionLevelEncoding = Encoding(rawValue: try reader.readInt32())
            case (4, .int32): repetitionLevelEncoding = Encoding(rawValue: try reader.readInt32())
            default: try reader.skip(field.type)
            }
        }
        guard valueCount >= 0 else { throw .corrupt("a data page has no value count or a negative one") }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: valueCount)
        writer.field(2, int32: encoding.rawValue)
        writer.field(3, int32: definitionLevelEncoding.rawValue)
        writer.field(4, int32: repetitionLevelEncoding.rawValue)
    }
}

/// The part of a page header that dictionary pages have.
struct DictionaryPageHeader: Equatable, Sendable {
    var valueCount: Int32
    var encoding: Encoding

    init(valueCount: Int32, encoding: Encoding) {
        self.valueCount = valueCount
        self.encoding = encoding
    }
}

extension DictionaryPageHeader: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(valueCount: -1, encoding: Encoding(rawValue: -1))
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): valueCount = try reader.readInt32()
            case (2, .int32): encoding = Encoding(rawValue: try reader.readInt32())
            default: try reader.skip(field.type)
            }
        }
        guard valueCount >= 0 else {
            throw .corrupt("a dictionary page has no value count or a negative one")
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: valueCount)
        writer.field(2, int32: encoding.rawValue)
        writer.field(3, boolean: false)
    }
}
