#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Counts the lines of a text that comes piece by piece.
///
/// A line ends with LF or with the text. A line of nothing but spaces, tabs and CRs is blank and no row; nor is a byte order mark at
/// the text's start part of its line. Silver has to take the same lines for rows, or the ledger does not add up.
package struct LineCounter {
    /// Lines so far, blank ones too; the last one may go on.
    package private(set) var lines = 0
    /// Lines so far that are not blank.
    package private(set) var rows = 0

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text's first bytes, as long as they may be a byte order mark.
    private var start: [UInt8]? = []
    private var isInLine = false
    private var isRow = false

    /// Starts before the text.
    package init() {}

    /// Counts the lines of the next piece.
    package mutating func count(_ piece: UnsafeRawBufferPointer) {
        var piece = piece
        while let first = start, let byte = piece.first {
            guard byte == LineCounter.mark[first.count] else {
                start = nil
                // What looked like a mark was text.
                if !first.isEmpty { countText(first) }
                break
            }
            piece = UnsafeRawBufferPointer(rebasing: piece.dropFirst())
            start = first.count + 1 < LineCounter.mark.count ? first + [byte] : nil
        }
        countLines(piece)
    }

    /// Counts what was held back at the text's end.
    package mutating func finish() {
        if let first = start, !first.isEmpty { countText(first) }
        start = nil
    }

    private mutating func countText(_ text: [UInt8]) { text.withUnsafeBytes { countLines($0) } }

    private mutating func countLines(_ piece: UnsafeRawBufferPointer) {
        var rest = piece
        while !rest.isEmpty {
            let length = LineCounter.length(upToNewlineIn: rest)
            if !isInLine {
                isInLine = true
                isRow = false
                lines += 1
            }
            if !isRow, !rest[..<length].allSatisfy(LineCounter.isBlank) {
                isRow = true
                rows += 1
            }
            guard length < rest.count else { return }
            isInLine = false
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    static func length(upToNewlineIn bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress, let found = memchr(start, Int32(UInt8(ascii: "\n")), bytes.count)
        else { return bytes.count }
        return UnsafeRawPointer(found) - start
    }
}
