import HTTP
import JSON
import Testing

@testable import Wistia

struct InspectionTests {
    private func page(_ moments: String...) throws -> VisitorsPage {
        try VisitorsPage.inspect(
            Array("[\(moments.map { "{\"last_active_at\":\($0)}" }.joined(separator: ","))]".utf8))
    }

    @Test func `finds the newest and the oldest visitor and the order`() throws {
        let page = try page(
            "\"2026-01-08T02:00:00.000Z\"", "\"2026-01-08T01:00:00.000Z\"", "\"2026-01-08T01:00:00.000Z\"")
        #expect(page.isArray)
        #expect(page.rowCount == 3)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        #expect(page.oldestLastActiveAt == Timestamp(rfc3339: "2026-01-08T01:00:00Z"))
        #expect(page.isNewestFirst == true)
    }

    @Test func `notices a rise, and takes the extremes from anywhere`() throws {
        let page = try page(
            "\"2026-01-08T02:00:00Z\"", "\"2026-01-01T00:00:00Z\"", "\"2026-01-09T00:00:00Z\"",
            "\"2026-01-03T00:00:00Z\"")
        #expect(page.isNewestFirst == false)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-09T00:00:00Z"))
        #expect(page.oldestLastActiveAt == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
    }

    @Test(arguments: ["null", "5", "\"today\"", "\"\"", "{}"])
    func `does not judge the order when a row has no usable moment`(moment: String) throws {
        let page = try page("\"2026-01-08T02:00:00Z\"", moment, "\"2026-01-08T01:00:00Z\"")
        #expect(page.isNewestFirst == nil)
        #expect(page.rowsWithoutLastActiveAt == 1)
        #expect(page.rowCount == 3)
        #expect(page.newestLastActiveAt == Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
    }

    @Test func `knows disorder even when a row lacks its moment`() throws {
        let page = try page("\"2026-01-08T01:00:00Z\"", "null", "\"2026-01-08T02:00:00Z\"")
        #expect(page.isNewestFirst == false)
    }

    @Test func `takes the empty page as the end of the list`() throws {
        let page = try VisitorsPage.inspect(Array("[]".utf8))
        #expect(page.isArray)
        #expect(page.rowCount == 0)
        #expect(page.isNewestFirst == true)
        #expect(page.newestLastActiveAt == nil)
    }

    @Test(arguments: ["{}", "{\"error\":\"x\"}", "null", "\"text\"", "3"])
    func `describes a body that is not an array`(body: String) throws {
        let page = try VisitorsPage.inspect(Array(body.utf8))
        #expect(!page.isArray)
        #expect(page.rowCount == 0)
        #expect(page.isNewestFirst == nil)
    }

    @Test func `counts rows that are not objects`() throws {
        let page = try VisitorsPage.inspect(Array("[1,null,[],{}]".utf8))
        #expect(page.rowCount == 4)
        #expect(page.rowsWithoutLastActiveAt == 4)
        #expect(page.isNewestFirst == nil)
        #expect(page.newestLastActiveAt == nil)
    }

    @Test func `reads the ids of a list and of a single media`() throws {
        func ids(_ text: String) throws -> [String] {
            try JSONParser().withDocument(Array(text.utf8)) { MediaList.ids(in: $0) }
        }
        #expect(
            try ids(
                #"[{"hashed_id":"a","project":{"hashedId":"p"}},{"hashed_id":""},{"id":1},3,{"hashed_id":"b"}]"#
            )
                == ["a", "b"])
        #expect(try ids(#"{"hashed_id":"a","zoom":2}"#) == ["a"])
        #expect(try ids("7") == [])
    }

    @Test func `refuses what is not JSON`() {
        #expect(throws: JSONError.self) { try VisitorsPage.inspect(Array("[{".utf8)) }
        #expect(throws: JSONError.self) { try VisitorsPage.inspect([UInt8]()) }
    }
}
