/// Byte strings of one column, back to back in one buffer.
///
/// Row `i` is `bytes[offsets[i]..<offsets[i + 1]]`; `offsets` has one element more than there are rows and starts at 0.
public struct ByteColumn: Sendable, Equatable {
    /// All values, concatenated; at most 4 GiB.
    public var bytes: [UInt8]
    /// Where each value starts, and, last, where the last one ends.
    public var offsets: [UInt32]

    /// An empty column.
    public init() {
        bytes = []
        offsets = [0]
    }

    /// The number of rows.
    @inlinable public var count: Int { offsets.count - 1 }

    /// Appends one value.
    @inlinable public mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: value)
        offsets.append(UInt32(bytes.count))
    }

    /// Appends one value.
    @inlinable public mutating func append(_ value: some Collection<UInt8>) {
        bytes.append(contentsOf: value)
        offsets.append(UInt32(bytes.count))
    }

    /// Appends the empty value, as null rows hold it.
    @inlinable public mutating func appendEmpty() {
        offsets.append(UInt32(bytes.count))
    }

    /// The byte range of a row within ``bytes``.
    @inlinable public func range(_ row: Int) -> Range<Int> {
        Int(offsets[row])..<Int(offsets[row + 1])
    }
}
