import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

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
        var random = SeededGenerator(state: 7)
        let rows: [[Literal]] = (0..<6_000).map { _ in
            let platform = Int.random(in: 0..<1_500, using: &random)
            let browser = Int.random(in: 0..<900, using: &random)
            return [
                platform == 0 ? nil : .string("platform with a long common name \(platform)"),
                browser == 0 ? nil : .string("b\(browser)"),
                [nil, true, false][Int.random(in: 0..<3, using: &random)],
                ["Rare", "Frequent"][Int.random(in: 0..<2, using: &random)],
                "Active",
                .integer(Int64(Int.random(in: 0..<9, using: &random))), 1,
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
        try Self.table.check(summary)
    }
}
