import Foundation
import HTTP

extension Event {
    /// Reads an event.
    ///
    /// A queue's messages are read for the S3 notification that each holds as text.
    ///
    /// S3's notification format: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html;
    /// EventBridge's: https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html; SQS's:
    /// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
    ///
    /// - Parameter bytes: The invocation's body.
    /// - Returns: The event.
    /// - Throws: ``EventError`` for anything that is not described by ``Event``'s cases.
    public static func decode(_ bytes: [UInt8]) throws(EventError) -> Event {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)),
            case .object(let members) = value
        else {
            throw EventError(
                expected: "a schedule, an S3 notification, or an object with id, time and source",
                keysFound: nil)
        }
        let reader = EventReader(members: members)
        if members["Records"] != nil {
            return try reader.isQueueBatch ? reader.queueBatch() : .objectsCreated(reader.s3Notification())
        }
        if members["Event"]?.string == "s3:TestEvent" {
            return .testEvent
        }
        if members["detail-type"] != nil {
            return try reader.eventBridge()
        }
        return try reader.manual()
    }
}

/// Any JSON value; events are small.
private enum JSONValue: Decodable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case boolean(Bool)
    case integer(Int)
    /// A fraction or null, which no event needs.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? container.decode(Int.self) {
            self = .integer(number)
        } else if let members = try? container.decode([String: JSONValue].self) {
            self = .object(members)
        } else if let elements = try? container.decode([JSONValue].self) {
            self = .array(elements)
        } else {
            self = .other
        }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}

private struct EventReader {
    /// Days that a search may look back: some ten years.
    static let daysMaximum = 3_660

    var members: [String: JSONValue]

    func error(_ expected: String) -> EventError {
        EventError(expected: expected, keysFound: members.keys.sorted())
    }

    /// Whether the records are messages of a queue.
    var isQueueBatch: Bool {
        guard case .array(let records)? = members["Records"] else { return false }
        return records.first?["eventSource"]?.string == "aws:sqs"
    }

    /// The objects of a queue's messages, whose bodies are S3's notifications as text; a test message has none.
    func queueBatch() throws(EventError) -> Event {
        guard case .array(let records)? = members["Records"] else { throw error("at least one record") }
        var references: [ObjectReference] = []
        for record in records {
            guard record["eventSource"]?.string == "aws:sqs", let id = nonEmpty(record["messageId"]),
                let body = record["body"]?.string
            else {
                throw error("records of one queue, each with eventSource aws:sqs, messageId and body")
            }
            do throws(EventError) {
                switch try Event.decode(Array(body.utf8)) {
                case .objectsCreated(let objects): references += objects
                case .testEvent: break
                default: throw error("an S3 notification")
                }
            } catch {
                let shown = JSONObjectWriter.escapedControls(String(id.prefix(40)))
                throw EventError(
                    expected: "\(error.expected) in the body of the message \(shown)",
                    keysFound: error.keysFound)
            }
        }
        return references.isEmpty ? .testEvent : .objectsCreated(references)
    }

    func s3Notification() throws(EventError) -> [ObjectReference] {
        guard case .array(let records)? = members["Records"], !records.isEmpty else {
            throw error("at least one record in Records")
        }
        var references: [ObjectReference] = []
        for record in records {
            guard record["eventSource"]?.string == "aws:s3" else {
                throw error("records whose eventSource is aws:s3")
            }
            guard record["eventVersion"]?.string?.split(separator: ".").first == "2" else {
                throw error("records whose eventVersion is 2.x")
            }
            guard record["eventName"]?.string?.hasPrefix("ObjectCreated:") == true else {
                throw error("records whose eventName is ObjectCreated:*")
            }
            let object = record["s3"]?["object"]
            guard let bucket = nonEmpty(record["s3"]?["bucket"]?["name"]),
                let encoded = nonEmpty(object?["key"]),
                let time = record["eventTime"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            else {
                throw error("records with s3.bucket.name, s3.object.key and eventTime")
            }
            guard let key = formDecoded(encoded) else {
                throw error("records whose s3.object.key is form-encoded UTF-8")
            }
            references.append(
                ObjectReference(
                    bucket: bucket, key: key, versionID: object?["versionId"]?.string,
                    etag: object?["eTag"]?.string, eventTime: time))
        }
        return references
    }

    func eventBridge() throws(EventError) -> Event {
        let (id, time) = try identity()
        switch (members["detail-type"]?.string, members["source"]?.string) {
        case ("Scheduled Event", "aws.events"), ("Scheduled Event", "aws.scheduler"):
            // The Scheduler writes detail as the string "{}"; it says nothing either way.
            return .schedule(Schedule(id: id, time: time))
        case ("Object Created", "aws.s3"):
            let object = members["detail"]?["object"]
            guard let bucket = nonEmpty(members["detail"]?["bucket"]?["name"]),
                let key = nonEmpty(object?["key"])
            else {
                throw error("detail.bucket.name and detail.object.key")
            }
            return .objectsCreated([
                ObjectReference(
                    bucket: bucket, key: key, versionID: object?["version-id"]?.string,
                    etag: object?["etag"]?.string, eventTime: time)
            ])
        default:
            throw error(
                "detail-type Scheduled Event from aws.events or aws.scheduler, or Object Created from aws.s3")
        }
    }

    func manual() throws(EventError) -> Event {
        if let request = members["reprocess"] {
            let (id, time) = try identity()
            guard keys(members, are: ["id", "time", "reprocess"]),
                keys(request, are: ["source", "from", "to", "quarantined"]),
                let source = nonEmpty(request["source"]),
                let from = request["from"]?.string.flatMap({ UTCDate($0) }),
                let to = request["to"]?.string.flatMap({ UTCDate($0) }), from <= to
            else {
                throw error("id, time and reprocess with source, from and to, which are dates in this order")
            }
            let isQuarantined: Bool
            switch request["quarantined"] {
            case nil: isQuarantined = false
            case .boolean(let flag): isQuarantined = flag
            default: throw error("true or false as quarantined")
            }
            return .reprocess(
                Reprocess(
                    id: id, time: time, source: source, from: from, to: to, isQuarantined: isQuarantined))
        }
        if let request = members["reconcile"] {
            let (id, time) = try identity()
            guard keys(members, are: ["id", "time", "reconcile"]), keys(request, are: ["source", "days"]),
                let source = nonEmpty(request["source"])
            else {
                throw error("id, time and reconcile with source and perhaps days")
            }
            switch request["days"] {
            case nil: return .reconcile(Reconcile(id: id, time: time, source: source))
            case .integer(let days) where (1...EventReader.daysMaximum).contains(days):
                return .reconcile(Reconcile(id: id, time: time, source: source, days: days))
            default: throw error("a whole number from 1 to \(EventReader.daysMaximum) as days")
            }
        }
        let (id, time) = try identity()
        guard keys(members, are: ["id", "time", "source", "full", "key"]),
            members["full"] == nil || members["key"] == nil, let source = nonEmpty(members["source"])
        else {
            throw error("id, time, source and perhaps full or key")
        }
        if let key = members["key"] {
            guard let key = nonEmpty(key) else { throw error("text as key") }
            return .manualRun(ManualRun(id: id, time: time, source: source, key: key))
        }
        switch members["full"] {
        case nil: return .manualRun(ManualRun(id: id, time: time, source: source))
        case .boolean(let isFull):
            return .manualRun(ManualRun(id: id, time: time, source: source, isFull: isFull))
        default: throw error("true or false as full")
        }
    }

    private func identity() throws(EventError) -> (id: String, time: Timestamp) {
        guard let id = nonEmpty(members["id"]),
            let time = members["time"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else {
            throw error("id and time such as 2026-01-08T02:00:00Z")
        }
        return (id, time)
    }

    private func keys(_ value: JSONValue, are allowed: Set<String>) -> Bool {
        if case .object(let members) = value { keys(members, are: allowed) } else { false }
    }

    private func keys(_ members: [String: JSONValue], are allowed: Set<String>) -> Bool {
        members.keys.allSatisfy(allowed.contains)
    }

    private func nonEmpty(_ value: JSONValue?) -> String? {
        value?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Undoes `application/x-www-form-urlencoded`, strictly; nil for a broken escape or bytes that are not UTF-8.
    private func formDecoded(_ text: String) -> String? {
        var decoded: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexadecimal),
                    let low = rest.popFirst().flatMap(hexadecimal)
                else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default:
                decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
