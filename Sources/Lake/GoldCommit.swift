public import Tables

/// The record that a gold run is done.
///
/// It holds only what follows from the silver commit: figures of the tables depend on what else silver held by then, so a
/// replay in another order would give other bytes. They are logged and returned.
public struct GoldCommit: Codable, Sendable, Equatable {
    /// A partition that was computed.
    public struct Output: Codable, Sendable, Hashable {
        /// The table's name.
        public var table: String
        /// The partition's path; empty for a table that is one object.
        public var partition: String
        /// The object's key.
        public var key: String
    }

    /// The record's format.
    public var version = formatVersion
    /// The source's name.
    public var source: String
    /// The run's id.
    public var runID: String
    /// The extraction date.
    public var extractionDate: String
    /// The silver commit that was answered.
    public var silverCommit: String
    /// By silver table: the rows that the silver commit accepted and gold found there.
    ///
    /// Tables whose rows are replaced in groups are not in it, since a shorter answer may have replaced them.
    public var ledger: [String: TableLedger]
    /// The partitions that follow from the silver commit, changed or not; nil in version 1.
    public var outputs: [Output]?

    enum CodingKeys: String, CodingKey {
        case version, source, ledger, outputs
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case silverCommit = "silver_commit"
    }
}
