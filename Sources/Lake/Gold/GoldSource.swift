public import Tables

/// What a source is to gold: its tables, and how they are computed.
public struct GoldSource: Sendable {
    /// Computes what follows from some changes.
    public typealias Compute = @Sendable (_ changes: Changes, _ lake: GoldLake) async throws -> Void

    /// The name, first in every key.
    public var name: String
    /// The tables.
    public var tables: [Table]
    /// The silver tables that they are computed from.
    public var inputs: [Table]
    /// The questions that analysts ask often.
    public var queries: [NamedQuery]
    /// Computes the partitions that follow from changed partitions of silver.
    public var compute: Compute

    package init(
        name: String, tables: [Table], inputs: [Table], queries: [NamedQuery] = [], compute: @escaping Compute
    ) {
        self.name = name
        self.tables = tables
        self.inputs = inputs
        self.queries = queries
        self.compute = compute
    }
}

/// The partitions of silver that some commits touched.
public struct Changes: Sendable {
    /// By table name; a partition that came out the same is among them.
    private var partitionsOfTable: [String: Set<PartitionKey>] = [:]

    package init() {}

    /// Notes that a partition was touched.
    public mutating func note(_ partition: PartitionKey, of table: String) {
        partitionsOfTable[table, default: []].insert(partition)
    }

    /// The partitions of some tables, each once, in order.
    public func partitions(of tables: [Table]) -> [PartitionKey] {
        tables.reduce(into: Set<PartitionKey>()) { $0.formUnion(partitionsOfTable[$1.name] ?? []) }.sorted()
    }
}
