public import Tables

/// What became of one bronze commit.
public struct SilverReport: Encodable, Sendable, Equatable {
    /// What became of one table.
    public struct TableReport: Encodable, Sendable, Equatable {
        /// The counts of the commit's own rows.
        public var ledger: TableLedger
        /// Rows in the partitions that it touches now.
        public var rows: Int
        /// Whether an object had to be written.
        public var outcome: String
        /// Of the accepted rows, how many had a key that was not there; nil when several commits came in at once.
        public var new: Int?
        /// How many replaced a row; nil as for ``new``.
        public var updated: Int?
        /// How many were there already, or lost; nil as for ``new``.
        public var unchanged: Int?
        /// How many rows left the table because the source deleted them; nil as for ``new``.
        public var deleted: Int?

        /// Adds what became of one partition.
        mutating func add(_ partition: PartitionReport, isAlone: Bool) {
            rows += partition.rows
            if partition.outcome == .written { outcome = partition.outcome.rawValue }
            guard isAlone else {
                (new, updated, unchanged, deleted) = (nil, nil, nil, nil)
                return
            }
            new = (new ?? 0) + partition.new
            updated = (updated ?? 0) + partition.updated
            unchanged = (unchanged ?? 0) + partition.unchanged
            if let count = partition.deleted { deleted = (deleted ?? 0) + count }
        }
    }

    /// The run's id.
    public var runID: String
    /// The silver commit's key.
    public var commit: String
    /// By table.
    public var tables: [String: TableReport]

    enum CodingKeys: String, CodingKey {
        case commit, tables
        case runID = "run_id"
    }
}
