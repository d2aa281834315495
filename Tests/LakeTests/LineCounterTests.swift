import Testing

@testable import Lake

struct LineCounterTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Counts a text in pieces of some size.
    private func count(_ text: [UInt8], pieceBytes: Int = .max) -> (lines: Int, rows: Int) {
        var counter = LineCounter()
        var start = 0
        while start < text.count {
            let end = min(text.count, pieceBytes == .max ? text.count : start + pieceBytes)
            Array(text[start..<end]).withUnsafeBytes { counter.count($0) }
            start = end
        }
        counter.finish()
        return (counter.lines, counter.rows)
    }

    private static let texts: [(text: [UInt8], lines: Int, rows: Int)] = [
        ([], 0, 0), (Array("\n".utf8), 1, 0), (Array("a".utf8), 1, 1), (Array("a\n".utf8), 1, 1),
        (Array("a\nb".utf8), 2, 2), (Array("a\r\nb\r\n".utf8), 2, 2), (Array("\n\na\n\n".utf8), 4, 1),
        (Array(" \t\r\n{}\n \r".utf8), 3, 1), (Array("\r".utf8), 1, 0), (Array("  a".utf8), 1, 1),
        (mark, 0, 0), (mark + Array("\n".utf8), 1, 0), (mark + Array("a\nb\n".utf8), 2, 2),
        (mark + Array("\r\na".utf8), 2, 1), ([0xEF], 1, 1), ([0xEF, 0xBB], 1, 1),
        ([0xEF, 0xBB, 0x61, 0x0A], 1, 1), ([0xEF, 0x0A, 0xEF], 2, 2),
        (Array("a\n".utf8) + mark + Array("\n".utf8), 2, 2), ([0x00, 0x0A], 1, 1),
    ]

    @Test(arguments: texts)
    func `counts lines, and as rows those that are not blank`(text: [UInt8], lines: Int, rows: Int) {
        for size in [1, 2, 3, 4, 5, .max] {
            #expect(count(text, pieceBytes: size) == (lines, rows), "\(text) in pieces of \(size)")
        }
    }
}
