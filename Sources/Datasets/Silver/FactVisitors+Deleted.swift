public import Parquet

extension FactVisitors {
    /// Leaves out the visitors who were not seen since a time, because the account deleted them.
    ///
    /// Merging and leaving out may alternate in any order and give what leaving out once, after all merges, gives, as long as
    /// the bound only grows. A row tells when its visitor was last seen. Who is left out has no answer at or after the bound, so
    /// an older commit that comes late is left out again, and any row that brings him back is newer than all that were left out.
    /// So nothing has to be remembered of who was deleted.
    ///
    /// - Parameters:
    ///   - bound: Microseconds since the epoch, UTC, such as ``NewestFullCrawls/deletedBefore``; nil leaves nobody out.
    ///   - state: The rows, of which the caller should keep no copy.
    /// - Returns: The rows that stay in their order, and how many do not.
    public static func seen(since bound: Int64?, in state: consuming ColumnBatch) -> (
        batch: ColumnBatch, deletedCount: Int
    ) {
        var batch = state
        guard let bound, case .int64(let seenAt) = batch.columns[table.index(of: "ingested_at")].values,
            seenAt.contains(where: { $0 < bound })
        else { return (batch, 0) }
        var ranges: [RowRange] = []
        var start = 0
        var count = 0
        for row in 0...seenAt.count where row == seenAt.count || seenAt[row] < bound {
            if start < row { ranges.append(RowRange(source: 0, rows: start..<row)) }
            count += row - start
            start = row + 1
        }
        for index in batch.columns.indices {
            let source = batch.columns[index]
            batch.columns[index] = ColumnVector(.boolean([]))
            batch.columns[index] = .copying(ranges, from: [source])
        }
        let deletedCount = batch.rowCount - count
        batch.rowCount = count
        return (batch, deletedCount)
    }
}
