public import Parquet
public import Tables

/// The ten media that hold their viewers best.
public enum TopMediaByEngagement {
    /// The table.
    public static let table = Ranking.table(
        name: "top_media_by_engagement",
        metric: Column(
            "engagement", .double, unit: "ratio 0…1", "Average share of the media that a play watches."))

    /// Makes a day's ranks, fewer than ten when fewer media have an engagement.
    ///
    /// - Parameter performance: the day's fact_media_performance.
    /// - Returns: rows of ``table``, sorted by its key.
    public static func make(performance: ColumnBatch) -> ColumnBatch {
        Ranking.make(performance: performance, metric: "engagement")
    }
}
