/// What a column's values mean.
enum LogicalType: Equatable, Sendable {
    typealias TimeUnit = Schema.TimeUnit

    case string
    case map
    case list
    case enumeration
    case decimal(scale: Int32, precision: Int32)
    case date
    case time(isAdjustedToUTC: Bool, TimeUnit)
    case timestamp(isAdjustedToUTC: Bool, TimeUnit)
    case integer(bitWidth: Int8, isSigned: Bool)
    case null
    case json
    case bson
    case uuid
    case float16
    /// A meaning that this module does not know, by its field id; the physical type stands for it.
    case other(Int16)
}

extension LogicalType: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self = .other(0)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            guard field.type == .structure else {
                try reader.skip(field.type)
                continue
            }
            switch id {
            case 1: self = try Self.empty(.string, &reader)
            case 2: self = try Self.empty(.map, &reader)
            case 3: self = try Self.empty(.list, &reader)
            case 4: self = try Self.empty(.enumeration, &reader)
            case 5:
                let decimal = try DecimalType(from: &reader)
                self = .decimal(scale: decimal.scale, precision: decimal.precision)
            case 6: self = try Self.empty(.date, &reader)
            case 7:
                let time = try TimeType(from: &reader)
                self = .time(isAdjustedToUTC: time.isAdjustedToUTC, time.unit)
            case 8:
                let time = try TimeType(from: &reader)
                self = .timestamp(isAdjustedToUTC: time.isAdjustedToUTC, time.unit)
            case 10:
                let integer = try IntegerType(from: &reader)
                self = .integer(bitWidth: integer.bitWidth, isSigned: integer.isSigned)
            case 11: self = try Self.empty(.null, &reader)
            case 12: self = try Self.empty(.json, &reader)
            case 13: self = try Self.empty(.bson, &reader)
            case 14: self = try Self.empty(.uuid, &reader)
            case 15: self = try Self.empty(.float16, &reader)
            default: self = try Self.empty(.other(id), &reader)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        switch self {
        case .string: writer.field(1, structure: EmptyStruct())
        case .map: writer.field(2, structure: EmptyStruct())
        case .list: writer.field(3, structure: EmptyStruct())
        case .enumeration: writer.field(4, structure: EmptyStruct())
        case .decimal(let scale, let precision):
            writer.field(5, structure: DecimalType(scale: scale, precision: precision))
        case .date: writer.field(6, structure: EmptyStruct())
        case .time(let isAdjustedToUTC, let unit):
            writer.field(7, structure: TimeType(isAdjustedToUTC: isAdjustedToUTC, unit: unit))
        case .timestamp(let isAdjustedToUTC, let unit):
            writer.field(8, structure: TimeType(isAdjustedToUTC: isAdjustedToUTC, unit: unit))
        case .integer(let bitWidth, let isSigned):
            writer.field(10, structure: IntegerType(bitWidth: bitWidth, isSigned: isSigned))
        case .null: writer.field(11, structure: EmptyStruct())
        case .json: writer.field(12, structure: EmptyStruct())
        case .bson: writer.field(13, structure: EmptyStruct())
        case .uuid: writer.field(14, structure: EmptyStruct())
        case .float16: writer.field(15, structure: EmptyStruct())
        case .other(let id): writer.field(id, structure: EmptyStruct())
        }
    }

    private static func empty(
        _ type: LogicalType, _ reader: inout CompactReader
    ) throws(ParquetError) -> LogicalType {
        try reader.skipStruct()
        return type
    }
}

/// A struct without fields: most members of parquet.thrift's unions.
struct EmptyStruct: ThriftStruct {
    init() {}

    init(from reader: inout CompactReader) throws(ParquetError) {
        try reader.skipStruct()
    }

    func writeFields(to writer: inout CompactWriter) {}
}

private struct DecimalType: ThriftStruct {
    var scale: Int32
    var precision: Int32

    init(scale: Int32, precision: Int32) {
        self.scale = scale
        self.precision = precision
    }

    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(scale: 0, precision: 0)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int32): scale = try reader.readInt32()
            case (2, .int32): precision = try reader.readInt32()
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int32: scale)
        writer.field(2, int32: precision)
    }
}

private struct IntegerType: ThriftStruct {
    var bitWidth: Int8
    var isSigned: Bool

    init(bitWidth: Int8, isSigned: Bool) {
        self.bitWidth = bitWidth
        self.isSigned = isSigned
    }

    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(bitWidth: 0, isSigned: true)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .int8): bitWidth = try reader.readInt8()
            case (2, .booleanTrue): isSigned = true
            case (2, .booleanFalse): isSigned = false
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, int8: bitWidth)
        writer.field(2, boolean: isSigned)
    }
}

/// TimeType and TimestampType, which look alike.
private struct TimeType: ThriftStruct {
    var isAdjustedToUTC: Bool
    var unit: LogicalType.TimeUnit

    init(isAdjustedToUTC: Bool, unit: LogicalType.TimeUnit) {
        self.isAdjustedToUTC = isAdjustedToUTC
        self.unit = unit
    }

    init(from reader: inout CompactReader) throws(ParquetError) {
        isAdjustedToUTC = false
        var unit: LogicalType.TimeUnit?
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .booleanTrue): isAdjustedToUTC = true
            case (1, .booleanFalse): isAdjustedToUTC = false
            case (2, .structure): unit = try UnitType(from: &reader).unit
            default: try reader.skip(field.type)
            }
        }
        guard let unit else { throw .corrupt("a time type has no known unit") }
        self.unit = unit
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(1, boolean: isAdjustedToUTC)
        writer.field(2, structure: UnitType(unit: unit))
    }
}

private struct UnitType: ThriftStruct {
    var unit: LogicalType.TimeUnit?

    init(unit: LogicalType.TimeUnit?) {
        self.unit = unit
    }

    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init(unit: nil)
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch id {
            case 1: unit = .milliseconds
            case 2: unit = .microseconds
            case 3: unit = .nanoseconds
            default: break
            }
            try reader.skip(field.type)
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        switch unit {
        case .milliseconds: writer.field(1, structure: EmptyStruct())
        case .microseconds: writer.field(2, structure: EmptyStruct())
        case .nanoseconds: writer.field(3, structure: EmptyStruct())
        case nil: break
        }
    }
}
