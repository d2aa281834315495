import HTTP
import JSON
import Lake
import LambdaRuntime
import Tables

/// One line of a part: an API exchange, the answer's bytes as they came.
enum ExchangeLine {
    /// Encodes an exchange as one line.
    ///
    /// Newlines in JSON stand between tokens only (RFC 8259 §7 forbids them inside strings), so spaces can replace them
    /// without touching a value; every other byte of the body stays.
    static func encode(_ answer: WistiaAnswer) -> [UInt8] {
        var line = JSONObjectWriter()
        line.append("url", answer.url)
        line.append("status", Int64(200))
        line.append("fetched_at", answer.fetchedAt.iso8601)
        if let date = answer.serverDate { line.append("date", date.iso8601) }
        if case .media(let id) = answer.facts.subject { line.append("media_id", id) }
        if let page = answer.facts.subject.page { line.append("page", Int64(page)) }
        if case .page(_, let segment) = answer.facts.subject, segment > 1 {
            line.append("segment", Int64(segment))
        }
        line.append("body", json: answer.body.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        return line.finish() + [0x0A]
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
                metadata[CrawlMetadata.rescanPages] != nil
                ? .rescanPage(page) : .page(page, segment: line.member("segment")?.int64.map(Int.init) ?? 1)
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
        origin.isList = line.member("page") != nil
        return (body, line.member("page") == nil ? 1 : body.array?.count ?? 0)
    }
}
