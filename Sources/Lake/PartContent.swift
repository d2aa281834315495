import JSON

/// The lines of a part, unpacked.
struct PartContent: Sendable {
    /// Lines that stand next to each other.
    struct Lines: Sendable {
        /// Where they stand.
        var bytes: Range<Int>
        /// The number of the first one, from 1.
        var first: Int
    }

    /// The largest content of a part.
    static let limitBytes = Landing.contentBytesMaximum

    /// The content, and room for a parser behind it.
    let bytes: [UInt8]
    /// How long the content is.
    let count: Int

    /// Unpacks a part.
    ///
    /// - Parameters:
    ///   - part: The part as it lies in S3.
    ///   - isForeign: Whether somebody else wrote it: then what does not begin like gzip is taken as it is.
    ///   - resource: Where it lies, for errors.
    /// - Throws: ``LakeError`` of kind `UnreadablePart` when it is damaged.
    init(_ part: [UInt8], isForeign: Bool = false, of resource: String) throws {
        if !isForeign || part.starts(with: [0x1f, 0x8b]) {
            do {
                bytes = try Gzip.decompress(
                    part, paddingBytes: JSONParser.paddingBytes, limitBytes: PartContent.limitBytes)
            } catch {
                throw LakeError.unreadablePart(resource: resource, line: 0, cause: "\(error)")
            }
        } else {
            bytes = part + [UInt8](repeating: 0, count: JSONParser.paddingBytes)
        }
        count = bytes.count - JSONParser.paddingBytes
    }

    /// All lines.
    var lines: Lines { Lines(bytes: 0..<count, first: 1) }

    /// All lines in so many shares of about the same size.
    func shares(_ shareCount: Int) -> [Lines] {
        bytes.withUnsafeBytes { buffer in
            var shares: [Lines] = []
            var (start, first) = (0, 1)
            for share in 1...shareCount where start < count {
                var end = share == shareCount ? count : max(start, count * share / shareCount)
                while end < count, end > 0, buffer[end - 1] != UInt8(ascii: "\n") { end += 1 }
                shares.append(Lines(bytes: start..<end, first: first))
                if end < count { first += buffer[start..<end].count { $0 == UInt8(ascii: "\n") } }
                start = end
            }
            return shares
        }
    }
}
