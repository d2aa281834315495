import HTTP
import JSON
import Testing

@testable import Lake
@testable import Wistia

struct InspectionTests {
    private func facts(
        _ stream: Lake.Stream = .visitors, _ subject: ExchangeFacts.Subject = .page(1), of text: String
    )
        throws -> ExchangeFacts
    {
        try JSONParser().withDocument(Array(text.utf8)) {
            try ExchangeFacts(stream: stream, subject: subject, body: $0)
        }
    }

    private func page(_ moments: String...) throws -> ExchangeFacts {
        try facts(of: "[\(moments.map { "{\"last_active_at\":\($0)}" }.joined(separator: ","))]")
    }

    @Test func `finds the newest and the oldest visitor and the order`() throws {
        let page = try page(
            "\"2026-01-08T02:00:00.000Z\"", "\"2026-01-08T01:00:00.000Z\"", "\"2026-01-08T01:00:00.000Z\"")
        #expect(page.rowCount == 3)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        #expect(page.oldestLastActiveAt == Timestamp(rfc3339: "2026-01-08T01:00:00Z"))
        #expect(page.isNewestFirst)
    }

    @Test func `notices a rise, and takes the extremes from anywhere`() throws {
        let page = try page(
            "\"2026-01-08T02:00:00Z\"", "\"2026-01-01T00:00:00Z\"", "\"2026-01-09T00:00:00Z\"",
            "\"2026-01-03T00:00:00Z\"")
        #expect(!page.isNewestFirst)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-09T00:00:00Z"))
        #expect(page.oldestLastActiveAt == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
    }

    @Test(arguments: ["null", "5", "\"today\"", "\"\"", "{}"])
    func `does not judge the order when a row has no usable moment`(moment: String) throws {
        let page = try page("\"2026-01-08T02:00:00Z\"", moment, "\"2026-01-08T01:00:00Z\"")
        #expect(!page.isNewestFirst)
        #expect(page.rowCount == 3)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
    }

    @Test func `knows disorder even when a row lacks its moment`() throws {
        let page = try page("\"2026-01-08T01:00:00Z\"", "null", "\"2026-01-08T02:00:00Z\"")
        #expect(!page.isNewestFirst)
    }

    @Test func `takes the empty page as the end of the list`() throws {
        let page = try facts(of: "[]")
        #expect(page.rowCount == 0)
        #expect(page.isNewestFirst)
        #expect(page.newestLastActiveAt == nil)
    }

    @Test(arguments: ["{}", "{\"error\":\"x\"}", "null", "\"text\"", "3"])
    func `refuses a page that is not an array`(body: String) {
        #expect(throws: LakeError.self) { try facts(of: body) }
        #expect(throws: Never.self) { try facts(.mediaStats, .media("a"), of: body) }
    }

    @Test func `counts rows that are not objects`() throws {
        let page = try facts(of: "[1,null,[],{}]")
        #expect(page.rowCount == 4)
        #expect(!page.isNewestFirst)
        #expect(page.newestLastActiveAt == nil)
    }

    @Test func `reads the ids of a list and of a single media`() throws {
        let list =
            #"[{"hashed_id":"a","project":{"hashedId":"p"}},{"hashed_id":""},{"id":1},3,{"hashed_id":"b"}]"#
        #expect(try facts(.media, of: list).mediaIDs == ["a", "b"])
        #expect(try facts(.media, .media("a"), of: #"{"hashed_id":"a","zoom":2}"#).mediaIDs == ["a"])
        #expect(try facts(.media, .media("a"), of: "7").mediaIDs == [])
    }
}
