import HTTP
public import Tables

/// The record that a silver run is done.
///
/// It holds only what follows from the bronze commit: figures of tables that other commits also write depend on what was there,
/// so a replay in another order would give other bytes. They are logged and returned.
public struct SilverCommit: Codable, Sendable, Equatable {
    /// A partition that the commit's rows touch.
    public struct Output: Codable, Sendable, Equatable {
        /// The table's name.
        public var table: String
        /// The partition's path; empty for a table that is one object.
        public var partition: String
        /// The object's key.
        public var key: String
        /// The commit's own accepted rows in it.
        public var rows: Int
    }

    /// A complete reading of a table's rows.
    public struct Complete: Codable, Sendable, Equatable {
        /// When its first answer had arrived.
        public var since: String
        /// How many rows it showed.
        public var rows: Int
    }

    /// Why nothing of the commit is in any table.
    public struct Refusal: Codable, Sendable, Equatable {
        /// The table whose rows could not be typed.
        public var table: String
        /// How many.
        public var quarantined: Int
        /// Of how many.
        public var read: Int
        /// In which fields.
        public var fields: [String]
    }

    /// The record's format.
    public var version = formatVersion
    /// The source's name.
    public var source: String
    /// The run's id.
    public var runID: String
    /// The extraction date.
    public var extractionDate: String
    /// The bronze commit that was typed.
    public var bronzeCommit: String
    /// The partitions that its rows touch, changed or not; nil in version 1.
    public var outputs: [Output]?
    /// The counts by table, from the bronze commit's own parts.
    public var ledger: [String: TableLedger]
    /// How many of the commit's own accepted rows do not meet each rule, by table and rule.
    public var expectations: [String: [String: Int]]
    /// How often fields that we do not know occurred, by table and dotted name.
    public var unknownFields: [String: [String: Int]]
    /// The keys of the quarantined rows, by table.
    public var quarantine: [String: String]
    /// When the first answer with a table's rows had arrived, for tables that rows can leave.
    public var since: [String: String]
    /// The tables of which the commit tells what was deleted; nil in version 1, which did not say.
    public var complete: [String: Complete]?
    /// Why nothing of it is in any table; nil when everything is.
    public var refused: Refusal?

    /// Starts a record.
    init(run: Run, bronzeCommit: String) {
        source = run.source
        runID = run.id
        extractionDate = run.extractionDate.description
        self.bronzeCommit = bronzeCommit
        outputs = []
        ledger = [:]
        expectations = [:]
        unknownFields = [:]
        quarantine = [:]
        since = [:]
        complete = [:]
    }

    enum CodingKeys: String, CodingKey {
        case version, source, outputs, ledger, expectations, quarantine, since, complete, refused
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case bronzeCommit = "bronze_commit"
        case unknownFields = "unknown_fields"
    }

    /// Reads a record of either version.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        source = try container.decode(String.self, forKey: .source)
        runID = try container.decode(String.self, forKey: .runID)
        extractionDate = try container.decode(String.self, forKey: .extractionDate)
        bronzeCommit = try container.decode(String.self, forKey: .bronzeCommit)
        ledger = try container.decode([String: TableLedger].self, forKey: .ledger)
        unknownFields = try container.decode([String: [String: Int]].self, forKey: .unknownFields)
        quarantine = try container.decode([String: String].self, forKey: .quarantine)
        guard try container.decode(Int.self, forKey: .version) > 1 else {
            expectations = [:]
            since = try FirstVersion(from: decoder).visitorsSince.map { ["fact_visitors": $0] } ?? [:]
            return
        }
        outputs = try container.decode([Output].self, forKey: .outputs)
        expectations = try container.decode([String: [String: Int]].self, forKey: .expectations)
        since = try container.decode([String: String].self, forKey: .since)
        complete = try container.decode([String: Complete].self, forKey: .complete)
        refused = try container.decodeIfPresent(Refusal.self, forKey: .refused)
    }

    /// What version 1 said in other words: it had one table that rows could leave.
    private struct FirstVersion: Decodable {
        var visitorsSince: String?

        enum CodingKeys: String, CodingKey { case visitorsSince = "visitors_since" }
    }
}

extension SilverCommit {
    /// How many rows it brought into a partition; nil when it did not touch it.
    func acceptedRows(of table: Table, in partition: PartitionKey) -> Int? {
        partitions(of: table).first { $0.partition == partition }?.rows
    }

    /// The partitions of a table that it touched, and how many rows it brought into each.
    func partitions(of table: Table) -> [(partition: PartitionKey, rows: Int)] {
        if let outputs {
            return outputs.filter { $0.table == table.name }.map {
                (PartitionKey(path: $0.partition), $0.rows)
            }
        }
        // Version 1 had tables by extraction date and tables that are one object.
        guard let rows = ledger[table.name]?.accepted, let date = UTCDate(extractionDate) else { return [] }
        switch table.partitioning {
        case .whole: return [(.whole, rows)]
        case .extractionDate: return [(.extractionDate(date), rows)]
        case .eventTime: return []
        }
    }
}
