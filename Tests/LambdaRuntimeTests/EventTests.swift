import HTTP
import LambdaRuntime
import Testing

struct EventTests {
    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func record(
        key: String = "commits/a.json", name: String = "ObjectCreated:Put", version: String = "2.4",
        source: String = "aws:s3"
    ) -> String {
        """
        {"eventVersion":"\(version)","eventSource":"\(source)","awsRegion":"eu-west-1","eventTime":"2026-01-08T02:05:00.123Z",
        "eventName":"\(name)","s3":{"s3SchemaVersion":"1.0","bucket":{"name":"bronze","arn":"arn:aws:s3:::bronze"},
        "object":{"key":"\(key)","size":10,"eTag":"abc","versionId":"v1","sequencer":"00"}}}
        """
    }

    @Test(arguments: [("aws.events", "{}"), ("aws.scheduler", #""{}""#), ("aws.scheduler", "{}")])
    func `reads a schedule of either kind`(source: String, detail: String) throws {
        let json = """
            {"version":"0","id":"e-1","detail-type":"Scheduled Event","source":"\(source)","account":"1",
            "time":"2026-01-08T02:00:00Z","region":"eu-west-1","resources":["arn"],"detail":\(detail)}
            """
        #expect(
            try Event.decode(Array(json.utf8))
                == .schedule(Schedule(id: "e-1", time: try moment("2026-01-08T02:00:00Z"))))
    }

    @Test(arguments: [
        ("a%3D1/b+c%2Bd.json", "a=1/b c+d.json"), ("%E2%82%AC%e4%bd%a0", "€你"), ("plain", "plain"),
        ("a%2525", "a%25"),
    ])
    func `decodes the keys of a notification as a form does`(encoded: String, key: String) throws {
        let event = try Event.decode(Array(#"{"Records":[\#(record(key: encoded))]}"#.utf8))
        #expect(
            event
                == .objectsCreated([
                    ObjectReference(
                        bucket: "bronze", key: key, versionID: "v1", etag: "abc",
                        eventTime: try moment("2026-01-08T02:05:00.123Z"))
                ]))
    }

    @Test func `reads every record of a notification`() throws {
        let json =
            #"{"Records":[\#(record(key: "a")),\#(record(key: "b", name: "ObjectCreated:CompleteMultipartUpload"))]}"#
        guard case .objectsCreated(let references) = try Event.decode(Array(json.utf8)) else {
            Issue.record("not objects")
            return
        }
        #expect(references.map(\.key) == ["a", "b"])
    }

    @Test func `takes the key of an EventBridge notification as it is`() throws {
        let json = """
            {"version":"0","id":"e-2","detail-type":"Object Created","source":"aws.s3","time":"2026-01-08T02:05:00Z",
            "detail":{"version":"0","bucket":{"name":"bronze"},"object":{"key":"a+b%20c","size":1,"etag":"abc","sequencer":"0"},
            "reason":"PutObject"}}
            """
        #expect(
            try Event.decode(Array(json.utf8))
                == .objectsCreated([
                    ObjectReference(
                        bucket: "bronze", key: "a+b%20c", etag: "abc",
                        eventTime: try moment("2026-01-08T02:05:00Z"))
                ]))
    }

    @Test func `accepts S3's test message`() throws {
        let json =
            #"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-08T02:05:00Z","Bucket":"b"}"#
        #expect(try Event.decode(Array(json.utf8)) == .testEvent)
    }

    @Test func `reads what somebody asked for`() throws {
        let time = try moment("2026-01-08T02:00:00Z")
        let start = #"{"id":"m-1","time":"2026-01-08T02:00:00Z","#
        func decode(_ rest: String) throws -> Event { try Event.decode(Array((start + rest).utf8)) }
        #expect(
            try decode(#""source":"wistia","full":true}"#)
                == .manualRun(ManualRun(id: "m-1", time: time, source: "wistia", isFull: true)))
        #expect(
            try decode(#""source":"wistia"}"#)
                == .manualRun(ManualRun(id: "m-1", time: time, source: "wistia")))
        #expect(
            try decode(#""reprocess":{"source":"wistia","from":"2026-01-01","to":"2026-01-31"}}"#)
                == .reprocess(
                    Reprocess(
                        id: "m-1", time: time, source: "wistia", from: try #require(UTCDate("2026-01-01")),
                        to: try #require(UTCDate("2026-01-31")))))
        #expect(
            try decode(#""reconcile":{"source":"wistia"}}"#)
                == .reconcile(Reconcile(id: "m-1", time: time, source: "wistia")))
    }

    @Test(arguments: [
        (
            "",
            "expected a schedule, an S3 notification, or an object with id, time and source; found no JSON object"
        ),
        ("[1]", "found no JSON object"), ("{", "found no JSON object"), ("{}", "id and time"),
        (#"{"token":"hush"}"#, "found an object with the keys token"),
        (#"{"source":"wistia","time":"2026-01-08T02:00:00Z"}"#, "id and time"),
        (#"{"id":"","time":"2026-01-08T02:00:00Z","source":"wistia"}"#, "id and time"),
        (#"{"id":"a","time":"hush","source":"wistia"}"#, "id and time"),
        (#"{"id":"a","time":"2026-01-08T02:00:00Z"}"#, "id, time, source and perhaps full"),
        (#"{"id":"a","time":"2026-01-08T02:00:00Z","source":"w","ful":true}"#, "keys ful, id, source, time"),
        (#"{"id":"a","time":"2026-01-08T02:00:00Z","source":"w","full":"hush"}"#, "true or false as full"),
        (#"{"id":"a","time":"2026-01-08T02:00:00Z","source":"w","full":1}"#, "true or false as full"),
        (
            #"{"id":"a","time":"2026-01-08T02:00:00Z","reprocess":{"source":"w","from":"2026-02-01","to":"2026-01-01"}}"#,
            "in this order"
        ),
        (
            #"{"id":"a","time":"2026-01-08T02:00:00Z","reprocess":{"source":"w","from":"2026-1-01","to":"2026-01-01"}}"#,
            "dates"
        ),
        (
            #"{"id":"a","time":"2026-01-08T02:00:00Z","reprocess":{"source":"w"},"reconcile":{"source":"w"}}"#,
            "reprocess with"
        ),
        (#"{"id":"a","time":"2026-01-08T02:00:00Z","reconcile":"hush"}"#, "reconcile with source"),
        (#"{"reconcile":{"source":"w"}}"#, "id and time"),
        (
            #"{"id":"a","time":"2026-01-08T02:00:00Z","detail-type":"EC2 hush","source":"aws.ec2"}"#,
            "Scheduled Event from"
        ),
        (
            #"{"id":"a","time":"2026-01-08T02:00:00Z","detail-type":"Object Created","source":"aws.s3","detail":{}}"#,
            "detail.bucket.name"
        ),
        (#"{"Records":[]}"#, "at least one record"), (#"{"Records":{}}"#, "at least one record"),
    ])
    func `says what it expected and never what it read`(json: String, words: String) throws {
        let error = #expect(throws: EventError.self) { try Event.decode(Array(json.utf8)) }
        let description = try #require(error).description
        #expect(
            description.hasPrefix("event refused: expected ") && description.contains(words), "\(description)"
        )
        #expect(!description.contains("hush") && !description.contains("\n"))
        #expect(error?.errorType == "Function.EventRefused")
    }

    @Test func `refuses records of another kind`() throws {
        let rows = [
            (record(version: "3.0"), "2.x"), (record(version: "21.0"), "2.x"),
            (record(name: "ObjectRemoved:Delete"), "ObjectCreated:*"),
            (record(source: "aws:sns"), "aws:s3"), (record(source: "aws:sqs"), "messageId"),
            (record(key: "a%2"), "form-encoded"),
            (record(key: "a%zz"), "form-encoded"),
            (record(key: "%ff"), "form-encoded"), (record(key: ""), "s3.object.key"), ("7", "aws:s3"),
        ]
        for (row, words) in rows {
            let error = #expect(throws: EventError.self) {
                try Event.decode(Array(#"{"Records":[\#(row)]}"#.utf8))
            }
            #expect(try #require(error).expected.contains(words))
        }
    }
}
