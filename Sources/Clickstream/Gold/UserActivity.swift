import Parquet
import Tables

/// How many people there were on each day.
enum UserActivity {
    static let table = Table(
        name: "user_activity", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 1_440),
        grain: "day", key: [],
        columns: [
            Column("unique_users", .int64, unit: "users", "Who did anything, each once; exact."),
            Column("unique_sessions", .int64, unit: "sessions", "Visits, each once; exact."),
            Column("events", .int64, unit: "events", "All events."),
        ])

    /// Makes the row of a day.
    ///
    /// - Parameters:
    ///   - products: The day's sum of ``ProductHourly``.
    ///   - users: How many users there were.
    ///   - sessions: How many sessions there were.
    /// - Returns: One row; none of a day whose events have all left.
    static func make(products: ColumnBatch, users: Int, sessions: Int) -> ColumnBatch {
        let events = BatchView(products, as: ProductHourly.table).integers("events").values
        let sums = [Int64(users), Int64(sessions), events.reduce(0, +)]
        return ColumnBatch(
            rowCount: events.isEmpty ? 0 : 1,
            columns: sums.map { ColumnVector(.int64(events.isEmpty ? [] : [$0])) })
    }
}
