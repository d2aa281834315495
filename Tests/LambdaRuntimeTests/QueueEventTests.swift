import Foundation
import HTTP
import LambdaRuntime
import Testing

/// S3's notifications as a queue hands them over.
struct QueueEventTests {
    private static let record =
        #"{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-01-08T02:05:00Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"KEY"}}}"#

    private static func notification(_ keys: String...) -> String {
        #"{"Records":[\#(keys.map { record.replacing("KEY", with: $0) }.joined(separator: ","))]}"#
    }

    private static func message(_ id: String, _ body: String) throws -> String {
        let text = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
        return #"{"messageId":"\#(id)","eventSource":"aws:sqs","body":\#(text)}"#
    }

    private static func batch(_ bodies: String...) throws -> [UInt8] {
        let messages = try bodies.enumerated().map { try message("m-\($0.offset)", $0.element) }
        return Array(#"{"Records":[\#(messages.joined(separator: ","))]}"#.utf8)
    }

    private static func keys(_ event: Event) -> [String]? {
        if case .objectsCreated(let objects) = event { objects.map(\.key) } else { nil }
    }

    private static let test = #"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#

    @Test func `every object of every message counts`() throws {
        let event = try Event.decode(
            Self.batch(Self.notification("a%3D1", "b+c"), Self.test, Self.notification("d")))
        #expect(Self.keys(event) == ["a=1", "b c", "d"])
    }

    @Test func `a batch of test messages asks for nothing`() throws {
        #expect(try Event.decode(Self.batch(Self.test, Self.test)) == .testEvent)
    }

    @Test func `what EventBridge put into the queue has plain keys`() throws {
        let body =
            #"{"id":"e","time":"2026-01-08T02:05:00Z","detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"b"},"object":{"key":"a+b%20c"}}}"#
        #expect(Self.keys(try Event.decode(Self.batch(body))) == ["a+b%20c"])
    }

    @Test(arguments: [
        "", "hush", "[]", #"{"Records":[]}"#, #"{"hush":1}"#,
        #"{"id":"a","time":"2026-01-08T02:00:00Z","source":"hush"}"#,
        #"{"Records":[{"eventSource":"aws:s3","eventVersion":"2.1","eventName":"ObjectRemoved:Delete"}]}"#,
    ])
    func `a message that is no notification is named by its id and not by what it says`(body: String) throws {
        let event = try Self.batch(Self.notification("a"), body)
        let error = #expect(throws: EventError.self) { try Event.decode(event) }
        let description = try #require(error).description
        #expect(description.contains(" in the body of the message m-1; found "), "\(description)")
        #expect(!description.contains(#""hush""#) && !description.contains("\n"))
        #expect(error?.errorType == "Function.EventRefused")
    }

    @Test func `records of a queue and of S3 do not come together`() throws {
        let message = try Self.message("m", Self.notification("a"))
        for records in [
            [message, Self.record], [Self.record, message],
            [#"{"eventSource":"aws:sqs","body":"{}"}"#], [#"{"eventSource":"aws:sqs","messageId":"m"}"#],
        ] {
            #expect(throws: EventError.self) {
                try Event.decode(Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8))
            }
        }
    }

    // MARK: What somebody asked for

    private static func manual(_ rest: String) throws -> Event {
        try Event.decode(Array(#"{"id":"m-1","time":"2026-01-08T02:00:00Z",\#(rest)}"#.utf8))
    }

    @Test func `a landed file is asked for by its key as it is`() throws {
        let time = try #require(Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        #expect(
            try Self.manual(#""source":"toy","key":"a=1/b+c""#)
                == .manualRun(ManualRun(id: "m-1", time: time, source: "toy", key: "a=1/b+c")))
    }

    @Test func `a search may say how many days it looks back`() throws {
        let time = try #require(Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        #expect(
            try Self.manual(#""reconcile":{"source":"toy","days":30}"#)
                == .reconcile(Reconcile(id: "m-1", time: time, source: "toy", days: 30)))
    }

    @Test(arguments: [
        #""source":"toy","key":"""#, #""source":"toy","key":1"#, #""source":"toy","key":"a","full":true"#,
        #""reconcile":{"source":"toy","days":0}"#, #""reconcile":{"source":"toy","days":"3"}"#,
        #""reconcile":{"source":"toy","days":1.5}"#, #""reconcile":{"source":"toy","days":100000}"#,
    ])
    func `what cannot be meant is refused`(rest: String) {
        #expect(throws: EventError.self) { try Self.manual(rest) }
    }

    // MARK: Payloads as AWS sends them

    private static let folder =
        (ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared")).appending(path: "data/payloads")

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: folder.path)),
        arguments: ["s3-notification", "sqs-s3", "eventbridge-s3"])
    func `all ways of hearing of a file name the same version`(name: String) throws {
        let bytes = Array(try Data(contentsOf: Self.folder.appending(path: "\(name).json")))
        guard case .objectsCreated(let objects) = try Event.decode(bytes) else {
            Issue.record("not objects")
            return
        }
        let object = try #require(objects.first)
        #expect(objects.count == 1)
        #expect(object.bucket == "landing")
        #expect(
            object.key
                == "events/year=2025/month=12/day=08/hour=04/minute=15/events-20251208-041531.jsonl.gz")
        #expect(object.versionID == "3HL4kqtJlcpXroDTDmJ")
        #expect(object.etag == "0123456789abcdef0123456789abcdef")
    }
}
