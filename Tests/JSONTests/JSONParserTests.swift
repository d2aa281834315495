import JSON
import Testing

struct JSONParserTests {
    @Test(arguments: [
        ("", JSONError.Reason.empty),
        (" \n\t ", .empty),
        ("[1,2", .malformed),
        ("{\"a\":1", .malformed),
        ("{\"a\":}", .malformed),
        ("[1,]", .malformed),
        ("{\"a\" 1}", .malformed),
        ("{a:1}", .malformed),
        ("[1] [2]", .malformed),
        ("[1]x", .malformed),
        ("{} null", .malformed),
        ("\"open", .badString),
        ("[\"\\x\"]", .badString),
        ("[\"\\ud800\"]", .badString),
        ("[\"a\u{1}b\"]", .badString),
        ("[\"a\nb\"]", .badString),
        ("[01]", .badNumber),
        ("[1.]", .badNumber),
        ("[1e999]", .badNumber),
        ("[18446744073709551616]", .badNumber),
        ("[-9223372036854775809]", .badNumber),
    ])
    func `refuses bad input and says why`(text: String, reason: JSONError.Reason) throws {
        let parser = JSONParser()
        #expect(throws: JSONError(reason, sizeBytes: text.utf8.count)) {
            try parser.withDocument(Array(text.utf8)) { _ in }
        }
        // A refusal leaves the parser fit for the next document.
        #expect(try parser.withDocument(Array("[7]".utf8)) { $0.array?.count } == 1)
    }

    @Test(arguments: [
        [UInt8]("[\"".utf8) + [0xC3, 0x28] + [UInt8]("\"]".utf8),
        [UInt8]("[\"".utf8) + [0xED, 0xA0, 0x80] + [UInt8]("\"]".utf8),
        [UInt8]("[\"".utf8) + [0xFF] + [UInt8]("\"]".utf8),
    ])
    func `refuses bytes that are not UTF-8`(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONParser().withDocument(bytes) { _ in } }
        #expect(error?.description == "parse JSON of \(bytes.count) bytes failed: it is not valid UTF-8")
    }

    @Test func `refuses deep nesting instead of crashing`() throws {
        let parser = JSONParser(maximumDepth: 16)
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "["), count: depth)
                + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(try parser.withDocument(nested(15)) { $0.kind } == .array)
        #expect(throws: JSONError(.tooDeep, sizeBytes: 2_000_000)) {
            try parser.withDocument(nested(1_000_000)) { _ in }
        }
        #expect(throws: JSONError.self) {
            try parser.withDocument([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) { _ in }
        }
    }

    @Test(arguments: ["[1,2]", "\"ab\"", "12", "true", "null", "{\"a\":[1]}"])
    func `reads the same in place as from a copy, whatever follows`(text: String) throws {
        let parser = JSONParser()
        let document = Array(text.utf8)
        let copied = try parser.withDocument(document) { Rendering.text($0) }
        for filler in ["0", "]", "\"", "}", "\n", "e", "l", "\\"].map({ $0.utf8.first ?? 0 }) {
            let line =
                Array("{}\n".utf8) + document + [UInt8](repeating: filler, count: JSONParser.paddingBytes)
            let place = 3..<(3 + document.count)
            #expect(try parser.withDocument(line, in: place) { Rendering.text($0) } == copied)
        }
        #expect(copied == text)
    }

    @Test func `refuses every truncation of a document`() throws {
        let parser = JSONParser()
        let whole = Array("[{\"a\":\"\\u00e9\",\"b\":[1,-2.5e3,true,null]},\"x\"]".utf8)
        for end in 0..<whole.count {
            #expect(throws: JSONError.self, "cut at \(end)") {
                try parser.withDocument(whole, in: 0..<end) { _ in }
            }
        }
        #expect(try parser.withDocument(whole) { $0.array?.count } == 2)
    }

    @Test func `takes documents of any size one after the other`() throws {
        let parser = JSONParser()
        for count in [1, 40_000, 3, 400_000, 0] {
            let text = "[" + Array(repeating: "12345678", count: count).joined(separator: ",") + "]"
            let sum = try parser.withDocument(Array(text.utf8)) { root in
                root.array?.reduce(Int64(0)) { $0 + ($1.int64 ?? 0) }
            }
            #expect(sum == Int64(count) * 12_345_678)
        }
    }

    @Test func `passes on what the body throws`() {
        struct Refusal: Error {}
        let parser = JSONParser()
        #expect(throws: Refusal.self) { try parser.withDocument(Array("1".utf8)) { _ in throw Refusal() } }
        #expect((try? parser.withDocument(Array("1".utf8)) { $0.int64 }) == 1)
    }
}
