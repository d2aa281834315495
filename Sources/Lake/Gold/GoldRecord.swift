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

    /// Notes that the work of some partitions begins; false when it is too late for any but the first.
    func begin(_ partitions: [PartitionKey], isLate: Bool) -> Bool {
        let isLeft = isLate && isBegun
        for partition in partitions {
            // Several tables may be one object: what is left or failed for one of them is not undone by another.
            if isLeft || works[partition] == nil { works[partition, default: Work()].isLeft = isLeft }
        }
        isBegun = true
        return !isLeft
    }

    func fail(_ partitions: [PartitionKey], _ error: any Error) {
        for partition in partitions {
            works[partition, default: Work()].error = works[partition]?.error ?? error
        }
    }

    func add(
        _ reports: [GoldReport.Partition], outputs: [GoldCommit.Output], of partitions: Set<PartitionKey>
    ) {
        for partition in partitions {
            works[partition, default: Work()].partitions += reports
            works[partition, default: Work()].outputs += outputs
        }
    }

    func note(_ rowCount: Int, of table: String, in partition: PartitionKey) {
        works[partition, default: Work()].rowsRead[table] = rowCount
    }

    /// What became of some partitions' work; nil of those that have none.
    func work(_ partitions: [PartitionKey]) -> [Work] { partitions.compactMap { works[$0] } }
}
