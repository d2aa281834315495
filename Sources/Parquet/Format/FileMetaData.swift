/// The footer: what a file holds and where.
struct FileMetaData: Equatable, Sendable {
    /// 1, whatever the file uses: the most readers take that.
    var version: Int32 = 1
    /// The schema tree, depth first, root included.
    var schema: [SchemaElement]
    var rowCount: Int64
    var rowGroups: [RowGroup]
    var keyValueMetadata: [KeyValue]?
    var createdBy: String?
    /// How bounds compare, one per leaf; without it `min_value` and `max_value` mean nothing.
    var columnOrders: [ColumnOrder]?
    /// Whether the footer says that columns are encrypted.
    var isEncrypted = false
}

extension FileMetaData: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(schema: [], rowCount: -1, rowGroups: [])
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): version = try reader.readInt32()
            case (2, .list): schema = try reader.readList(of: SchemaElement.self)
            case (3, .int64): rowCount = try reader.readInt64()
            case (4, .list): rowGroups = try reader.readList(of: RowGroup.self)
            case (5, .list): keyValueMetadata = try reader.readList(of: KeyValue.self)
            case (6, .binary): createdBy = try reader.readString()
            case (7, .list): columnOrders = try reader.readList(of: ColumnOrder.self)
            case (8, .structure):
                isEncrypted = true
                try reader.skip(field.type)
            default: try reader.skip(field.type)
            }
        }
        guard rowCount >= 0 else { throw .corrupt("the footer has no row count or a negative one") }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: version)
        writer.field(2, list: schema)
        writer.field(3, int64: rowCount)
        writer.field(4, list: rowGroups)
        writer.field(5, list: keyValueMetadata)
        writer.field(6, string: createdBy)
        writer.field(7, list: columnOrders)
    }
}

/// One entry of the footer's key-value metadata.
struct KeyValue: Equatable, Sendable {
    var key: String
    var value: String?
}

extension KeyValue: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(key: "")
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .binary): key = try reader.readString()
            case (2, .binary): value = try reader.readString()
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, string: key)
        writer.field(2, string: value)
    }
}

/// How a column's bounds compare.
enum ColumnOrder: Equatable, Sendable {
    /// By the order that the type has.
    case typeDefined
    /// An order that this module does not know; its bounds are not to be used.
    case other(Int16)
}

extension ColumnOrder: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self = .other(0)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            self = id == 1 ? .typeDefined : .other(id)
            try reader.skip(field.type)
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        switch self {
        case .typeDefined: writer.field(1, structure: EmptyStruct())
        case .other(let id): writer.field(id, structure: EmptyStruct())
        }
    }
}
