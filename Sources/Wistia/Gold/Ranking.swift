import Parquet
import Tables

/// The first media of a day by one of their figures.
struct Ranking: Sendable {
    /// How many ranks there are at most.
    static let rankCount = 10

    /// The media that hold their viewers best.
    static let topMediaByEngagement = Ranking(
        "top_media_by_engagement",
        Column("engagement", .double, unit: "ratio 0…1", "Average share of the media that a play watches."))

    /// The media that lose most of their viewers before the end.
    static let bottomMediaByDropOff = Ranking(
        "bottom_media_by_drop_off",
        Column(
            "drop_off_rate", .double, unit: "ratio 0…1",
            "Share of plays that did not reach 95 % of the cells."))

    /// The table.
    let table: Table
    private let metric: String

    /// Ranks by a metric, which fact_media_performance has under the same name.
    private init(_ name: String, _ metric: Column) {
        self.metric = metric.name
        table = Table(
            name: name, layer: .gold, partitioning: .extractionDate, grain: "rank, day",
            key: ["rank", "extraction_date"],
            columns: [
                Column(
                    "rank", .int32, unit: "rank 1…\(Ranking.rankCount)",
                    "1 for the greatest \(metric.name)."),
                Column("media_id", .string, "The media's hashed id; ties rank by it, ascending."),
                Column(
                    "title", .string, nullable: true,
                    "The media's title; null when dim_media has none that day."),
                metric,
                Column("play_count", .int64, unit: "plays", "Plays since the media's start."),
                Column("extraction_date", .date, "The UTC date of the snapshot."),
            ])
    }

    /// Makes a day's rows: metric descending, ties by media_id, media without the metric left out.
    func make(performance: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(performance, as: FactMediaPerformance.table)
        let values = rows.doubles(metric)
        let mediaIDs = rows.strings("media_id")
        let ranked = (0..<rows.rowCount)
            .compactMap { row in values[row].map { (row: row, value: $0) } }
            .sorted { left, right in
                left.value != right.value
                    ? left.value > right.value : mediaIDs.compare(left.row, to: mediaIDs, right.row) < 0
            }
            .prefix(Ranking.rankCount).map(\.row)
        return ColumnBatch(
            rowCount: ranked.count,
            columns: [ColumnVector(.int32(ranked.indices.map { Int32($0) + 1 }))]
                + ["media_id", "title", metric, "play_count", "extraction_date"].map {
                    rows.column($0).gathered(at: ranked)
                })
    }
}
