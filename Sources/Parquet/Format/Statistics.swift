/// Bounds and counts of a column chunk or page.
struct Statistics: Equatable, Sendable {
    /// The older upper bound, whose order was never said; not written.
    var deprecatedMaximum: [UInt8]?
    /// The older lower bound, whose order was never said; not written.
    var deprecatedMinimum: [UInt8]?
    var nullCount: Int64?
    /// The upper bound, PLAIN without a length; nil when there is none.
    var maxValue: [UInt8]?
    /// The lower bound, PLAIN without a length; nil when there is none.
    var minValue: [UInt8]?
    /// Whether ``maxValue`` occurs; false when it was truncated.
    var isMaxValueExact: Bool?
    /// Whether ``minValue`` occurs; false when it was truncated.
    var isMinValueExact: Bool?
    /// How many values are NaN; nil for types other than floating point.
    var nanCount: Int64?

    init() {}
}

extension Statistics: ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError) {
        self.init()
        var id: Int16 = 0
        while let field = try reader.nextField(after: id) {
            id = field.id
            switch (id, field.type) {
            case (1, .binary): deprecatedMaximum = try reader.readBinary()
            case (2, .binary): deprecatedMinimum = try reader.readBinary()
            case (3, .int64): nullCount = try reader.readInt64()
            case (5, .binary): maxValue = try reader.readBinary()
            case (6, .binary): minValue = try reader.readBinary()
            case (7, .booleanTrue): isMaxValueExact = true
            case (7, .booleanFalse): isMaxValueExact = false
            case (8, .booleanTrue): isMinValueExact = true
            case (8, .booleanFalse): isMinValueExact = false
            case (9, .int64): nanCount = try reader.readInt64()
            default: try reader.skip(field.type)
            }
        }
    }

    func writeFields(to writer: inout CompactWriter) {
        writer.field(3, int64: nullCount)
        writer.field(5, binary: maxValue)
        writer.field(6, binary: minValue)
        writer.field(7, boolean: isMaxValueExact)
        writer.field(8, boolean: isMinValueExact)
        writer.field(9, int64: nanCount)
    }
}
