public import Parquet
public import Tables

/// The ten media that lose most of their viewers before the end.
public enum BottomMediaByDropOff {
    /// The table.
    public static let table = Ranking.table(
        name: "bottom_media_by_drop_off",
        metric: Column(
            "drop_off_rate", .double, unit: "ratio 0…1",
            "Share of plays that did not reach 95 % of the cells."))

    /// Makes a day's ranks, fewer than ten when fewer media have both plays and cells.
    ///
    /// - Parameter performance: the day's fact_media_performance.
    /// - Returns: rows of ``table``, sorted by its key.
    public static func make(performance: ColumnBatch) -> ColumnBatch {
        Ranking.make(performance: performance, metric: "drop_off_rate")
    }
}
