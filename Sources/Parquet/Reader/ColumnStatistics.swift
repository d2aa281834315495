/// What a file says of a column's values in one row group.
///
/// Bounds are given only where their order is known: by the file's column orders, or by the type alone as for signed numbers.
/// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder, Statistics)
public struct ColumnStatistics: Sendable, Equatable {
    /// A bound of the values.
    public struct Bound: Sendable, Equatable {
        /// No value lies beyond it.
        public var value: ColumnValue
        /// Whether the value occurs; nil when the file does not say.
        public var isExact: Bool?
    }

    /// Rows, nulls included.
    public var rowCount: Int
    /// Rows without a value; nil when the file does not say.
    public var nullCount: Int?
    /// The lower bound of the values that are neither null nor NaN; nil when none can be relied on.
    public var minimum: Bound?
    /// The upper bound of the values that are neither null nor NaN; nil when none can be relied on.
    public var maximum: Bound?
}

/// A value of a column, for bounds and predicates.
public enum ColumnValue: Sendable, Equatable {
    /// BOOLEAN.
    case boolean(Bool)
    /// Whole numbers, dates, times and timestamps as their column counts them, and the unscaled integers of decimals.
    case integer(Int128)
    /// FLOAT, DOUBLE and FLOAT16.
    case number(Double)
    /// Text (UTF-8) and raw bytes, which compare byte by byte.
    case bytes([UInt8])
}

extension ColumnValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral
{
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(Int128(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .bytes(Array(value.utf8)) }
}

extension ColumnValue {
    /// Whether it comes before another of the same kind; nil for other kinds, and for NaN.
    func precedes(_ other: ColumnValue) -> Bool? {
        switch (self, other) {
        case (.boolean(let left), .boolean(let right)): !left && right
        case (.integer(let left), .integer(let right)): left < right
        case (.number(let left), .number(let right)): left.isNaN || right.isNaN ? nil : left < right
        case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
        default: nil
        }
    }
}

extension ColumnStatistics {
    init(_ statistics: Statistics, leaf: FileSchema.Leaf, rowCount: Int, order: ColumnOrder?) {
        self.init(rowCount: rowCount)
        if !leaf.field.isNullable {
            nullCount = 0
        } else if let count = statistics.nullCount, count >= 0, count <= Int64(rowCount) {
            nullCount = Int(count)
        }
        guard leaf.isOrdered else { return }
        let type = leaf.field.type
        // Without a column order the bounds of unsigned numbers and of bytes may have been compared as signed ones.
        let isOrderKnown = order == .typeDefined || (order == nil && type.hasSignedOrder)
        guard isOrderKnown else { return }
        if let low = statistics.minValue.flatMap(type.boundValue) {
            minimum = Bound(value: low, isExact: statistics.isMinValueExact)
        } else if type.hasSignedOrder, let low = statistics.deprecatedMinimum.flatMap(type.boundValue) {
            minimum = Bound(value: low)
        }
        if let high = statistics.maxValue.flatMap(type.boundValue) {
            maximum = Bound(value: high, isExact: statistics.isMaxValueExact)
        } else if type.hasSignedOrder, let high = statistics.deprecatedMaximum.flatMap(type.boundValue) {
            maximum = Bound(value: high)
        }
        // NaN as a bound says nothing about the others, and bounds that cross are somebody's mistake.
        let low = minimum?.value.precedes(minimum?.value ?? false)
        let high = maximum?.value.precedes(maximum?.value ?? false)
        let isCrossed =
            minimum.flatMap { low in maximum.flatMap { $0.value.precedes(low.value) } } ?? false
        if (minimum != nil && low == nil) || (maximum != nil && high == nil) || isCrossed {
            minimum = nil
            maximum = nil
        }
    }
}

extension Schema.FieldType {
    /// Whether every writer has compared values alike, from the first on.
    fileprivate var hasSignedOrder: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64: false
        default:
            switch physicalType {
            case .boolean, .int32, .int64, .float, .double: true
            default: false
            }
        }
    }

    /// A bound's value; nil when its bytes cannot be one.
    fileprivate func boundValue(_ bytes: [UInt8]) -> ColumnValue? {
        switch self {
        case .boolean: return bytes.count == 1 ? .boolean(bytes[0] & 1 == 1) : nil
        case .float:
            return UInt32(boundBytes: bytes).map { .number(Double(Float(bitPattern: $0))) }
        case .double:
            return UInt64(boundBytes: bytes).map { .number(Double(bitPattern: $0)) }
        case .float16:
            return UInt16(boundBytes: bytes).map { .number(Self.double(halfBits: $0)) }
        case .uint8, .uint16, .uint32:
            return UInt32(boundBytes: bytes).map { .integer(Int128($0)) }
        case .uint64:
            return UInt64(boundBytes: bytes).map { .integer(Int128($0)) }
        case .decimal(_, _, .bytes), .decimal(_, _, .fixedBytes):
            return Self.integer(bigEndian: bytes).map { .integer($0) }
        case .int96Timestamp: return nil
        default:
            switch physicalType {
            case .int32:
                return UInt32(boundBytes: bytes).map { .integer(Int128(Int32(bitPattern: $0))) }
            case .int64:
                return UInt64(boundBytes: bytes).map { .integer(Int128(Int64(bitPattern: $0))) }
            default: return .bytes(bytes)
            }
        }
    }

    /// A two's complement number, highest byte first; nil when it has none or more than 128 bits.
    private static func integer(bigEndian bytes: [UInt8]) -> Int128? {
        guard let first = bytes.first, bytes.count <= 16 else { return nil }
        return bytes.reduce(first >= 0x80 ? -1 : 0) { $0 << 8 | Int128($1) }
    }

    /// An IEEE 754 half-precision number.
    private static func double(halfBits bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 1 ? -1 : 1
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Double(bits & 0x3ff)
        switch exponent {
        case 0: return sign * fraction / 16_777_216
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        }
    }
}

extension FixedWidthInteger {
    /// A bound as PLAIN has it; nil when it has another number of bytes.
    fileprivate init?(boundBytes bytes: [UInt8]) {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        self = bytes.reversed().reduce(0) { $0 << 8 | Self($1) }
    }
}
