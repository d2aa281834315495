import Digest
import Testing

struct HMACSHA256Tests {
    struct Example: Sendable {
        var key: [UInt8]
        var message: [UInt8]
        var expected: String
    }

    /// RFC 4231 §4.2–4.4, 4.7 and 4.8; case 5 (§4.6) is about truncation, which this type does not do.
    static let examples = [
        Example(
            key: [UInt8](repeating: 0x0b, count: 20), message: Array("Hi There".utf8),
            expected: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Example(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            expected: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Example(
            key: [UInt8](repeating: 0xaa, count: 20), message: [UInt8](repeating: 0xdd, count: 50),
            expected: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Example(
            key: Array(1...25), message: [UInt8](repeating: 0xcd, count: 50),
            expected: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Example(
            key: [UInt8](repeating: 0xaa, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            expected: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Example(
            key: [UInt8](repeating: 0xaa, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            expected: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test(arguments: examples)
    func `answers RFC 4231's examples`(example: Example) {
        #expect(
            HMACSHA256.authenticationCode(for: example.message, key: example.key).hexEncoded
                == example.expected)
    }

    @Test func `one key serves many messages, also in hexadecimal and inside a larger buffer`() {
        let code = HMACSHA256(key: Self.examples[1].key)
        var output = [UInt8](repeating: 0xee, count: 66)
        for _ in 0..<3 {
            Self.examples[1].message.withUnsafeBytes { message in
                output.withUnsafeMutableBytes { code.authenticateHexEncoded(message, into: $0) }
            }
            #expect(String(decoding: output[..<64], as: UTF8.self) == Self.examples[1].expected)
            #expect(output[64...] == [0xee, 0xee])
        }
    }

    @Test func `an empty key and an empty message are allowed`() {
        #expect(
            HMACSHA256.authenticationCode(for: [], key: []).hexEncoded
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
