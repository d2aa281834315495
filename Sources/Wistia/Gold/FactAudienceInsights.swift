import Parquet
import Tables

/// Each visitor as known now: how recently and how often they were there.
enum FactAudienceInsights {
    /// The table.
    static let table = Table(
        name: "fact_audience_insights", layer: .gold, partitioning: .whole, grain: "visitor",
        key: FactVisitors.table.key,
        columns: FactVisitors.table.columns + [
            Column(
                "recency_days", .int32, nullable: true, unit: "d",
                "Days from the UTC date of last_active_at to the as-of date, the newest extraction date that silver "
                    + "has committed; negative for who was active after it; null without last_active_at."),
            Column("frequency", .int64, unit: "loads and plays", "load_count + play_count."),
            Column(
                "visitor_segment", .string, "Frequent from a frequency of 5, Occasional from 2, else Rare."),
            Column(
                "rf_segment", .string,
                "Active up to a recency_days of 7, else Infrequent from a frequency of 3, else Dormant."),
        ])

    /// Makes one row for each row of fact_visitors, in its order, which is by visitor_key.
    ///
    /// The visitor's columns are handed on as they are; only the four computed ones are new memory. A clock that ran
    /// ahead, or a run that reaches past midnight, gives a negative recency, which is kept: it is Active like any
    /// recency up to 7, and clipping it to 0 would hide it.
    static func make(visitors: ColumnBatch, asOf: Int32) -> ColumnBatch {
        let rows = BatchView(visitors, as: FactVisitors.table)
        let lastActive = rows.integers("last_active_at")
        let loads = rows.integers("load_count")
        let plays = rows.integers("play_count")

        var recency = ColumnBuilder(.int32)
        var frequencies = [Int64]()
        frequencies.reserveCapacity(rows.rowCount)
        var visitorSegment = LabelBuilder<VisitorSegment>(capacity: rows.rowCount)
        var recencyFrequencySegment = LabelBuilder<RecencyFrequencySegment>(capacity: rows.rowCount)
        for row in 0..<rows.rowCount {
            let recencyDays = lastActive[row].map { recencyInDays(lastActiveAt: $0, asOf: asOf) }
            let frequency = (loads[row] ?? 0).addingClamped(plays[row] ?? 0)
            recency.append(recencyDays)
            frequencies.append(frequency)
            visitorSegment.append(.of(frequency: frequency))
            recencyFrequencySegment.append(.of(recencyDays: recencyDays, frequency: frequency))
        }
        return ColumnBatch(
            rowCount: rows.rowCount,
            columns: visitors.columns + [
                recency.finish(), ColumnVector(.int64(frequencies)), visitorSegment.vector,
                recencyFrequencySegment.vector,
            ])
    }

    /// Days from a moment's UTC date to the as-of date, held at the ends of Int32.
    static func recencyInDays(lastActiveAt microseconds: Int64, asOf: Int32) -> Int32 {
        Int32(clamping: Int64(asOf) - UTCDay.number(ofMicroseconds: microseconds))
    }
}
