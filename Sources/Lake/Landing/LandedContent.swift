import Digest

/// What reading a landed file to its end has shown.
struct LandedContent: Sendable, Equatable {
    var isGzip: Bool
    /// How many gzip members it has; 0 when it is not gzipped.
    var members: Int
    /// Lines, blank ones too.
    var lines: Int
    /// Records.
    var rows: Int
    /// Of the file's own bytes, in hexadecimal digits.
    var sha256: String

    /// Reads a file to its end.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - format: How it holds records.
    ///   - limitBytes: The largest content to accept.
    /// - Throws: ``GzipError`` when it is cut, damaged or too large.
    init(of bytes: [UInt8], format: LandedFormat, limitBytes: Int) throws {
        var counter = LineCounter()
        let summary = try GzipStream.forEachChunk(in: bytes, limitBytes: limitBytes) { counter.count($0) }
        counter.finish()
        isGzip = GzipStream.isGzip(bytes.prefix(2))
        members = summary.members
        lines = counter.lines
        rows = format.hasHeader ? max(0, counter.rows - 1) : counter.rows
        sha256 = SHA256.hash(bytes).hexEncoded
    }
}
