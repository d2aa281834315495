import Parquet
import Tables

/// What must hold for gold tables whatever their inputs say; a pipeline checks it before it writes.
///
/// Every check throws ``InvariantError`` when it does not hold, which is our own mistake, or damage to an input.
enum GoldInvariants {
    /// Checks that fact_media_performance has a row for each row of fact_media, and all its plays.
    static func checkPerformance(
        _ performance: ColumnBatch, facts: ColumnBatch
    ) throws(InvariantError) {
        let table = FactMediaPerformance.table
        try expect(
            table, "rows", performance.rowCount, as: "fact_media", facts.rowCount)
        try expect(
            table, "play_count sum", sum(performance, table, "play_count"), as: "fact_media",
            sum(facts, FactMedia.table, "play_count"))
    }

    /// Checks that fact_media_performance and media_retention have all cells of fact_media_engagement.
    ///
    /// Cells of a media that fact_media lacks, which is one whose statistics failed, are in media_retention only.
    static func checkRetention(
        _ retention: ColumnBatch, performance: ColumnBatch, cells: ColumnBatch
    ) throws(InvariantError) {
        try expect(
            MediaRetention.table, "rows", retention.rowCount, as: "fact_media_engagement", cells.rowCount)
        let points = sum(performance, FactMediaPerformance.table, "engagement_points")
        guard points <= Int128(cells.rowCount) else {
            throw InvariantError(
                table: FactMediaPerformance.table.name,
                cause: "engagement_points sum is \(points), fact_media_engagement has only \(cells.rowCount)")
        }
    }

    /// Checks that kpi_daily counts the media and plays of fact_media_performance.
    static func checkKPI(_ kpi: ColumnBatch, performance: ColumnBatch) throws(InvariantError) {
        let table = KPIDaily.table
        for (total, column) in [("total_plays", "play_count"), ("media_visitors_sum", "visitors")] {
            try expectTotal(
                kpi, table, total, as: "fact_media_performance",
                sum(performance, FactMediaPerformance.table, column))
        }
        try expect(
            table, "total_media_count", sum(kpi, table, "total_media_count"), as: "fact_media_performance",
            Int128(performance.rowCount))
    }

    /// Checks that fact_audience_insights has a row for each visitor.
    static func checkInsights(
        _ insights: ColumnBatch, visitors: ColumnBatch
    ) throws(InvariantError) {
        try expect(
            FactAudienceInsights.table, "rows", insights.rowCount, as: "fact_visitors", visitors.rowCount)
    }

    /// Checks that audience_summary counts every visitor, play and load once.
    static func checkSummary(
        _ summary: ColumnBatch, insights: ColumnBatch
    ) throws(InvariantError) {
        let table = AudienceSummary.table
        try expect(
            table, "visitors sum", sum(summary, table, "visitors"), as: "fact_audience_insights",
            Int128(insights.rowCount))
        for (total, column) in [("plays", "play_count"), ("loads", "load_count")] {
            try expectTotal(
                summary, table, total, called: "\(total) sum", as: "fact_audience_insights",
                sum(insights, FactAudienceInsights.table, column))
        }
    }

    private static func sum(_ rows: ColumnBatch, _ table: Table, _ name: String) -> Int128 {
        let slots = BatchView(rows, as: table).integers(name)
        // A null row's slot holds 0.
        return slots.values.reduce(0) { $0 + Int128($1) }
    }

    /// Expects a sum of sums, unless one of them is at an end of the range: it may have been clamped, and says no more then.
    private static func expectTotal(
        _ rows: ColumnBatch, _ table: Table, _ name: String, called what: String? = nil, as source: String,
        _ expected: Int128
    ) throws(InvariantError) {
        let parts = BatchView(rows, as: table).integers(name).values
        guard !parts.contains(where: { $0 == .min || $0 == .max }) else { return }
        try expect(table, what ?? name, sum(rows, table, name), as: source, expected)
    }

    private static func expect<Count: Equatable>(
        _ table: Table, _ what: String, _ actual: Count, as source: String, _ expected: Count
    ) throws(InvariantError) {
        guard actual == expected else {
            throw InvariantError(
                table: table.name, cause: "\(what): \(actual), but \(source) has \(expected)")
        }
    }
}
