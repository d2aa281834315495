package import Parquet

/// How rows leave a table whose source shows only what is there: two complete readings on different days missed them.
public struct Deletion: Sendable {
    /// The column that tells when the row's answer had arrived.
    public var seenAt: String
    /// How long before it arrived an answer can have been made, in seconds: as in the table's upsert.
    public var withinSeconds: Int

    package init(seenAt: String, withinSeconds: Int) {
        self.seenAt = seenAt
        self.withinSeconds = withinSeconds
    }
}

extension Table {
    /// Leaves out the rows that were not seen since a time, because the source deleted them.
    ///
    /// Merging and leaving out may alternate in any order and give what leaving out once, after all merges, gives, as long as
    /// the bound only grows. A row goes by what the upsert compares first, the earliest moment at which its answer can have been
    /// made: an answer that arrived at or after the bound was made at most the seconds before, and of the rows of one key the
    /// greatest stays. So who is left out has no answer at or after the bound, an older commit that comes late is left out
    /// again, and any row that brings him back is greater than all that were left out: nothing has to be remembered of what was
    /// deleted.
    ///
    /// - Parameters:
    ///   - bound: Microseconds since the epoch, UTC, such as ``CompleteReadings/deletedBefore``; nil leaves nothing out.
    ///   - sightings: Rows that were shown since and could not be typed.
    ///   - sightedSince: Since when a row must have been seen that only sightings keep; nil for ever. Rows that could not be typed
    ///     for so long leave, or making the table anew would have to read all of history.
    ///   - rows: The rows, of which the caller should keep no copy.
    /// - Returns: The rows that stay in their order, and how many do not.
    package func seen(
        since bound: Int64?, sightings: Sightings = Sightings(), sightedSince: Int64? = nil,
        in rows: consuming ColumnBatch
    ) -> (
        batch: ColumnBatch, deletedCount: Int
    ) {
        let batch = rows
        guard let bound, let deletion,
            case .int64(let seenAt) = batch.columns[index(of: deletion.seenAt)].values
        else { return (batch, 0) }
        let limit = bound.subtractingClamped(Int64(deletion.withinSeconds) * 1_000_000)
        let order = UpsertOrder(of: self)
        let moments = seenAt.indices.map { order.earliestMoment(batch, $0) ?? seenAt[$0] }
        guard moments.contains(where: { $0 < limit }) else { return (batch, 0) }
        let keys = sightings.seenAt.isEmpty ? nil : batch.columns[index(of: key[0])]
        let kept = seenAt.indices.filter { row in
            moments[row] >= limit
                || seenAt[row] >= sightedSince ?? .min
                    && keys?.text(at: row).flatMap({ sightings.seenAt[$0] }).map({ $0 >= bound }) == true
        }
        let deletedCount = seenAt.count - kept.count
        return (ColumnBatch((consume batch).columns, rows: kept.map(Int32.init)), deletedCount)
    }
}

extension ColumnVector {
    /// A row of a column of text; nil when it is null.
    func text(at row: Int) -> String? {
        guard isValid(row), case .bytes(let slots) = values else { return nil }
        return String(decoding: slots.bytes[slots.range(row)], as: UTF8.self)
    }
}
