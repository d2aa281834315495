import Lake
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct GoldInvariantsTests {
    static let facts = FactMedia.table.make(
        ["media_id", "play_count", "visitors", "extraction_date"], [["a", 10, 3, 9], ["b", 20, 4, 9]])
    static let cells = Engagement.rows([Engagement("a", [5, 4]), Engagement("z", [1])])
    static let visitors = FactVisitors.table.make(
        ["visitor_key", "load_count", "play_count"], [["a", 1, 2], ["b", 3, 4], ["c", 0, 1]])

    @Test func `hold for what the transforms make`() throws {
        let media = DimMedia.table.empty
        let performance = FactMediaPerformance.make(media: media, facts: Self.facts, cells: Self.cells)
        let retention = MediaRetention.make(media: media, facts: Self.facts, cells: Self.cells)
        let kpi = KPIDaily.make(media: media, facts: Self.facts, cells: Self.cells, extractionDate: 9)
        let change = MediaDailyChange.make(facts: Self.facts, earlier: [])
        let insights = FactAudienceInsights.make(visitors: Self.visitors, asOf: 1)
        let summary = AudienceSummary.make(insights: insights)
        try GoldInvariants.checkPerformance(performance, facts: Self.facts)
        try GoldInvariants.checkRetention(retention, performance: performance, cells: Self.cells)
        try GoldInvariants.checkKPI(kpi, performance: performance)
        try GoldInvariants.checkInsights(insights, visitors: Self.visitors)
        try GoldInvariants.checkSummary(summary, insights: insights)
        let all = [
            performance, kpi, Ranking.topMediaByEngagement.make(performance: performance),
            Ranking.bottomMediaByDropOff.make(performance: performance), retention, change,
            MediaDays.widened(MediaDays.table.emptyRows, by: Self.facts, of: FactMedia.table, date: 9),
            insights, summary,
        ]
        #expect(all.count == Wistia.gold.tables.count)
        for (rows, table) in zip(all, Wistia.gold.tables) { try table.check(rows) }
    }

    static func message(_ body: () throws(InvariantError) -> Void) -> String? {
        do throws(InvariantError) {
            try body()
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a lost visitor is named with both numbers`() {
        let insights = FactAudienceInsights.make(visitors: Self.visitors, asOf: 1)
        let summary = AudienceSummary.table.make(["visitors", "plays", "loads"], [[2, 7, 4]])
        #expect(
            Self.message { () throws(InvariantError) in
                try GoldInvariants.checkSummary(summary, insights: insights)
            }
                == "check gold table audience_summary failed: visitors sum: 2, but fact_audience_insights has 3; "
                + "nothing of it may be written, replay the day from silver")
    }

    @Test(
        arguments: [
            ([["a", 1], ["a", 1]], "row 1 repeats the key of row 0 by media_id, cell, extraction_date"),
            ([["a", 1], ["a", 0]], "row 1 comes before row 0 by media_id, cell, extraction_date"),
            ([["b", 0], ["a", 0]], "row 1 comes before row 0 by media_id, cell, extraction_date"),
            ([["a", nil]], "cell is null in row 0 and must not be"),
        ] as [([[Literal]], String)])
    func `rows out of order, repeated or incomplete are named`(rows: [[Literal]], cause: String) {
        let batch = MediaRetention.table.make(["media_id", "cell"], rows)
        #expect(throws: InvariantError(table: "media_retention", cause: cause)) {
            try MediaRetention.table.check(batch)
        }
    }

    /// Sums, which the order of rows must not change, of counters that a source got wrong, which must not stop a run.
    @Test(arguments: 0..<40)
    func `hold for absurd counters, and sums are the same in any order of rows`(seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        func counter() -> Literal {
            let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
            let isExtreme = Bool.random(using: &random)
            return .integer(
                isExtreme
                    ? extremes.randomElement(using: &random) ?? 0
                    : Int64.random(in: -1_000...1_000, using: &random))
        }
        let names = (0..<8).map { "m\($0)" }
        var facts: [[Literal]] = names.map { [.string($0), counter(), counter(), 9] }
        var cells: [[Literal]] = names.flatMap { name in
            (0..<5).map { [.string(name), .integer(Int64($0)), counter(), counter(), 9] }
        }
        var visitors: [[Literal]] = (0..<40).map { number in
            [
                .string("v\(number)"), [nil, "Mac"].randomElement(using: &random) ?? nil, counter(),
                counter(),
            ]
        }
        var results: [[ColumnBatch]] = []
        for _ in 0..<4 {
            facts.shuffle(using: &random)
            cells.shuffle(using: &random)
            visitors.shuffle(using: &random)
            results.append(try Self.checked(facts: facts, cells: cells, visitors: visitors))
        }
        for result in results { #expect(result == results[0]) }
    }

    /// The tables that have sums, checked as before they are written.
    static func checked(
        facts: [[Literal]], cells: [[Literal]], visitors: [[Literal]]
    ) throws -> [ColumnBatch] {
        let media = DimMedia.table.empty
        let facts = FactMedia.table.make(["media_id", "play_count", "visitors", "extraction_date"], facts)
        let cells = FactMediaEngagement.table.make(
            ["media_id", "engagement_idx", "engagement_count", "rewatch_count", "extraction_date"], cells)
        let visitors = FactVisitors.table.make(
            ["visitor_key", "platform", "load_count", "play_count"], visitors)
        let performance = FactMediaPerformance.make(media: media, facts: facts, cells: cells)
        let kpi = KPIDaily.make(media: media, facts: facts, cells: cells, extractionDate: 9)
        let insights = FactAudienceInsights.make(visitors: visitors, asOf: 1)
        let summary = AudienceSummary.make(insights: insights)
        try GoldInvariants.checkPerformance(performance, facts: facts)
        try GoldInvariants.checkRetention(
            MediaRetention.make(media: media, facts: facts, cells: cells), performance: performance,
            cells: cells)
        try GoldInvariants.checkKPI(kpi, performance: performance)
        try GoldInvariants.checkSummary(summary, insights: insights)
        return [performance, kpi, summary]
    }

    @Test func `a sum goes past the range on its way and comes back`() throws {
        let results = try Self.checked(
            facts: [["a", .integer(.max), 1, 9], ["b", 5, 2, 9], ["c", -10, 3, 9]],
            cells: [["a", 0, .integer(.min), 0, 9], ["a", 1, -3, 0, 9], ["a", 2, 10, 0, 9]],
            visitors: [["v", nil, .integer(.max), 0], ["w", nil, 7, 0], ["x", nil, -9, 20]])
        #expect(
            FactMediaPerformance.table.literals(results[0], "total_engagement_count")
                == [.integer(.min + 7), nil, nil])
        #expect(KPIDaily.table.literals(results[1], "total_plays") == [.integer(.max - 5)])
        #expect(AudienceSummary.table.literals(results[2], "loads") == [.integer(.max - 2)])
    }

    @Test func `a lost play is named beside plays near the end of the range`() throws {
        let facts = FactMedia.table.make(
            ["media_id", "play_count", "extraction_date"], [["a", .integer(.max - 1), 9], ["b", 10, 9]])
        var performance = FactMediaPerformance.make(
            media: DimMedia.table.empty, facts: facts, cells: Self.cells)
        let plays = FactMediaPerformance.table.index(of: "play_count")
        performance.columns[plays] = ColumnVector(.int64([.max - 1, 9]))
        #expect(
            throws: InvariantError(
                table: "fact_media_performance",
                cause: "play_count sum: 9223372036854775815, but fact_media has 9223372036854775816")
        ) {
            try GoldInvariants.checkPerformance(performance, facts: facts)
        }
    }

    @Test func `rows of another table are refused`() {
        #expect(throws: InvariantError(table: "kpi_daily", cause: "it has 5 columns, not 9")) {
            try KPIDaily.table.check(MediaRetention.table.empty)
        }
        var rows = MediaRetention.table.empty
        rows.columns[1] = ColumnVector(.int64([]))
        #expect(throws: InvariantError(table: "media_retention", cause: "cell is not int32")) {
            try MediaRetention.table.check(rows)
        }
    }

    @Test func `a lost media, cell or play is named`() {
        let performance = FactMediaPerformance.make(
            media: DimMedia.table.empty,
            facts: FactMedia.table.make(["media_id", "play_count"], [["a", 10]]),
            cells: Self.cells)
        #expect(
            throws: InvariantError(
                table: "fact_media_performance", cause: "rows: 1, but fact_media has 2")
        ) {
            try GoldInvariants.checkPerformance(performance, facts: Self.facts)
        }
        #expect(
            throws: InvariantError(
                table: "media_retention", cause: "rows: 0, but fact_media_engagement has 3")
        ) {
            try GoldInvariants.checkRetention(
                MediaRetention.table.empty, performance: performance, cells: Self.cells)
        }
        #expect(
            throws: InvariantError(
                table: "kpi_daily", cause: "total_plays: 9, but fact_media_performance has 10")
        ) {
            try GoldInvariants.checkKPI(
                KPIDaily.table.make(["total_plays", "total_media_count"], [[9, 1]]), performance: performance)
        }
        #expect(
            throws: InvariantError(
                table: "fact_audience_insights", cause: "rows: 0, but fact_visitors has 3")
        ) {
            try GoldInvariants.checkInsights(FactAudienceInsights.table.empty, visitors: Self.visitors)
        }
    }
}
