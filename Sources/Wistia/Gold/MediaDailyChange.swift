import Parquet
import Tables

/// How each media's counters moved since the newest earlier snapshot that has it.
enum MediaDailyChange {
    /// The table.
    static let table = Table(
        name: "media_daily_change", layer: .gold, partitioning: .extractionDate, grain: "media, day",
        key: ["media_id", "extraction_date"],
        columns: [
            Column("media_id", .string, "The media's hashed id."),
            Column(
                "load_count_change", .int64, nullable: true, unit: "loads",
                "Loads since the earlier snapshot; \(note)"),
            Column(
                "play_count_change", .int64, nullable: true, unit: "plays",
                "Plays since the earlier snapshot; \(note)"),
            Column(
                "visitors_change", .int64, nullable: true, unit: "visitors",
                "Visitors since the earlier snapshot; \(note)"),
            Column(
                "previous_extraction_date", .date, nullable: true,
                "The UTC date of the media's newest earlier snapshot; null when it is the media's first."),
            Column("extraction_date", .date, "The UTC date of the snapshot."),
        ])

    private static let note = "negative when Wistia corrected it downwards; null without an earlier snapshot."

    /// Makes a day's rows: one for each row of fact_media.
    ///
    /// A media that an earlier snapshot lacks is looked up in the ones before it. Hours and engagement have no change
    /// here: they are not monotone, so their differences mean nothing. Of `earlier`, the counters of other days in any order
    /// (``FactMedia/counters``), rows that are not earlier are passed over.
    static func make(facts: ColumnBatch, earlier: [ColumnBatch]) -> ColumnBatch {
        let today = BatchView(facts, as: FactMedia.table)
        let mediaIDs = today.strings("media_id")
        let dates = today.int32s("extraction_date")
        let rows = mediaIDs.sortedRows()

        // Per row of today, where its newest earlier snapshot is.
        var previous = [(batch: Int, row: Int, date: Int32)?](repeating: nil, count: rows.count)
        let earlierRows = earlier.map { BatchView($0, as: FactMedia.counters) }
        for (batch, view) in earlierRows.enumerated() {
            var rowOfID = MergeLookup(view.strings("media_id"))
            let earlierDates = view.int32s("extraction_date")
            for (index, row) in rows.enumerated() {
                guard let earlierRow = rowOfID.row(of: mediaIDs, row) else { continue }
                let date = earlierDates.values[earlierRow]
                guard date < dates.values[row], date > previous[index]?.date ?? .min else { continue }
                previous[index] = (batch, earlierRow, date)
            }
        }

        let changes = ["load_count", "play_count", "visitors"].map { name in
            let counters = today.integers(name)
            let earlierCounters = earlierRows.map { $0.integers(name) }
            var change = ColumnBuilder(.int64)
            for (row, previous) in zip(rows, previous) {
                guard let counter = counters[row], let previous,
                    let earlierCounter = earlierCounters[previous.batch][previous.row]
                else {
                    change.appendNull()
                    continue
                }
                change.append(counter.subtractingClamped(earlierCounter))
            }
            return change.finish()
        }
        var previousDate = ColumnBuilder(.int32)
        for previous in previous { previousDate.append(previous?.date) }
        return ColumnBatch(
            rowCount: rows.count,
            columns: [today.column("media_id").gathered(at: rows)] + changes + [
                previousDate.finish(), today.column("extraction_date").gathered(at: rows),
            ])
    }
}
