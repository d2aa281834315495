import HTTP
import JSON
import Testing
import Wistia

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
        #expect(page.unknownFields.isEmpty)
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

    @Test func `counts unknown fields by dotted name`() throws {
        let row = """
            {"visitor_key":"k","consent":true,"visitor_identity":{"name":"","phone":null,"org":{"name":null,"size":1}},\
            "user_agent_details":{"browser":"x","engine":{"a":1}}}
            """
        let page = try VisitorsPage.inspect(Array("[\(row),\(row),{\"visitor_identity\":null}]".utf8))
        #expect(
            page.unknownFields == [
                "consent": 2, "visitor_identity.phone": 2, "visitor_identity.org.size": 2,
                "user_agent_details.engine": 2,
            ])
    }

    @Test func `bounds a flood of unknown fields`() throws {
        let flood = (0..<3_000).map { "\"f\($0)\":1" }.joined(separator: ",")
        #expect(try VisitorsPage.inspect(Array("[{\(flood)}]".utf8)).unknownFields.count == 1_000)
    }

    @Test func `reads the ids of a list and of a single media`() throws {
        let list = try MediaList.inspect(
            Array(
                "[{\"hashed_id\":\"a\",\"project\":{\"hashedId\":\"p\",\"x\":1}},{\"hashed_id\":\"\"},{\"id\":1},3,{\"hashed_id\":\"b\"}]"
                    .utf8))
        #expect(list.ids == ["a", "b"])
        #expect(list.rowCount == 5)
        #expect(list.rowsWithoutID == 3)
        #expect(list.isExpectedShape)
        #expect(list.unknownFields == ["project.x": 1])
        let single = try MediaList.inspect(Array("{\"hashed_id\":\"a\",\"zoom\":2}".utf8))
        #expect(single.ids == ["a"])
        #expect(single.unknownFields == ["zoom": 1])
        #expect(try MediaList.inspect(Array("7".utf8)).isExpectedShape == false)
    }

    @Test func `describes media statistics and engagement`() throws {
        let stats = try MediaStats.inspect(Array("{\"play_count\":1,\"plays\":2}".utf8))
        #expect(stats.isObject)
        #expect(stats.unknownFields == ["plays": 1])
        #expect(try MediaStats.inspect(Array("[]".utf8)).isObject == false)
        let engagement = try MediaEngagement.inspect(
            Array("{\"engagement\":0.5,\"engagement_data\":[3,2],\"rewatch_data\":null,\"cells\":2}".utf8))
        #expect(engagement.engagementCellCount == 2)
        #expect(engagement.rewatchCellCount == nil)
        #expect(engagement.unknownFields == ["cells": 1])
    }

    @Test func `refuses what is not JSON`() {
        #expect(throws: JSONError.self) { try VisitorsPage.inspect(Array("[{".utf8)) }
        #expect(throws: JSONError.self) { try MediaList.inspect([]) }
    }
}
