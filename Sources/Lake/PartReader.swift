import JSON

/// Why a line of a part is not what its format says.
public struct PartLineError: Error {
    /// In words that follow "failed:".
    public var cause: String

    /// Names the cause.
    public init(_ cause: String) { self.cause = cause }
}

/// Reads the lines of a part, each a JSON value.
struct PartReader {
    /// The largest content of a part.
    static let contentLimitBytes = 1 << 30

    private let parser = JSONParser()

    /// Hands out every line, in order.
    ///
    /// - Parameters:
    ///   - bytes: The part as it lies in S3.
    ///   - resource: Where it lies, for errors.
    ///   - visit: Gets the line's number, from 1, and its value, which is valid only within the call.
    /// - Throws: ``LakeError`` that names part and line; what `visit` throws, a ``PartLineError`` as a ``LakeError``.
    func forEachLine(in bytes: [UInt8], of resource: String, _ visit: (Int, JSONValue) throws -> Void) throws
    {
        let content: [UInt8]
        do {
            content = try Gzip.decompress(
                bytes, paddingBytes: JSONParser.paddingBytes, limitBytes: PartReader.contentLimitBytes)
        } catch {
            throw LakeError.unreadablePart(resource: resource, line: 0, cause: "\(error)")
        }
        try content.withUnsafeBytes { buffer in
            let contentEnd = buffer.count - JSONParser.paddingBytes
            var lineStart = 0
            var line = 0
            while lineStart < contentEnd {
                line += 1
                let rest = UnsafeRawBufferPointer(rebasing: buffer[lineStart..<contentEnd])
                let length = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
                defer { lineStart += length + 1 }
                do {
                    try parser.withDocument(
                        UnsafeRawBufferPointer(rebasing: rest[..<length]),
                        readableBytesAfter: buffer.count - lineStart - length
                    ) { try visit(line, $0) }
                } catch let error as JSONError {
                    throw LakeError.unreadablePart(resource: resource, line: line, cause: "\(error)")
                } catch let error as PartLineError {
                    throw LakeError.unreadablePart(resource: resource, line: line, cause: error.cause)
                }
            }
        }
    }
}
