import Datasets
import Parquet
import Testing

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
            performance, kpi, TopMediaByEngagement.make(performance: performance),
            BottomMediaByDropOff.make(performance: performance), retention, change, insights, summary,
        ]
        for (rows, table) in zip(all, GoldTables.all) { try GoldInvariants.checkRows(rows, of: table) }
    }

    static func message(_ body: () throws(GoldInvariantError) -> Void) -> String? {
        do throws(GoldInvariantError) {
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
            Self.message { () throws(GoldInvariantError) in
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
        #expect(throws: GoldInvariantError(table: "media_retention", cause: cause)) {
            try GoldInvariants.checkRows(batch, of: MediaRetention.table)
        }
    }

    @Test func `rows of another table are refused`() {
        #expect(throws: GoldInvariantError(table: "kpi_daily", cause: "it has 5 columns, not 9")) {
            try GoldInvariants.checkRows(MediaRetention.table.empty, of: KPIDaily.table)
        }
        var rows = MediaRetention.table.empty
        rows.columns[1] = ColumnVector(.int64([]))
        #expect(throws: GoldInvariantError(table: "media_retention", cause: "cell is not int32")) {
            try GoldInvariants.checkRows(rows, of: MediaRetention.table)
        }
    }

    @Test func `a lost media, cell or play is named`() {
        let performance = FactMediaPerformance.make(
            media: DimMedia.table.empty,
            facts: FactMedia.table.make(["media_id", "play_count"], [["a", 10]]),
            cells: Self.cells)
        #expect(
            throws: GoldInvariantError(
                table: "fact_media_performance", cause: "rows: 1, but fact_media has 2")
        ) {
            try GoldInvariants.checkPerformance(performance, facts: Self.facts)
        }
        #expect(
            throws: GoldInvariantError(
                table: "media_retention", cause: "rows: 0, but fact_media_engagement has 3")
        ) {
            try GoldInvariants.checkRetention(
                MediaRetention.table.empty, performance: performance, cells: Self.cells)
        }
        #expect(
            throws: GoldInvariantError(
                table: "kpi_daily", cause: "total_plays: 9, but fact_media_performance has 10")
        ) {
            try GoldInvariants.checkKPI(
                KPIDaily.table.make(["total_plays", "total_media_count"], [[9, 1]]), performance: performance)
        }
        #expect(
            throws: GoldInvariantError(
                table: "fact_audience_insights", cause: "rows: 0, but fact_visitors has 3")
        ) {
            try GoldInvariants.checkInsights(FactAudienceInsights.table.empty, visitors: Self.visitors)
        }
    }
}
