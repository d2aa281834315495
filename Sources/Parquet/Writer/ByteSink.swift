/// Where a writer puts a file's bytes, in order.
public protocol ByteSink {
    /// Takes the next bytes of the file.
    mutating func append(_ bytes: [UInt8]) throws
}

/// A sink that keeps the whole file in memory.
public struct ByteArraySink: ByteSink, Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Makes an empty sink.
    public init() {}

    /// Takes the next bytes of the file.
    public mutating func append(_ bytes: [UInt8]) {
        if self.bytes.isEmpty {
            self.bytes = bytes
        } else {
            self.bytes.append(contentsOf: bytes)
        }
    }
}
