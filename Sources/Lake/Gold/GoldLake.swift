import AWS
public import HTTP
import Logging
package import Parquet
public import Tables

/// The lake as a source's gold sees it: what is replaced is read before its inputs, and written only if it is still that.
public struct GoldLake: Sendable {
    let source: GoldSource
    let silverBucket: String
    let goldBucket: String
    let store: any ObjectStore
    let time: any TimeSource
    let random: any RandomSource
    /// When the last piece of work may begin; nil at any time.
    let lastStart: Timestamp?
    /// The silver commits that are being answered.
    let commits: [SilverCommit]
    let record: GoldRecord
    /// The partitions of silver whose work this is; none outside ``attempt(_:work:)``.
    var partitions: Set<PartitionKey> = []

    /// Does the work that follows from one partition of silver; if it fails, or there is no time left, the rest goes on.
    public func attempt(_ partition: PartitionKey, work: (GoldLake) async throws -> Void) async throws {
        try await attempt([partition], work: work)
    }

    /// Does the work that follows from some partitions of silver; if it fails, or there is no time left, the rest goes on.
    ///
    /// For a table that is one object there is always time: every commit depends on it.
    ///
    /// - Parameters:
    ///   - partitions: The partitions of silver.
    ///   - work: What to do.
    /// - Throws: `CancellationError` when the invocation ends.
    public func attempt(_ partitions: [PartitionKey], work: (GoldLake) async throws -> Void) async throws {
        let now = time.now()
        let isLate = !partitions.contains(.whole) && lastStart.map { now >= $0 } == true
        guard await record.begin(partitions, isLate: isLate) else { return }
        var lake = self
        lake.partitions = Set(partitions)
        do {
            try await work(lake)
        } catch {
            guard !(error is CancellationError), !Task.isCancelled else { throw error }
            await record.fail(partitions, error)
        }
    }

    /// Replaces one partition of some tables, and starts over when somebody else was faster.
    ///
    /// The order is what makes it right: the targets' ETags, then the inputs, then the writes, each only if its target is still
    /// the one that was read. Otherwise a slow run with old inputs could overwrite the result of a newer one.
    ///
    /// - Parameters:
    ///   - tables: What is replaced.
    ///   - partition: Which partition of each.
    ///   - isNamed: Whether gold's commits name the partition: if it follows from the partitions of silver that are worked on;
    ///     nil tells it from that it is one of them, or the whole table.
    ///   - make: Reads inputs and makes the rows, of each table once.
    /// - Throws: What `make` throws; ``InvariantError`` when rows do not fit their table; ``LakeError`` of kind `Contention`.
    public func replace(
        _ tables: [Table], in partition: PartitionKey, isNamed: Bool? = nil,
        make: (GoldInputs) async throws -> [GoldOutput]
    ) async throws {
        let reports = try await retryingOnConflict(
            "gold's \(tables.map(\.name).joined(separator: ", ")) of \(partition)", time: time, random: random
        ) {
            var targets: [String: (Partition, ObjectAttributes?)] = [:]
            for table in tables {
                let target = Partition(bucket: goldBucket, key: key(of: table, in: partition))
                targets[table.name] = (target, try await store.head(target.key, bucket: goldBucket))
            }
            let outputs = try await make(GoldInputs(lake: self, targets: targets))
            precondition(
                outputs.map(\.table.name).sorted() == tables.map(\.name).sorted(), "every table is made once")
            var reports: [GoldReport.Partition] = []
            for output in outputs {
                guard let (target, current) = targets[output.table.name] else { continue }
                try output.table.check(output.rows)
                let outcome = try await target.write(
                    try TableFile.encode(output.rows, as: output.table), over: current, in: store)
                reports.append(
                    GoldReport.Partition(
                        key: target.key, rows: output.rows.rowCount, outcome: outcome.rawValue))
            }
            return reports
        }
        // What lies elsewhere depends on what else silver holds, so a commit does not name it.
        let outputs = tables.map {
            GoldCommit.Output(table: $0.name, partition: partition.path, key: key(of: $0, in: partition))
        }
        await record.add(
            reports,
            outputs: isNamed ?? (partitions.contains(partition) || partition == .whole) ? outputs : [],
            of: partitions.isEmpty ? [partition] : partitions)
    }

    /// The extraction dates of which a silver table has a partition, oldest first: one request for a thousand of them.
    public func extractionDates(of table: Table) async throws -> [UTCDate] {
        let prefix = ObjectLayout.tablePrefix(source: source.name, table: table.name)
        return try await store.listFolders(prefix: prefix, bucket: silverBucket)
            .compactMap { ObjectLayout.date(ofFolder: $0) }
    }

    /// The newest extraction date of which silver has accepted a commit.
    ///
    /// A day whose commits were all refused does not count: nothing is computed for them, so the tables would tell of that day
    /// or not, as an older commit happens to be answered again or not.
    public func newestExtractionDate() async throws -> UTCDate? {
        let known = commits.compactMap { UTCDate($0.extractionDate) }.max()
        let folders = try await store.listFolders(
            prefix: ObjectLayout.commitPrefix(source: source.name), bucket: silverBucket)
        for folder in folders.reversed() {
            guard let date = ObjectLayout.date(ofFolder: folder) else { continue }
            if let known, date <= known { return known }
            for listed in try await store.list(prefix: folder, bucket: silverBucket) {
                // One that is damaged is answered on its own account, with an error; it must not stop the others.
                guard let run = ObjectLayout.run(ofCommitKey: listed.key),
                    let commit = try await store.readableSilverCommit(of: run, bucket: silverBucket)
                else { continue }
                if commit.refused == nil { return date }
            }
        }
        return known
    }

    func key(of table: Table, in partition: PartitionKey) -> String {
        ObjectLayout.partitionKey(source: source.name, table: table.name, partition: partition)
    }
}

/// The rows that a partition of a table is to hold.
public struct GoldOutput: Sendable {
    package var table: Table
    package var rows: ColumnBatch

    package init(_ table: Table, _ rows: ColumnBatch) {
        self.table = table
        self.rows = rows
    }
}
