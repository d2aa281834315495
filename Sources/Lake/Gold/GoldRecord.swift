import Tables

/// What became of the work that follows from partitions of silver.
actor GoldRecord {
    /// What became of one partition's work.
    struct Work {
        var partitions: [GoldReport.Partition] = []
        var outputs: [GoldCommit.Output] = []
        var rowsRead: [String: Int] = [:]
        /// Why it failed; nil when it did not.
        var error: (any Error)?
        /// Whether there was no time left for it.
        var isLeft = false
    }

    private var works: [PartitionKey: Work] = [:]
    private var isBegun = false

    /// Notes that a partition's work begins; false when it is too late for any but the first.
    func begin(_ partition: PartitionKey, isLate: Bool) -> Bool {
        // Several tables may be one object: what failed for one of them is not undone by another.
        let isLeft = isLate && isBegun
        works[partition, default: Work()].isLeft = isLeft
        isBegun = true
        return !isLeft
    }

    func fail(_ partition: PartitionKey, _ error: any Error) {
        works[partition, default: Work()].error = works[partition]?.error ?? error
    }

    func add(_ reports: [GoldReport.Partition], outputs: [GoldCommit.Output], of partition: PartitionKey) {
        works[partition, default: Work()].partitions += reports
        works[partition, default: Work()].outputs += outputs
    }

    func note(_ rowCount: Int, of table: String, in partition: PartitionKey) {
        works[partition, default: Work()].rowsRead[table] = rowCount
    }

    /// What became of some partitions' work; nil of those that have none.
    func work(_ partitions: [PartitionKey]) -> [Work] { partitions.compactMap { works[$0] } }
}
