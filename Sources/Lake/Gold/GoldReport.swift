public import Tables

/// What became of one silver commit.
public struct GoldReport: Encodable, Sendable, Equatable {
    /// What became of one partition.
    public struct Partition: Encodable, Sendable, Equatable {
        /// The object's key.
        public var key: String
        /// Rows in it.
        public var rows: Int
        /// Whether the object had to be written.
        public var outcome: String
    }

    /// The run's id.
    public var runID: String
    /// The gold commit's key.
    public var commit: String
    /// The commit's counts by silver table.
    public var ledger: [String: TableLedger]
    /// The rows that were in each silver table, whichever commit they came with.
    public var rowsRead: [String: Int]
    /// The partitions that were computed.
    public var partitions: [Partition]

    enum CodingKeys: String, CodingKey {
        case commit, ledger, partitions
        case runID = "run_id"
        case rowsRead = "rows_read"
    }
}
