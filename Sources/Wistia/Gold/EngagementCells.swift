import Parquet
import Tables

/// The rows of fact_media_engagement by ascending media_id and cell.
struct EngagementCells {
    let mediaIDs: StringSlots
    let indices: Slots<Int32>
    let engagement: Slots<Int64>
    let rewatch: Slots<Int64>
    /// The rows in order.
    let rows: [Int]

    init(_ batch: ColumnBatch) {
        let cells = BatchView(batch, as: FactMediaEngagement.table)
        let mediaIDs = cells.strings("media_id")
        let indices = cells.int32s("engagement_idx")
        self.mediaIDs = mediaIDs
        self.indices = indices
        engagement = cells.integers("engagement_count")
        rewatch = cells.integers("rewatch_count")
        let isSorted = (0..<batch.rowCount).dropFirst().allSatisfy { row in
            let order = mediaIDs.compare(row - 1, to: mediaIDs, row)
            return order < 0 || order == 0 && indices.values[row - 1] < indices.values[row]
        }
        rows =
            isSorted
            ? Array(0..<batch.rowCount)
            : (0..<batch.rowCount).sorted { left, right in
                let order = mediaIDs.compare(left, to: mediaIDs, right)
                return order != 0 ? order < 0 : indices.values[left] < indices.values[right]
            }
    }

    /// Plays that reached a row's cell.
    func net(_ row: Int) -> Int64 { (engagement[row] ?? 0).subtractingClamped(rewatch[row] ?? 0) }
}
