import Digest
import Testing

struct EncodingTests {
    @Test func `writes every byte as two lower-case hexadecimal digits`() {
        for byte in UInt8.min...UInt8.max {
            let digits = [byte].hexEncoded
            #expect(digits.utf8.count == 2)
            #expect(digits == digits.lowercased())
            #expect(UInt8(digits, radix: 16) == byte)
        }
        #expect([0xde, 0xad, 0x00, 0x0f].hexEncoded == "dead000f")
        #expect([UInt8]().hexEncoded.isEmpty)
    }

    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `writes Base64 as RFC 4648 shows it`(text: String, expected: String) {
        #expect(Array(text.utf8).base64Encoded == expected)
    }

    @Test func `Base64 uses the last letters of its alphabet`() {
        #expect([0xfb, 0xff, 0xbf].base64Encoded == "+/+/")
    }
}
