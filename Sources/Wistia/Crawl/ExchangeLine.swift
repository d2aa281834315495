import HTTP
import JSON
import Lake
import Tables

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
        if let date = answer.serverDate {
            line.append(contentsOf: #","date":"\#(date.iso8601)""#.utf8)
        }
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

    /// What a crawl that goes on needs to know of a line.
    ///
    /// - Throws: ``PartLineError`` when it is no exchange; as ``ExchangeFacts/init(stream:subject:body:)``.
    static func facts(_ line: JSONValue, _ stream: Stream, _ metadata: [String: String]) throws
        -> ExchangeFacts
    {
        let body = try body(of: line)
        let subject: ExchangeFacts.Subject
        if let page = line.member("page")?.int64.map(Int.init) {
            subject =
                metadata[CrawlMetadata.lapPages] != nil
                ? .lapPage(page) : .page(page, segment: line.member("segment")?.int64.map(Int.init) ?? 1)
        } else {
            subject = .media(line.member("media_id")?.string ?? "")
        }
        return try ExchangeFacts(stream: stream, subject: subject, body: body)
    }

    /// When an answer was given, by the server's clock, since each host has one of its own; nil when the line does not say.
    ///
    /// The Date header has whole seconds. Within the second that it names our clock tells the moment; otherwise it is the
    /// second's end, since whoever stands on the answer was active before that. Lines of earlier releases have no `date`.
    fileprivate static func answeredAt(_ line: JSONValue) -> Timestamp? {
        func moment(_ value: JSONValue?) -> Timestamp? {
            value?.string.flatMap { Timestamp(rfc3339: $0) }
        }
        guard let fetchedAt = moment(line.member("fetched_at")) else { return nil }
        guard let date = moment(line.member("date")) else { return fetchedAt }
        let end = date.adding(seconds: 0.999_999)
        return (date...end).contains(fetchedAt) ? fetchedAt : end
    }

    fileprivate static func body(of line: JSONValue) throws -> JSONValue {
        guard line.kind == .object else {
            throw PartLineError("expected an object, found \(line.kind.rawValue)")
        }
        guard let body = line.member("body") else { throw PartLineError("the exchange has no body") }
        return body
    }
}

extension PartFormat {
    /// Every line is an exchange: a page of a list, or the answer about one media.
    static let exchanges = PartFormat { line, origin in
        let body = try ExchangeLine.body(of: line)
        guard let answeredAt = ExchangeLine.answeredAt(line) else {
            throw PartLineError("fetched_at is not a UTC time")
        }
        origin.answeredAt = answeredAt.microsecondsSinceEpoch
        origin.subject = line.member("media_id")?.string
        return (body, line.member("page") == nil ? 1 : body.array?.count ?? 0)
    }
}
