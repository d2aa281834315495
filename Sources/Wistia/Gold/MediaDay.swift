import Parquet
import Tables

/// One media of a day: its row of fact_media, and what dim_media and fact_media_engagement know of it.
struct MediaDay {
    /// Its row of fact_media.
    var row: Int
    /// Its row of dim_media; nil when it has none.
    var mediaRow: Int?
    /// The number of its known cells; 0 without engagement.
    var pointCount: Int
    /// Views over all cells, rewatches included.
    var engagementCount: Int64
    /// Rewatches over all cells.
    var rewatchCount: Int64
    /// How its audience thins out.
    var curve: RetentionCurve

    /// The media of fact_media by ascending media_id, each joined with the other two tables.
    static func join(media: ColumnBatch, facts: ColumnBatch, cells: ColumnBatch) -> [MediaDay] {
        let media = BatchView(media, as: DimMedia.table)
        let facts = BatchView(facts, as: FactMedia.table)
        let mediaIDs = media.strings("media_id")
        let factIDs = facts.strings("media_id")
        let durations = media.doubles("duration_seconds")
        let plays = facts.integers("play_count")
        let cells = EngagementCells(cells)

        // All three are in order of media_id, so one pass joins them.
        var mediaOfID = MergeLookup(mediaIDs)
        var nextCell = 0
        return factIDs.sortedRows().map { row in
            let mediaRow = mediaOfID.row(of: factIDs, row)
            while nextCell < cells.rows.count,
                cells.mediaIDs.compare(cells.rows[nextCell], to: factIDs, row) < 0
            {
                nextCell += 1
            }

            var netByCell: [(cell: Int32, net: Int64)] = []
            var engagementCount: Int128 = 0
            var rewatchCount: Int128 = 0
            while nextCell < cells.rows.count,
                cells.mediaIDs.compare(cells.rows[nextCell], to: factIDs, row) == 0
            {
                let cell = cells.rows[nextCell]
                netByCell.append((cells.indices.values[cell], cells.net(cell)))
                engagementCount += Int128(cells.engagement[cell] ?? 0)
                rewatchCount += Int128(cells.rewatch[cell] ?? 0)
                nextCell += 1
            }
            return MediaDay(
                row: row, mediaRow: mediaRow, pointCount: netByCell.count,
                engagementCount: Int64(clamping: engagementCount),
                rewatchCount: Int64(clamping: rewatchCount),
                curve: RetentionCurve(
                    netByCell: netByCell, playCount: plays[row],
                    durationSeconds: mediaRow.flatMap { durations[$0] }))
        }
    }
}
