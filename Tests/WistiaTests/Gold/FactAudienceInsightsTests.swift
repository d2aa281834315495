import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct FactAudienceInsightsTests {
    static let table = FactAudienceInsights.table
    static let day: Int64 = 86_400_000_000

    static func make(_ rows: [[Literal]], asOf: Int32 = 100) -> ColumnBatch {
        FactAudienceInsights.make(
            visitors: FactVisitors.table.make(
                ["visitor_key", "last_active_at", "load_count", "play_count"], rows),
            asOf: asOf)
    }

    @Test func `counts days between UTC dates and joins the segments`() {
        let rows = Self.make([
            ["a", .integer(100 * Self.day), 1, 0], ["b", .integer(94 * Self.day - 1), 2, 1],
            ["c", .integer(93 * Self.day), 0, 2], ["d", .integer(93 * Self.day - 1), 0, 2],
            ["e", .integer(0), 5, 0],
        ])
        #expect(
            Self.table.literals(
                rows, ["visitor_key", "recency_days", "frequency", "visitor_segment", "rf_segment"]) == [
                    ["a", 0, 1, "Rare", "Active"], ["b", 7, 3, "Occasional", "Active"],
                    ["c", 7, 2, "Occasional", "Active"], ["d", 8, 2, "Occasional", "Dormant"],
                    ["e", 100, 5, "Frequent", "Infrequent"],
                ])
    }

    @Test(
        arguments: [
            (0, 0, 0), (-1, 0, 1), (-86_400_000_000, 0, 1), (-86_400_000_001, 0, 2), (86_399_999_999, 0, 0),
            (86_400_000_000, 0, -1), (.max, .min, -2_147_483_648), (.min, .max, 2_147_483_647),
        ] as [(Int64, Int32, Int32)])
    func `recency is the difference of dates, negative after the as-of date, within Int32`(
        lastActiveAt: Int64, asOf: Int32, expected: Int32
    ) {
        #expect(FactAudienceInsights.recencyInDays(lastActiveAt: lastActiveAt, asOf: asOf) == expected)
    }

    @Test func `frequency stays at the end of its range`() {
        let rows = Self.make([["a", 0, .integer(.max), 1]])
        #expect(Self.table.literals(rows, "frequency") == [.integer(.max)])
    }

    @Test func `visitors' columns go through untouched`() {
        let visitors = FactVisitors.table.make(
            ["visitor_key", "browser", "mobile"], [["a", "Chrome", true], ["b", nil, nil]])
        let rows = FactAudienceInsights.make(visitors: visitors, asOf: 1)
        #expect(Array(rows.columns.prefix(visitors.columns.count)) == visitors.columns)
        #expect(
            Self.table.columns.map(\.name)
                == FactVisitors.table.columns.map(\.name)
                + ["recency_days", "frequency", "visitor_segment", "rf_segment"])
    }

    @Test func `no visitors, no rows`() {
        #expect(Self.make([]).rowCount == 0)
    }
}
