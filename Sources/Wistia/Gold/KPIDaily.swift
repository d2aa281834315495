import Parquet
import Tables

/// The account's day in one row.
enum KPIDaily {
    /// The table.
    static let table = Table(
        name: "kpi_daily", layer: .gold, partitioning: .extractionDate, grain: "day",
        key: ["extraction_date"],
        columns: [
            Column(
                "total_media_count", .int64, unit: "media",
                "Media with statistics that day: rows of fact_media."),
            Column("total_plays", .int64, unit: "plays", "Plays of all media since their start."),
            Column(
                "total_hours_watched", .double, unit: "h", "Hours watched of all media since their start."),
            Column(
                "media_visitors_sum", .int64, unit: "visitors",
                "Visitors summed over media: a person counts once for each media, so this is not a number of people."
            ),
            Column(
                "average_engagement_rate", .double, nullable: true, unit: "ratio 0…1",
                "Mean of the media's engagement, weighted by plays; a media that has none is left out; null without plays."
            ),
            Column(
                "mean_media_engagement", .double, nullable: true, unit: "ratio 0…1",
                "Mean of the media's engagement, each media once; null when no media has one."),
            Column(
                "completion_rate", .double, nullable: true, unit: "ratio 0…1",
                "Share of plays that reached 95 % of their media's cells; null where no media has plays and cells."
            ),
            Column(
                "median_watch_seconds", .int64, nullable: true, unit: "s",
                "First second that fewer than half of the plays reached; null where no media has plays and cells "
                    + "whose length is known."),
            Column("extraction_date", .date, "The UTC date of the snapshot."),
        ])

    /// Makes a day's row; of a day without media there is none.
    static func make(_ days: [MediaDay], facts: ColumnBatch, extractionDate: Int32) -> ColumnBatch {
        let factRows = BatchView(facts, as: FactMedia.table)
        let playCounts = factRows.integers("play_count")
        let hoursWatched = factRows.doubles("hours_watched")
        let visitors = factRows.integers("visitors")
        let engagements = factRows.doubles("engagement")

        var totalPlays: Int128 = 0
        var totalHoursWatched = 0.0
        var visitorsSum: Int128 = 0
        var engagementSum = 0.0
        var engagementCount = 0
        var weightedSum = 0.0
        var weights = 0.0
        // In order of media_id, so that the sums of doubles come out the same every time.
        for day in days {
            totalPlays += Int128(playCounts[day.row] ?? 0)
            totalHoursWatched += hoursWatched[day.row] ?? 0
            visitorsSum += Int128(visitors[day.row] ?? 0)
            guard let engagement = engagements[day.row] else { continue }
            engagementSum += engagement
            engagementCount += 1
            let weight = Double(max(0, playCounts[day.row] ?? 0))
            weightedSum += engagement * weight
            weights += weight
        }

        let curves = days.map(\.curve)
        var averageEngagement = ColumnBuilder(.double)
        var meanEngagement = ColumnBuilder(.double)
        var completion = ColumnBuilder(.double)
        var median = ColumnBuilder(.int64)
        averageEngagement.append(weights > 0 ? weightedSum / weights : nil)
        meanEngagement.append(engagementCount > 0 ? engagementSum / Double(engagementCount) : nil)
        completion.append(RetentionCurve.completionRate(of: curves))
        median.append(RetentionCurve.medianWatchSeconds(of: curves))
        // A day whose media have all left it has no figures, not figures of nought.
        guard !days.isEmpty else { return table.emptyRows }
        return ColumnBatch(
            rowCount: 1,
            columns: [
                ColumnVector(.int64([Int64(days.count)])),
                ColumnVector(.int64([Int64(clamping: totalPlays)])),
                ColumnVector(.double([totalHoursWatched])),
                ColumnVector(.int64([Int64(clamping: visitorsSum)])),
                averageEngagement.finish(), meanEngagement.finish(), completion.finish(), median.finish(),
                ColumnVector(.int32([extractionDate])),
            ])
    }
}
