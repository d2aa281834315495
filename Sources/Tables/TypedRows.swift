public import Parquet

/// What a silver table makes of some raw rows.
public struct TypedRows: Sendable, Equatable {
    /// The accepted rows, one per key, sorted by the table's key.
    public var batch: ColumnBatch
    /// The counts.
    public var ledger: TableLedger
    /// The rows that could not be typed, in input order.
    public var rejected: [RejectedRow]
    /// How often each field that the table does not know occurred, by dotted name.
    public var unknownFields: [String: Int]
    /// How often a value was taken that could be taken in another way, by column and what was done.
    public var remarks: [String: Int]
    /// When the first of the lines had arrived, microseconds since the epoch, UTC; nil without any.
    public var firstAnsweredAt: Int64?
    /// Rows that could not be typed and whose key could be read, by when they were last shown.
    public var sightings: Sightings

    /// Adds what was made of further lines of the same commit, behind these.
    ///
    /// - Throws: ``UpsertError`` when a builder's rows are not what they must be.
    public mutating func append(_ other: consuming TypedRows, of table: Table) throws(UpsertError) {
        var other = other
        // Both are given up here, so that each column can be freed while the next one is merged.
        var (current, incoming) = (
            ColumnBatch(rowCount: 0, columns: []), ColumnBatch(rowCount: 0, columns: [])
        )
        swap(&current, &batch)
        swap(&incoming, &other.batch)
        let merged = try table.merge(current: current, incoming: incoming)
        batch = merged.batch
        ledger = TableLedger(
            read: ledger.read + other.ledger.read, accepted: batch.rowCount,
            duplicate: ledger.duplicate + other.ledger.duplicate + merged.displacedCount,
            quarantined: ledger.quarantined + other.ledger.quarantined)
        rejected += other.rejected
        var counts = UnknownFields(unknownFields)
        counts.append(contentsOf: UnknownFields(other.unknownFields))
        unknownFields = counts.counts
        remarks.merge(other.remarks, uniquingKeysWith: +)
        firstAnsweredAt = [firstAnsweredAt, other.firstAnsweredAt].compactMap { $0 }.min()
        sightings.formUnion(other.sightings)
    }
}
