import JSON
import Testing

struct JSONValueTests {
    @Test(arguments: [
        ("\"a\"", JSONKind.string), ("1", .number), ("1.5", .number), ("18446744073709551615", .number),
        ("true", .boolean), ("false", .boolean), ("{}", .object), ("[]", .array), ("null", .null),
    ])
    func `names its kind`(text: String, kind: JSONKind) throws {
        #expect(try read(text) { $0.kind } == kind)
        #expect(try read(text) { $0.isNull } == (kind == .null))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min),
            ("3.0", 3), ("3e2", 300), ("-2.50e1", -25), ("9007199254740993", 9_007_199_254_740_993),
            ("3.5", nil), ("9223372036854775808", nil), ("18446744073709551615", nil), ("1e19", nil),
            ("true", nil),
            ("\"3\"", nil), ("null", nil),
        ] as [(String, Int64?)])
    func `gives whole numbers exactly or not at all`(text: String, expected: Int64?) throws {
        #expect(try read(text) { $0.int64 } == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("436.5", 436.5), ("-7", -7), ("0.43503941167769067", 0.43503941167769067),
            ("1e-400", 0),
            ("18446744073709551615", 18_446_744_073_709_551_616), ("2651.986969632", 2651.986969632),
            ("\"1\"", nil),
            ("false", nil), ("null", nil),
        ] as [(String, Double?)])
    func `gives numbers of any spelling as doubles`(text: String, expected: Double?) throws {
        #expect(try read(text) { $0.double } == expected)
    }

    @Test(
        arguments: [
            ("\"\"", ""), ("\"Ann\"", "Ann"), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"),
            ("\"\\u00e9\\uD83D\\uDE00\"", "é😀"), ("\"a\\u0000b\"", "a\0b"), ("\"é😀\"", "é😀"), ("1", nil),
        ] as [(String, String?)])
    func `gives strings with escapes resolved`(text: String, expected: String?) throws {
        #expect(try read(text) { $0.string } == expected)
        #expect(try read(text) { $0.stringBytes.map(Array.init) } == expected.map { Array($0.utf8) })
    }

    @Test func `walks over nested values`() throws {
        let text = #"{"a":[1,[2,{}],{"b":[]}],"c":{"d":null,"e":1.5},"f":18446744073709551615,"g":"x"}"#
        #expect(try read(text) { Rendering.text($0) } == text)
        #expect(try read(text) { $0.object?.count } == 4)
        #expect(try read(text) { $0.member("a")?.array?.count } == 3)
        #expect(try read(text) { $0.member("c")?.member("e")?.double } == 1.5)
        #expect(try read(text) { $0.member("g")?.string } == "x")
        #expect(try read(text) { $0.member("missing")?.kind } == nil)
        #expect(try read("[1]") { $0.member("a")?.kind } == nil)
        #expect(try read("[1]") { $0.object?.count } == nil)
        #expect(try read("{}") { $0.array?.count } == nil)
    }

    @Test func `lets the last of equal names count and iterates over all`() throws {
        let text = #"{"a":1,"b":2,"a":3,"\u0061":4}"#
        #expect(try read(text) { $0.member("a")?.int64 } == 4)
        #expect(
            try read(text) { $0.object?.map { String(decoding: $0.name, as: UTF8.self) } } == [
                "a", "b", "a", "a",
            ])
    }

    private func read<Result>(_ text: String, _ body: (JSONValue) throws -> Result) throws -> Result {
        try JSONParser().withDocument(Array(text.utf8), body)
    }
}

/// Writes values back as compact JSON, for strings without escapes.
enum Rendering {
    static func text(_ value: JSONValue) -> String {
        switch value.kind {
        case .string: "\"\(value.string ?? "?")\""
        case .number: value.int64.map(String.init) ?? wide(value.double ?? .nan)
        case .boolean: value.bool == true ? "true" : "false"
        case .null: "null"
        case .array: "[" + (value.array?.map { text($0) }.joined(separator: ",") ?? "?") + "]"
        case .object:
            "{"
                + (value.object?.map { "\"\(String(decoding: $0.name, as: UTF8.self))\":\(text($0.value))" }
                    .joined(separator: ",") ?? "?") + "}"
        }
    }

    private static func wide(_ number: Double) -> String {
        UInt64(exactly: number).map(String.init) ?? (number == 0x1p64 ? "18446744073709551615" : "\(number)")
    }
}
