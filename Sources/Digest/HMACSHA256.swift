/// HMAC-SHA256 under one key (RFC 2104), for one message or for many.
///
/// Both padded keys are hashed once, when the value is made; a message then costs its own blocks and two more, and no
/// allocation. One value may be used by several tasks at once.
public struct HMACSHA256: Sendable {
    /// The size of an authentication code in bytes.
    public static let sizeBytes = SHA256.sizeBytes

    private let inner: SHA256
    private let outer: SHA256

    /// Prepares a key of any length, in bytes.
    public init(key: [UInt8]) {
        var block = key.count > SHA256.blockSizeBytes ? SHA256.hash(key) : key
        block.append(contentsOf: repeatElement(0, count: SHA256.blockSizeBytes - block.count))
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5c })
        self.inner = inner
        self.outer = outer
    }

    /// Writes a message's code, 32 bytes, to the start of a buffer that holds at least as many.
    public func authenticate(_ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= Self.sizeBytes, "an HMAC-SHA256 needs 32 bytes")
        var inner = self.inner
        inner.update(message)
        inner.finalize(into: output)
        var outer = self.outer
        outer.update(UnsafeRawBufferPointer(rebasing: output[..<Self.sizeBytes]))
        outer.finalize(into: output)
    }

    /// Writes a message's code as 64 lower-case hexadecimal digits to the start of a buffer that holds at least as many.
    public func authenticateHexEncoded(
        _ message: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) {
        precondition(output.count >= 2 * Self.sizeBytes, "an HMAC-SHA256 in hexadecimal needs 64 bytes")
        // The upper half holds the code until its digits overwrite it from the front; a digit pair never passes its byte.
        let code = UnsafeMutableRawBufferPointer(rebasing: output[Self.sizeBytes..<2 * Self.sizeBytes])
        authenticate(message, into: code)
        Hexadecimal.encode(UnsafeRawBufferPointer(code), into: output)
    }

    /// A message's code, 32 bytes.
    public func authenticationCode(for message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.sizeBytes) { buffer, count in
            message.withUnsafeBytes { authenticate($0, into: UnsafeMutableRawBufferPointer(buffer)) }
            count = Self.sizeBytes
        }
    }

    /// One message's code under one key, 32 bytes.
    public static func authenticationCode(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        HMACSHA256(key: key).authenticationCode(for: message)
    }
}
