import Parquet
import Tables

/// Each media's retention curve, cell by cell.
enum MediaRetention {
    /// The table.
    static let table = Table(
        name: "media_retention", layer: .gold, partitioning: .extractionDate, grain: "media, cell, day",
        key: ["media_id", "cell", "extraction_date"],
        columns: [
            Column("media_id", .string, "The media's hashed id."),
            Column("cell", .int32, unit: "cells", "Position in the engagement array, from 0."),
            Column(
                "position_seconds", .double, nullable: true, unit: "s",
                "Where the cell begins; null when the cells were scaled (1,000 or more) and the duration is unknown."
            ),
            Column(
                "retained_ratio", .double, nullable: true, unit: "ratio",
                "Plays that reached the cell, rewatches not counted, over all plays; not clipped, so 1 may be "
                    + "exceeded a little; null without plays."),
            Column("extraction_date", .date, "The UTC date of the snapshot."),
        ])

    /// Makes a day's rows: one for each row of fact_media_engagement.
    static func make(media: ColumnBatch, facts: ColumnBatch, cells: ColumnBatch) -> ColumnBatch {
        let mediaRows = BatchView(media, as: DimMedia.table)
        let durations = mediaRows.doubles("duration_seconds")
        let factRows = BatchView(facts, as: FactMedia.table)
        let plays = factRows.integers("play_count")
        let cellRows = EngagementCells(cells)
        var mediaOfID = MergeLookup(mediaRows.strings("media_id"))
        var factOfID = MergeLookup(factRows.strings("media_id"))

        var position = ColumnBuilder(.double)
        var retained = ColumnBuilder(.double)
        var start = 0
        while start < cellRows.rows.count {
            let first = cellRows.rows[start]
            var end = start + 1
            while end < cellRows.rows.count,
                cellRows.mediaIDs.compare(cellRows.rows[end], to: cellRows.mediaIDs, first) == 0
            {
                end += 1
            }
            let lastCell = cellRows.indices.values[cellRows.rows[end - 1]]
            let secondsPerCell = RetentionCurve.secondsPerCell(
                cellCount: Int(lastCell) + 1,
                durationSeconds: mediaOfID.row(of: cellRows.mediaIDs, first).flatMap { durations[$0] })
            let playCount = factOfID.row(of: cellRows.mediaIDs, first).flatMap { plays[$0] } ?? 0
            for row in cellRows.rows[start..<end] {
                position.append(secondsPerCell.map { Double(cellRows.indices.values[row]) * $0 })
                retained.append(playCount > 0 ? Double(cellRows.net(row)) / Double(playCount) : nil)
            }
            start = end
        }

        let columns = BatchView(cells, as: FactMediaEngagement.table)
        return ColumnBatch(
            rowCount: cells.rowCount,
            columns: [
                columns.column("media_id").gathered(at: cellRows.rows),
                columns.column("engagement_idx").gathered(at: cellRows.rows),
                position.finish(), retained.finish(),
                columns.column("extraction_date").gathered(at: cellRows.rows),
            ])
    }
}
