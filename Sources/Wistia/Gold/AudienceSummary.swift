import Parquet
import Tables

/// How many visitors share a platform, a browser and a habit.
enum AudienceSummary {
    /// The table.
    static let table = Table(
        name: "audience_summary", layer: .gold, partitioning: .whole,
        grain: "platform, browser, mobile, visitor_segment, rf_segment", key: grain,
        columns: [
            Column("platform", .string, nullable: true, "Operating system; null is a group: unknown."),
            Column("browser", .string, nullable: true, "Browser; null is a group: unknown."),
            Column(
                "mobile", .boolean, nullable: true, "Whether on a mobile device; null is a group: unknown."),
            Column("visitor_segment", .string, "As in fact_audience_insights."),
            Column("rf_segment", .string, "As in fact_audience_insights."),
            Column(
                "visitors", .int64, unit: "visitors", "Visitors in the group; a person is in one group only."),
            Column("plays", .int64, unit: "plays", "Their plays."),
            Column("loads", .int64, unit: "loads", "Their loads."),
        ])

    private static let grain = ["platform", "browser", "mobile", "visitor_segment", "rf_segment"]

    /// Counts the visitors of every group that has any: rows by the key, null before every value and false before true.
    static func make(insights: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(insights, as: FactAudienceInsights.table)
        var grouping = Grouping(rowCount: rows.rowCount)
        for name in grain { grouping.split(by: rows.column(name)) }

        var visitors = [Int64](repeating: 0, count: grouping.groupCount)
        var plays = [Int128](repeating: 0, count: grouping.groupCount)
        var loads = plays
        let playCounts = rows.integers("play_count")
        let loadCounts = rows.integers("load_count")
        for row in 0..<rows.rowCount {
            let group = Int(grouping.groupOfRow[row])
            visitors[group] += 1
            plays[group] += Int128(playCounts[row] ?? 0)
            loads[group] += Int128(loadCounts[row] ?? 0)
        }

        let samples = grouping.firstRowOfGroup
        let keys = grain.map { rows.column($0).gathered(at: samples) }
        let sorted = samples.indices.sorted { left, right in
            for key in keys {
                let order = key.compare(left, to: key, right)
                if order != 0 { return order < 0 }
            }
            return false
        }
        return ColumnBatch(
            rowCount: sorted.count,
            columns: keys.map { $0.gathered(at: sorted) }
                + [visitors, plays.map(Int64.init(clamping:)), loads.map(Int64.init(clamping:))].map { sums in
                    ColumnVector(.int64(sorted.map { sums[$0] }))
                })
    }
}
