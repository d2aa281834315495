/// Bytes as lower-case hexadecimal digits (RFC 4648 §8, in lower case).
public enum Hexadecimal {
    /// Writes two digits a byte to the start of a buffer that holds at least as many.
    ///
    /// The input may be the second half of the output.
    public static func encode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= 2 * bytes.count, "a byte needs two hexadecimal digits")
        for index in 0..<bytes.count {
            let byte = bytes[index]
            output[2 * index] = digit(byte >> 4)
            output[2 * index + 1] = digit(byte & 0xf)
        }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}

extension Collection<UInt8> {
    /// The bytes as lower-case hexadecimal digits.
    public var hexEncoded: String {
        let bytes = Array(self)
        return String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            bytes.withUnsafeBytes { Hexadecimal.encode($0, into: UnsafeMutableRawBufferPointer(buffer)) }
            return 2 * bytes.count
        }
    }
}
