internal import CCrypto

/// A SHA-256 hash under way (FIPS 180-4), computed by libcrypto.
///
/// It is a value: a copy goes on by itself, so a common beginning needs to be hashed only once.
public struct SHA256: Sendable {
    /// The size of a hash in bytes.
    public static let sizeBytes = 32
    static let blockSizeBytes = 64

    private var context = SHA256_CTX()

    /// Makes the hash of nothing.
    public init() {
        let succeeded = SHA256_Init(&context)
        precondition(succeeded == 1, "SHA256_Init cannot fail")
    }

    /// Hashes some more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        let succeeded = SHA256_Update(&context, start, bytes.count)
        precondition(succeeded == 1, "SHA256_Update cannot fail")
    }

    /// Hashes some more bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Writes the hash of the bytes so far into a buffer of at least 32 bytes; more bytes may follow.
    public func finalize(into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= Self.sizeBytes, "a SHA-256 hash needs 32 bytes")
        guard let start = output.baseAddress else { return }
        var last = context
        let succeeded = SHA256_Final(start.assumingMemoryBound(to: UInt8.self), &last)
        precondition(succeeded == 1, "SHA256_Final cannot fail")
    }

    /// The hash of the bytes so far, 32 bytes; more bytes may follow.
    public func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.sizeBytes) { buffer, count in
            finalize(into: UnsafeMutableRawBufferPointer(buffer))
            count = Self.sizeBytes
        }
    }

    /// The hash of some bytes, 32 bytes.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }

    /// The hash of some bytes, 32 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }
}
