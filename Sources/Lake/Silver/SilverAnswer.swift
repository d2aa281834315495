import Tables

/// A commit that is being answered.
struct SilverAnswer {
    var run: Run
    /// What it brings into each partition, by table; given up once it is there.
    var incoming: [String: [PartitionKey: IncomingRows]]
    /// The partitions, by table, that held rows of the run by silver's former commit and get none now.
    var left: [String: Set<PartitionKey>]
    /// Silver's former commit of the run; nil where there was none.
    var former: SilverCommit?
    var record: SilverCommit
    var report: SilverReport

    var isRefused: Bool { record.refused != nil }

    /// Whether a partition held rows of the run before.
    func isFormer(_ partition: PartitionKey, of table: String) -> Bool {
        former?.outputs?.contains {
            $0.table == table && $0.partition == partition.path && $0.rows > 0
        } == true
    }

    /// Whether a partition's content depends on it.
    func touches(_ partition: PartitionKey, of table: String) -> Bool {
        incoming[table]?[partition] != nil || left[table]?.contains(partition) == true
    }
}
