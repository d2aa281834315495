/// A value that PLAIN stores as its own bytes, little-endian.
///
/// Every platform that Swift's Linux toolchains target is little-endian, so PLAIN is a copy of memory.
protocol FixedWidthValue: BitwiseCopyable, Comparable, Sendable {
    /// The bits: what a dictionary compares, so that NaN equals itself and 0 differs from -0.
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger
    var bitPattern: Pattern { get }
    static var zero: Self { get }
    /// Whether there are values without an order.
    static var hasNaN: Bool { get }
    /// The greatest value as the minimum and the least as the maximum: what any other value narrows.
    static var widestExtremes: Extremes<Self> { get }
    /// The value as a lower bound: a zero gets the sign that makes it cover both zeros.
    ///
    /// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
    var asLowerBound: Self { get }
    /// The value as an upper bound.
    var asUpperBound: Self { get }
    /// Appends a page's values as DELTA_BINARY_PACKED, which only whole numbers have.
    static func encodeDeltas(_ values: UnsafeBufferPointer<Self>, into output: inout [UInt8])
}

extension FixedWidthValue where Self: FixedWidthInteger {
    static var hasNaN: Bool { false }
    static var widestExtremes: Extremes<Self> { Extremes(minimum: .max, maximum: .min) }
    var asLowerBound: Self { self }
    var asUpperBound: Self { self }
}

extension FixedWidthValue where Self: FixedWidthInteger & SignedInteger {
    static func encodeDeltas(_ values: UnsafeBufferPointer<Self>, into output: inout [UInt8]) {
        DeltaBinaryPacked.encode(values, into: &output)
    }
}

extension FixedWidthValue where Self: BinaryFloatingPoint {
    static var hasNaN: Bool { true }
    static var widestExtremes: Extremes<Self> { Extremes(minimum: .infinity, maximum: -.infinity) }
    var asLowerBound: Self { self == 0 ? -0.0 : self }
    var asUpperBound: Self { self == 0 ? 0.0 : self }

    static func encodeDeltas(_ values: UnsafeBufferPointer<Self>, into output: inout [UInt8]) {
        preconditionFailure("the options are checked before")
    }
}

extension Int32: FixedWidthValue {
    var bitPattern: UInt32 { UInt32(bitPattern: self) }
}

extension Int64: FixedWidthValue {
    var bitPattern: UInt64 { UInt64(bitPattern: self) }
}

extension UInt32: FixedWidthValue {
    var bitPattern: UInt32 { self }

    static func encodeDeltas(_ values: UnsafeBufferPointer<UInt32>, into output: inout [UInt8]) {
        values.withMemoryRebound(to: Int32.self) { DeltaBinaryPacked.encode($0, into: &output) }
    }
}

extension UInt64: FixedWidthValue {
    var bitPattern: UInt64 { self }

    static func encodeDeltas(_ values: UnsafeBufferPointer<UInt64>, into output: inout [UInt8]) {
        values.withMemoryRebound(to: Int64.self) { DeltaBinaryPacked.encode($0, into: &output) }
    }
}

extension Float: FixedWidthValue {}

extension Double: FixedWidthValue {}
