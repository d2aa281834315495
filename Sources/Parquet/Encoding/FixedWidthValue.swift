/// A value that PLAIN stores as its own bytes, little-endian.
///
/// Every platform that Swift's Linux toolchains target is little-endian, so PLAIN is a copy of memory.
protocol FixedWidthValue: BitwiseCopyable, Comparable, Sendable {
    /// The bits: what a dictionary compares, so that NaN equals itself and 0 differs from -0.
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger
    var bitPattern: Pattern { get }
    static var zero: Self { get }
}

extension Int32: FixedWidthValue {
    var bitPattern: UInt32 { UInt32(bitPattern: self) }
}

extension Int64: FixedWidthValue {
    var bitPattern: UInt64 { UInt64(bitPattern: self) }
}

extension Float: FixedWidthValue {}

extension Double: FixedWidthValue {}
