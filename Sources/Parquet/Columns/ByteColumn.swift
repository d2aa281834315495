/// Byte strings of one column, back to back in one buffer.
///
/// Row `i` is `bytes[offsets[i]..<offsets[i + 1]]`; `offsets` has one element more than there are rows and starts at 0.
///
/// Appending past ``sizeBytesMaximum`` traps. What appends without knowing how much there will be asks ``hasRoom(for:limit:)`` once
/// for many values, such as those of a document, so that appending one value need not.
public struct ByteColumn: Sendable, Equatable {
    /// Bytes that all values together can take: offsets have 32 bits.
    @inlinable public static var sizeBytesMaximum: Int { Int(UInt32.max) }

    /// All values, concatenated; at most ``sizeBytesMaximum``.
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

    /// Bytes that can still be appended.
    @inlinable public var remainingBytes: Int { Self.sizeBytesMaximum - bytes.count }

    /// Whether values of so many bytes can be appended.
    ///
    /// - Parameters:
    ///   - sizeBytes: Their bytes, or more.
    ///   - limit: What the column may take in all; ``sizeBytesMaximum`` at most.
    /// - Returns: Whether they fit.
    @inlinable public func hasRoom(for sizeBytes: Int, limit: Int = ByteColumn.sizeBytesMaximum) -> Bool {
        sizeBytes <= min(limit, Self.sizeBytesMaximum) - bytes.count
    }

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
