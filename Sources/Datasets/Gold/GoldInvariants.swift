public import Parquet

/// What must hold for gold tables whatever their inputs say; a pipeline checks it before it writes.
///
/// Every check throws ``GoldInvariantError`` when it does not hold, which is our own mistake, or damage to an input.
public enum GoldInvariants {
    /// Checks that rows fit their table: types, no null where none may be, sorted by the key, no key twice.
    public static func checkRows(_ rows: ColumnBatch, of table: Table) throws(GoldInvariantError) {
        guard rows.columns.count == table.columns.count else {
            throw GoldInvariantError(
                table: table.name, cause: "it has \(rows.columns.count) columns, not \(table.columns.count)")
        }
        for (column, declared) in zip(rows.columns, table.columns) {
            guard column.values.holds(declared.type) else {
                throw GoldInvariantError(table: table.name, cause: "\(declared.name) is not \(declared.type)")
            }
            if !declared.isNullable, let row = column.validity?.firstIndex(of: false) {
                throw GoldInvariantError(
                    table: table.name, cause: "\(declared.name) is null in row \(row) and must not be")
            }
        }
        let keys = table.key.map { rows.columns[table.index(of: $0)] }
        for row in 0..<rows.rowCount where row > 0 {
            var order = 0
            for key in keys where order == 0 { order = key.compare(row - 1, to: key, row) }
            guard order < 0 else {
                throw GoldInvariantError(
                    table: table.name,
                    cause:
                        "row \(row) \(order == 0 ? "repeats the key of" : "comes before") row \(row - 1) by "
                        + table.key.joined(separator: ", "))
            }
        }
    }

    /// Checks that fact_media_performance has a row for each row of fact_media, and all its plays.
    public static func checkPerformance(
        _ performance: ColumnBatch, facts: ColumnBatch
    ) throws(GoldInvariantError) {
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
    public static func checkRetention(
        _ retention: ColumnBatch, performance: ColumnBatch, cells: ColumnBatch
    ) throws(GoldInvariantError) {
        try expect(
            MediaRetention.table, "rows", retention.rowCount, as: "fact_media_engagement", cells.rowCount)
        let points = sum(performance, FactMediaPerformance.table, "engagement_points")
        guard points <= Int128(cells.rowCount) else {
            throw GoldInvariantError(
                table: FactMediaPerformance.table.name,
                cause: "engagement_points sum is \(points), fact_media_engagement has only \(cells.rowCount)")
        }
    }

    /// Checks that kpi_daily counts the media and plays of fact_media_performance.
    public static func checkKPI(_ kpi: ColumnBatch, performance: ColumnBatch) throws(GoldInvariantError) {
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
    public static func checkInsights(
        _ insights: ColumnBatch, visitors: ColumnBatch
    ) throws(GoldInvariantError) {
        try expect(
            FactAudienceInsights.table, "rows", insights.rowCount, as: "fact_visitors", visitors.rowCount)
    }

    /// Checks that audience_summary counts every visitor, play and load once.
    public static func checkSummary(
        _ summary: ColumnBatch, insights: ColumnBatch
    ) throws(GoldInvariantError) {
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
    ) throws(GoldInvariantError) {
        let parts = BatchView(rows, as: table).integers(name).values
        guard !parts.contains(where: { $0 == .min || $0 == .max }) else { return }
        try expect(table, what ?? name, sum(rows, table, name), as: source, expected)
    }

    private static func expect<Count: Equatable>(
        _ table: Table, _ what: String, _ actual: Count, as source: String, _ expected: Count
    ) throws(GoldInvariantError) {
        guard actual == expected else {
            throw GoldInvariantError(
                table: table.name, cause: "\(what): \(actual), but \(source) has \(expected)")
        }
    }
}

/// A gold table that cannot be right.
public struct GoldInvariantError: Error, Equatable, CustomStringConvertible {
    /// The table's name.
    public var table: String
    /// What does not hold, with the numbers.
    public var cause: String

    /// Names what does not hold.
    public init(table: String, cause: String) {
        self.table = table
        self.cause = cause
    }

    /// One line.
    public var description: String {
        "check gold table \(table) failed: \(cause); nothing of it may be written, replay the day from silver"
    }
}
