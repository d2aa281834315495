import CSV
import Testing

struct CSVLineTests {
    @Test(
        arguments: [
            ("a,b,c", ["a", "b", "c"]), ("", [""]), ("a,", ["a", ""]), (",", ["", ""]),
            ("a,b\r", ["a", "b"]), ("\"a,b\",c", ["a,b", "c"]), ("\"say \"\"hi\"\"\"", ["say \"hi\""]),
            ("\"\",x", ["", "x"]), ("a b,\u{e9}", ["a b", "\u{e9}"]), ("a\"b,c", ["a\"b", "c"]),
            ("\"open", nil), ("\"a\"b,c", nil), ("x,\"", nil),
        ] as [(String, [String]?)])
    func `a line has its fields`(line: String, fields: [String]?) {
        let read = Array(line.utf8).withUnsafeBytes { CSVLine.fields($0) }
        #expect(read?.map { String(decoding: $0, as: UTF8.self) } == fields)
    }
}
