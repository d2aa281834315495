/// One node of the schema tree, which a file holds depth first.
struct SchemaElement: Equatable, Sendable {
    /// Nil for groups.
    var type: PhysicalType?
    /// Bytes per value of FIXED_LEN_BYTE_ARRAY.
    var typeLength: Int32?
    /// Nil for the root.
    var repetition: Repetition?
    var name: String
    /// Nil for leaves.
    var childCount: Int32?
    var convertedType: ConvertedType?
    /// Digits after the point of a DECIMAL, for older readers.
    var scale: Int32?
    /// Digits of a DECIMAL, for older readers.
    var precision: Int32?
    var logicalType: LogicalType?

    init(
        name: String, type: PhysicalType? = nil, typeLength: Int32? = nil, repetition: Repetition? = nil,
        childCount: Int32? = nil, convertedType: ConvertedType? = nil, logicalType: LogicalType? = nil
    ) {
        self.name = name
        self.type = type
        self.typeLength = typeLength
        self.repetition = repetition
        self.childCount = childCount
        self.convertedType = convertedType
        self.logicalType = logicalType
    }
}

extension SchemaElement: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(name: "")
        var hasName = false
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): type = PhysicalType(rawValue: try reader.readInt32())
            case (2, .int32): typeLength = try reader.readInt32()
            case (3, .int32): repetition = Repetition(rawValue: try reader.readInt32())
            case (4, .binary):
                name = try reader.readString()
                hasName = true
            case (5, .int32): childCount = try reader.readInt32()
            case (6, .int32): convertedType = ConvertedType(rawValue: try reader.readInt32())
            case (7, .int32): scale = try reader.readInt32()
            case (8, .int32): precision = try reader.readInt32()
            case (10, .structure): logicalType = try LogicalType(from: &reader)
            default: try reader.skip(field.type)
            }
        }
        guard hasName else { throw .corrupt("a schema element has no name") }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: type?.rawValue)
        writer.field(2, int32: typeLength)
        writer.field(3, int32: repetition?.rawValue)
        writer.field(4, string: name)
        writer.field(5, int32: childCount)
        writer.field(6, int32: convertedType?.rawValue)
        writer.field(7, int32: scale)
        writer.field(8, int32: precision)
        writer.field(10, structure: logicalType)
    }
}
