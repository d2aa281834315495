/// The part of a page header that V2 data pages have; their levels stand uncompressed before the values.
struct DataPageHeaderV2: Equatable, Sendable {
    /// Values of the page, nulls included.
    var valueCount: Int32
    var nullCount: Int32
    var rowCount: Int32
    var encoding: Encoding
    var definitionLevelsSizeBytes: Int32
    var repetitionLevelsSizeBytes: Int32
    /// Whether the values are compressed; they are where nothing is said.
    var isCompressed = true

    init(
        valueCount: Int32, nullCount: Int32, rowCount: Int32, encoding: Encoding,
        definitionLevelsSizeBytes: Int32, repetitionLevelsSizeBytes: Int32 = 0, isCompressed: Bool = true
    ) {
        self.valueCount = valueCount
        self.nullCount = nullCount
        self.rowCount = rowCount
        self.encoding = encoding
        self.definitionLevelsSizeBytes = definitionLevelsSizeBytes
        self.repetitionLevelsSizeBytes = repetitionLevelsSizeBytes
        self.isCompressed = isCompressed
    }
}

extension DataPageHeaderV2: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(
            valueCount: -1, nullCount: 0, rowCount: 0, encoding: Encoding(rawValue: -1),
            definitionLevelsSizeBytes: 0)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): valueCount = try reader.readInt32()
            case (2, .int32): nullCount = try reader.readInt32()
            case (3, .int32): rowCount = try reader.readInt32()
            case (4, .int32): encoding = Encoding(rawValue: try reader.readInt32())
            case (5, .int32): definitionLevelsSizeBytes = try reader.readInt32()
            case (6, .int32): repetitionLevelsSizeBytes = try reader.readInt32()
            case (7, .booleanTrue): isCompressed = true
            case (7, .booleanFalse): isCompressed = false
            default: try reader.skip(field.type)
            }
        }
        guard valueCount >= 0 else { throw .corrupt("a data page has no value count or a negative one") }
        guard definitionLevelsSizeBytes >= 0, repetitionLevelsSizeBytes >= 0 else {
            throw .corrupt(
                "a data page has levels of \(repetitionLevelsSizeBytes) and \(definitionLevelsSizeBytes) bytes"
            )
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: valueCount)
        writer.field(2, int32: nullCount)
        writer.field(3, int32: rowCount)
        writer.field(4, int32: encoding.rawValue)
        writer.field(5, int32: definitionLevelsSizeBytes)
        writer.field(6, int32: repetitionLevelsSizeBytes)
        writer.field(7, boolean: isCompressed)
    }
}
