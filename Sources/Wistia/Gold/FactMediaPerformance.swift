import Parquet
import Tables

/// Each media's day: its counters, how they rank, and how far people watch.
enum FactMediaPerformance {
    /// The table.
    static let table = Table(
        name: "fact_media_performance", layer: .gold, partitioning: .extractionDate, grain: "media, day",
        key: ["media_id", "extraction_date"],
        columns: FactMedia.table.columns + [
            Column(
                "title", .string, nullable: true, "The media's title; null when dim_media has none that day."),
            Column(
                "engagement_points", .int64, nullable: true, unit: "cells",
                "Cells of the day's engagement; null, not 0, when it has none: it may have failed or be empty."
            ),
            Column(
                "total_engagement_count", .int64, nullable: true, unit: "views",
                "Views over all cells, rewatches included; null without cells."),
            Column(
                "total_rewatch_count", .int64, nullable: true, unit: "views",
                "Rewatches over all cells; null without cells."),
            Column(
                "avg_engagement_per_second", .double, nullable: true, unit: "views per cell",
                "total_engagement_count / engagement_points; null without cells."),
            Column(
                "play_rate_class", .string, nullable: true,
                "High from a play_rate of 0.2, Medium from 0.1, else Low; null without play_rate."),
            Column(
                "hours_class", .string, "High from 500 hours_watched, Medium from 100, else Low."),
            Column(
                "engagement_class", .string, nullable: true,
                "High above 1,000 plays with a play_rate above 0.2, Medium with 500 to 1,000 plays, else Low; null "
                    + "above 1,000 plays without play_rate."),
            Column(
                "completion_rate", .double, nullable: true, unit: "ratio 0…1",
                "Share of plays that reached 95 % of the cells; null without plays or cells."),
            Column(
                "drop_off_rate", .double, nullable: true, unit: "ratio 0…1",
                "1 − completion_rate; null without plays or cells."),
            Column(
                "median_watch_seconds", .int64, nullable: true, unit: "s",
                "First second that fewer than half of the plays reached; null without plays or cells, or when the "
                    + "cells were scaled (1,000 or more) and the duration is unknown."),
        ])

    /// Makes a day's rows: one for each row of fact_media, whatever the other two tables have.
    static func make(_ days: [MediaDay], media: ColumnBatch, facts: ColumnBatch) -> ColumnBatch {
        let titles = BatchView(media, as: DimMedia.table).strings("title")
        let factRows = BatchView(facts, as: FactMedia.table)
        let playCounts = factRows.integers("play_count")
        let playRates = factRows.doubles("play_rate")
        let hoursWatched = factRows.doubles("hours_watched")

        var title = ColumnBuilder(.string)
        var points = ColumnBuilder(.int64)
        var engagement = ColumnBuilder(.int64)
        var rewatch = ColumnBuilder(.int64)
        var average = ColumnBuilder(.double)
        var playRateClass = LabelBuilder<MediaClass>(capacity: days.count)
        var hoursClass = LabelBuilder<MediaClass>(capacity: days.count)
        var engagementClass = LabelBuilder<MediaClass>(capacity: days.count)
        var completion = ColumnBuilder(.double)
        var dropOff = ColumnBuilder(.double)
        var median = ColumnBuilder(.int64)
        for day in days {
            title.append(titles, row: day.mediaRow)
            let hasCells = day.pointCount > 0
            points.append(hasCells ? Int64(day.pointCount) : nil)
            engagement.append(hasCells ? day.engagementCount : nil)
            rewatch.append(hasCells ? day.rewatchCount : nil)
            average.append(hasCells ? Double(day.engagementCount) / Double(day.pointCount) : nil)
            playRateClass.append(playRates[day.row].map(MediaClass.ofPlayRate))
            hoursClass.append(hoursWatched[day.row].map(MediaClass.ofHoursWatched))
            engagementClass.append(
                playCounts[day.row].flatMap {
                    MediaClass.ofEngagement(playCount: $0, playRate: playRates[day.row])
                })
            let completionRate = day.curve.completionRate
            completion.append(completionRate)
            dropOff.append(completionRate.map { 1 - $0 })
            median.append(day.curve.medianWatchSeconds)
        }

        let rows = days.map(\.row)
        return ColumnBatch(
            rowCount: days.count,
            columns: facts.columns.map { $0.gathered(at: rows) } + [
                title.finish(), points.finish(), engagement.finish(), rewatch.finish(), average.finish(),
                playRateClass.vector, hoursClass.vector, engagementClass.vector, completion.finish(),
                dropOff.finish(), median.finish(),
            ])
    }
}
