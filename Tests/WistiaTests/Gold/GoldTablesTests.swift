import Lake
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct GoldTablesTests {
    @Test func `are all there, once each`() {
        #expect(
            Wistia.gold.tables.map(\.name) == [
                "fact_media_performance", "kpi_daily", "top_media_by_engagement", "bottom_media_by_drop_off",
                "media_retention", "media_daily_change", "media_days", "fact_audience_insights",
                "audience_summary",
            ])
        #expect(Wistia.gold.tables.allSatisfy { $0.layer == .gold })
    }

    @Test(arguments: Wistia.gold.tables)
    func `are declared in full`(table: Table) {
        let names = table.columns.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(table.key.allSatisfy(names.contains))
        #expect(table.columns.allSatisfy { !$0.meaning.isEmpty })
        // Every daily table carries its partition's date, so that a file says by itself which day it is.
        if table.partitioning == .extractionDate { #expect(names.contains("extraction_date")) }
    }

    /// One small day, its rows in the order given or the other way round.
    static func make(reversed isReversed: Bool) -> [ColumnBatch] {
        func order<Row>(_ rows: [Row]) -> [Row] { isReversed ? rows.reversed() : rows }
        let media = DimMedia.table.make(
            ["media_id", "title", "duration_seconds"], order([["a", "Élan", 3], ["b", "B", nil]]))
        let facts = FactMedia.table.make(
            ["media_id", "play_count", "play_rate", "hours_watched", "engagement", "extraction_date"],
            order([["a", 10, 0.5, 0.1, 0.3, 9], ["b", 3, nil, 0.7, nil, 9], ["c", 7, 0.1, 0.2, 0.6, 9]]))
        let cells = Engagement.rows(
            order([Engagement("a", [9, 8, 2]), Engagement("b", [Int64](repeating: 2, count: 1_000))]))
        let earlier = FactMedia.counters.make(
            ["media_id", "extraction_date"], order([["a", 8], ["b", 8]]))
        let visitors = FactVisitors.table.make(
            ["visitor_key", "platform", "mobile"],
            [["k", nil, true], ["l", "Mac", nil], ["m", "Mac", nil]])

        let performance = FactMediaPerformance.make(media: media, facts: facts, cells: cells)
        let insights = FactAudienceInsights.make(visitors: visitors, asOf: day)
        return [
            performance, KPIDaily.make(media: media, facts: facts, cells: cells, extractionDate: 9),
            Ranking.topMediaByEngagement.make(performance: performance),
            Ranking.bottomMediaByDropOff.make(performance: performance),
            MediaRetention.make(media: media, facts: facts, cells: cells),
            MediaDailyChange.make(facts: facts, earlier: [earlier]),
            MediaDays.widened(
                MediaDays.widened(MediaDays.table.emptyRows, by: earlier, of: FactMedia.counters, date: 8),
                by: facts,
                of: FactMedia.table, date: 9),
            insights,
            AudienceSummary.make(insights: insights),
        ]
    }

    static func file(_ rows: ColumnBatch, of table: Table) throws -> [UInt8] {
        var writer = try ParquetWriter(schema: table.schema, sink: ByteArraySink())
        try writer.write(rows)
        return try writer.finish().bytes
    }

    @Test func `come back from Parquet as they were`() throws {
        for (rows, table) in zip(Self.make(reversed: false), Wistia.gold.tables) {
            let read = try ParquetReader(Self.file(rows, of: table)).read()
            let names = table.columns.map(\.name)
            #expect(table.literals(read, names) == table.literals(rows, names))
            #expect(rows.rowCount > 0)
        }
    }

    @Test func `are the same bytes whatever the order of their inputs' rows`() throws {
        let batches = zip(Self.make(reversed: false), Self.make(reversed: true))
        for (table, (forward, backward)) in zip(Wistia.gold.tables, batches) {
            #expect(try Self.file(forward, of: table) == Self.file(backward, of: table))
        }
    }
}
