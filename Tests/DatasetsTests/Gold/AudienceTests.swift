import Parquet
import Testing

@testable import Datasets

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

struct AudienceSummaryTests {
    static let table = AudienceSummary.table

    static func make(_ rows: [[Literal]]) -> ColumnBatch {
        AudienceSummary.make(
            insights: FactAudienceInsights.table.make(
                [
                    "platform", "browser", "mobile", "visitor_segment", "rf_segment", "play_count",
                    "load_count",
                ],
                rows))
    }

    @Test func `counts each group once, null first`() {
        let rows = Self.make([
            ["Windows", "Chrome", false, "Rare", "Active", 1, 2],
            ["Windows", "Chrome", true, "Rare", "Active", 1, 1],
            [nil, "Chrome", nil, "Rare", "Dormant", 5, 5],
            ["Windows", "Chrome", false, "Rare", "Active", 10, 20],
            ["Windows", "Chrome", nil, "Rare", "Active", 3, 3],
            ["Windows", nil, false, "Rare", "Active", 4, 4],
            ["", "Chrome", false, "Frequent", "Active", 6, 6],
            ["iPhone", "Chrome", false, "Frequent", "Active", 7, 7],
        ])
        #expect(
            Self.table.literals(rows, Self.table.columns.map(\.name)) == [
                [nil, "Chrome", nil, "Rare", "Dormant", 1, 5, 5],
                ["", "Chrome", false, "Frequent", "Active", 1, 6, 6],
                ["Windows", nil, false, "Rare", "Active", 1, 4, 4],
                ["Windows", "Chrome", nil, "Rare", "Active", 1, 3, 3],
                ["Windows", "Chrome", false, "Rare", "Active", 2, 11, 22],
                ["Windows", "Chrome", true, "Rare", "Active", 1, 1, 1],
                ["iPhone", "Chrome", false, "Frequent", "Active", 1, 7, 7],
            ])
    }

    @Test func `no visitors, no groups`() {
        #expect(Self.make([]).rowCount == 0)
    }

    /// Enough different values that every shortcut of the grouping is left: cached values, dense pairs, long strings.
    @Test func `counts as a dictionary of rows does, however many values there are`() throws {
        var random = Sequence64(seed: 7)
        let rows: [[Literal]] = (0..<6_000).map { _ in
            let platform = random.next(below: 1_500)
            let browser = random.next(below: 900)
            return [
                platform == 0 ? nil : .string("platform with a long common name \(platform)"),
                browser == 0 ? nil : .string("b\(browser)"),
                [nil, true, false][random.next(below: 3)], ["Rare", "Frequent"][random.next(below: 2)],
                "Active",
                .integer(Int64(random.next(below: 9))), 1,
            ]
        }
        var expected: [String: Int64] = [:]
        for row in rows { expected["\(row[0..<5])", default: 0] += 1 }
        let summary = Self.make(rows)
        var counted: [String: Int64] = [:]
        for row in Self.table.literals(summary, Self.table.columns.map(\.name)) {
            if case .integer(let visitors) = row[5] { counted["\(row[0..<5])", default: 0] += visitors }
        }
        #expect(counted == expected)
        #expect(summary.rowCount == expected.count)
        try GoldInvariants.checkRows(summary, of: Self.table)
    }
}
