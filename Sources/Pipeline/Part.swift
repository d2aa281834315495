import Datasets
import HTTP
import JSON
import Wistia

/// One line of a part: an API exchange, the answer's bytes as they came.
enum ExchangeLine {
    /// Encodes an exchange as one line.
    ///
    /// Newlines in JSON stand between tokens only (RFC 8259 §7 forbids them inside strings), so spaces can replace them
    /// without touching a value; every other byte of the body stays.
    static func encode(_ answer: WistiaAnswer, subject: ExchangeFacts.Subject) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(answer.body.count + 256)
        line.append(contentsOf: #"{"url":"#.utf8)
        appendString(answer.url, to: &line)
        line.append(
            contentsOf: #","status":\#(answer.status),"fetched_at":"\#(answer.fetchedAt.iso8601)""#.utf8)
        switch subject {
        case .page(let page, segment: 1), .lapPage(let page):
            line.append(contentsOf: #","page":\#(page)"#.utf8)
        case .page(let page, let segment):
            line.append(contentsOf: #","page":\#(page),"segment":\#(segment)"#.utf8)
        case .media(let mediaID):
            line.append(contentsOf: #","media_id":"#.utf8)
            appendString(mediaID, to: &line)
        }
        line.append(contentsOf: #","body":"#.utf8)
        let bodyStart = line.count
        line.append(contentsOf: answer.body)
        for index in bodyStart..<line.count
        where line[index] == UInt8(ascii: "\n") || line[index] == UInt8(ascii: "\r") {
            line[index] = UInt8(ascii: " ")
        }
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// Appends a JSON string; what must be escaped is (RFC 8259 §7).
    private static func appendString(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                line.append(contentsOf: #"\u00"#.utf8)
                line.append(digits[Int(byte >> 4)])
                line.append(digits[Int(byte & 15)])
            default:
                line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}

/// Reads the exchanges of a part.
struct PartReader {
    /// The largest content of a part, well above the 100 pages of some 70 kB that bronze puts into one.
    static let contentLimitBytes = 1 << 30

    private let parser = JSONParser()

    /// Hands out every exchange with its body, in line order.
    ///
    /// - Parameters:
    ///   - bytes: The part as it lies in S3.
    ///   - key: The part's key.
    ///   - bucket: The bucket, for errors.
    ///   - runID: The run that the part belongs to.
    ///   - visit: Gets the exchange and its body; the body is valid only within the call.
    /// - Throws: ``PipelineError`` that names part and line; what `visit` throws.
    func forEachExchange(
        in bytes: [UInt8], key: String, bucket: String, runID: String,
        _ visit: (Exchange, JSONValue) throws -> Void
    ) throws {
        let resource = "s3://\(bucket)/\(key)"
        let content: [UInt8]
        do {
            content = try Gzip.decompress(
                bytes, paddingBytes: JSONParser.paddingBytes, limitBytes: PartReader.contentLimitBytes)
        } catch {
            throw PipelineError.unreadablePart(resource: resource, line: 0, cause: "\(error)")
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
                    ) { document in
                        let (exchange, body) = try exchange(of: document, key: key, line: line, runID: runID)
                        try visit(exchange, body)
                    }
                } catch let error as JSONError {
                    throw PipelineError.unreadablePart(resource: resource, line: line, cause: "\(error)")
                } catch let error as EnvelopeError {
                    throw PipelineError.unreadablePart(resource: resource, line: line, cause: error.cause)
                }
            }
        }
    }

    private struct EnvelopeError: Error {
        var cause: String
    }

    private func exchange(of document: JSONValue, key: String, line: Int, runID: String) throws
        -> (Exchange, JSONValue)
    {
        guard document.kind == .object else {
            throw EnvelopeError(cause: "expected an object, found \(document.kind.rawValue)")
        }
        guard let body = document.member("body") else {
            throw EnvelopeError(cause: "the exchange has no body")
        }
        guard let fetchedAt = document.member("fetched_at")?.string.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw EnvelopeError(cause: "fetched_at is not a UTC time")
        }
        return (
            Exchange(
                runID: runID, partKey: key, line: line, fetchedAt: fetchedAt.microsecondsSinceEpoch,
                mediaID: document.member("media_id")?.string,
                page: document.member("page")?.int64.map(Int.init),
                segment: document.member("segment")?.int64.map(Int.init)), body
        )
    }
}
