import Testing

@testable import Lake
@testable import Wistia

struct GzipTests {
    private let text = Array(
        String(repeating: #"{"visitor_key":"1767733_aa","play_count":3}"# + "\n", count: 5_000).utf8)

    @Test func `gives back what it was given`() throws {
        #expect(try Gzip.decompress(Gzip.compress(text)) == text)
        #expect(try Gzip.decompress(Gzip.compress([])) == [])
    }

    @Test func `the same input gives the same bytes`() throws {
        #expect(try Gzip.compress(text) == (try Gzip.compress(text)))
    }

    @Test func `reads members one after the other`() throws {
        let joined =
            try Gzip.compress(Array("one".utf8)) + Gzip.compress(text) + Gzip.compress(Array("two".utf8))
        #expect(try Gzip.decompress(joined) == Array("one".utf8) + text + Array("two".utf8))
    }

    @Test func `padding follows the content`() throws {
        let padded = try Gzip.decompress(try Gzip.compress(text), paddingBytes: 64)
        #expect(padded.count == text.count + 64)
        #expect(padded.suffix(64).allSatisfy { $0 == 0 })
    }

    @Test func `refuses a file that is cut anywhere`() throws {
        let file = try Gzip.compress(Array("a page of visitors, a page of visitors".utf8))
        for length in 0..<file.count {
            #expect(throws: GzipError.self) { try Gzip.decompress(Array(file[..<length])) }
        }
    }

    @Test func `says how large a damaged file is`() throws {
        let file = Array(try Gzip.compress(text).dropLast(4))
        let error = #expect(throws: GzipError.self) { try Gzip.decompress(file) }
        #expect(error?.description == "its \(file.count) bytes are cut, damaged or no gzip")
    }

    @Test func `refuses damage and other formats`() throws {
        var file = try Gzip.compress(text)
        file[file.count / 2] ^= 0x55
        #expect(throws: GzipError.self) { try Gzip.decompress(file) }
        #expect(throws: GzipError.self) { try Gzip.decompress(Array("not gzip at all".utf8)) }
    }

    @Test func `refuses more content than allowed`() throws {
        let file = try Gzip.compress(text)
        let error = #expect(throws: GzipError.self) { try Gzip.decompress(file, limitBytes: 1_000) }
        #expect(error == .tooLarge(limitBytes: 1_000))
        #expect(try Gzip.decompress(file, limitBytes: text.count) == text)
    }
}
