import Testing

@testable import AWS

struct PercentEncodingTests {
    @Test func `decodes what it encodes, byte by byte`() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(PercentEncoding.decode(PercentEncoding.encode(bytes)) == bytes)
        #expect(PercentEncoding.decode(PercentEncoding.encode(bytes), plusIsSpace: true) == bytes)
    }

    @Test func `leaves bad escapes as they are`() {
        for text in ["%", "%4", "%zz", "a%", "100%"] {
            #expect(PercentEncoding.decode(text) == Array(text.utf8))
        }
    }

    @Test func `a plus is a space only in forms`() {
        #expect(PercentEncoding.decode("a+b%2bc") == Array("a+b+c".utf8))
        #expect(PercentEncoding.decode("a+b%2Bc", plusIsSpace: true) == Array("a b+c".utf8))
    }
}
