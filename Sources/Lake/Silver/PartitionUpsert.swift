import AWS
import Digest
import HTTP
import Logging
import Parquet
import Tables

/// Brings commits' rows into one partition of a silver table, or makes the partition anew.
struct PartitionUpsert: Sendable {
    var table: SilverTable
    var key: PartitionKey
    var bucket: String
    var rebuild: PartitionRebuild
    var logger: Logger

    /// Where the partition lies, for errors.
    var resource: String { partition.resource }

    private var store: any ObjectStore { rebuild.typing.store }
    private var partition: Partition {
        Partition(
            bucket: bucket,
            key: ObjectLayout.partitionKey(
                source: rebuild.typing.source.name, table: table.table.name, partition: key))
    }

    /// Replaces the partition, and starts over when somebody else was faster.
    ///
    /// The target is read before any input. The partition is made anew from bronze when that is asked for; when it was made by
    /// other rules, since merged a name in clear could win over its hash; when it is gone or damaged, since an earlier version
    /// of it would lack what came in later; and when a late reading lets the time fall before which rows count as deleted,
    /// since some of those that are to stay have been taken out.
    ///
    /// - Parameters:
    ///   - incoming: What comes in, of each commit once.
    ///   - runs: The runs that are known to have nothing else in it.
    ///   - isRebuild: Whether the partition is to be made anew whatever it holds.
    ///   - isFormer: Whether some of the runs were in it before: if it is not there, it is gone, and held others too.
    ///   - lastStart: When reading another commit for that may begin at the latest; nil at any time.
    /// - Returns: What became of it.
    /// - Throws: ``LakeError``; what the store throws.
    func replace(
        with incoming: [IncomingRows], besides runs: Set<Run>, isRebuild: Bool, isFormer: Bool,
        lastStart: Timestamp?
    ) async throws -> PartitionReport {
        try await retryingOnConflict(partition.resource, time: rebuild.time, random: rebuild.random) {
            let derived = try await derivedAttributes()
            let current = try await store.objectIfPresent(partition.key, bucket: bucket)
            if !isRebuild, let current, let file = fileHolding(incoming, current) {
                let rows = try await replaceDerived(derived, of: digest(of: current)) { try file.rows() }
                return PartitionReport(
                    rows: rows?.rowCount ?? file.rowCount, outcome: .unchanged, new: 0, updated: 0,
                    unchanged: incoming.reduce(0) { $0 + $1.rows.rowCount })
            }
            var state = try await state(
                current, incoming, runs, isRebuild: isRebuild, isFormer: isFormer, lastStart: lastStart)
            var report = PartitionReport(
                rows: 0, outcome: .unchanged, new: 0, updated: 0, unchanged: 0)
            if !state.lacking.isEmpty {
                report.lacking = .rowsLacking(
                    resource: resource, failures: state.lacking.map { "\($0.commitKey): \($0.cause)" })
            }
            for part in incoming where !part.runs.allSatisfy({ state.runs.contains($0.id) }) {
                let merged = try state.merge(part, of: table.table)
                report.new += merged?.newCount ?? part.rows.rowCount
                report.updated += merged?.updatedCount ?? 0
                report.unchanged += merged?.unchangedCount ?? 0
            }
            // What nobody ever brought anything into is not made: an event that makes refused commits anew brings nothing.
            if current == nil, incoming.isEmpty, state.rows == nil { return report }
            let (rows, deletedCount) = table.table.seen(
                since: state.readings.deletedBefore, sightings: state.sightings,
                sightedSince: state.readings.changeableSince, in: state.rows.take() ?? table.table.emptyRows)
            if let bound = state.readings.deletedBefore { state.sightings.remove(before: bound) }
            report.deleted = table.table.deletion.map { _ in deletedCount }
            report.rows = rows.rowCount
            let bytes = try TableFile.encode(
                rows, as: table.table, metadata: metadata(state, incoming))
            report.outcome = try await partition.write(bytes, over: current?.attributes, in: store)
            if !derived.isEmpty {
                try await replaceDerived(
                    derived, of: SHA256.hash(bytes).hexEncoded, isRebuild: isRebuild
                ) { rows }
            }
            warn(of: state, incoming, deletedCount: deletedCount)
            return report
        }
    }

    // MARK: Derived tables

    /// What is there of each derived table; read before the partition itself.
    private func derivedAttributes() async throws -> [(DerivedTable, Partition, ObjectAttributes?)] {
        var derived: [(DerivedTable, Partition, ObjectAttributes?)] = []
        for other in table.derived {
            let target = Partition(
                bucket: bucket,
                key: ObjectLayout.partitionKey(
                    source: rebuild.typing.source.name, table: other.table.name, partition: key))
            derived.append((other, target, try await store.head(target.key, bucket: bucket)))
        }
        return derived
    }

    /// Makes those objects of derived tables anew that were made of something else.
    ///
    /// - Parameters:
    ///   - derived: What is there.
    ///   - digest: The partition's digest.
    ///   - isRebuild: Whether they are to be made anew whatever they were made of: a release may make them in another way.
    ///   - rows: Gives the partition's rows, if they are needed.
    /// - Returns: The rows, if they were needed.
    /// - Throws: What the store throws; a conflict means that somebody else was faster.
    @discardableResult
    private func replaceDerived(
        _ derived: [(DerivedTable, Partition, ObjectAttributes?)], of digest: String, isRebuild: Bool = false,
        rows: () throws -> ColumnBatch
    ) async throws -> ColumnBatch? {
        var made: ColumnBatch?
        for (other, target, current) in derived {
            // Another declaration of the table is as good as another content.
            let origin = "\(digest)-\(other.table.digest(personalData: rebuild.typing.personalData))"
            guard isRebuild || current?.metadata[Partition.madeOfName] != origin else { continue }
            let batch = try made ?? rows()
            made = batch
            let bytes = try TableFile.encode(other.make(batch), as: other.table)
            _ = try await target.write(bytes, over: current, madeOf: origin, in: store)
        }
        return made
    }

    /// What an object's content is known by.
    private func digest(of object: StoredObject) -> String {
        object.attributes.metadata[Partition.digestName] ?? SHA256.hash(object.body).hexEncoded
    }

    /// The file, if it holds all that comes in already, typed as today; nil if it has to be looked into.
    private func fileHolding(_ incoming: [IncomingRows], _ current: StoredObject) -> TableFile? {
        guard !incoming.isEmpty,
            let file = try? TableFile(current.body, of: table.table, resource: resource)
        else { return nil }
        let metadata = file.metadata
        guard let there = metadata.runs.map(Set.init), metadata.lackingCommits.isEmpty,
            incoming.allSatisfy({ $0.runs.allSatisfy { there.contains($0.id) } }),
            otherRules(file, metadata) == nil
        else { return nil }
        return file
    }

    private func metadata(_ state: PartitionState, _ incoming: [IncomingRows]) -> TableMetadata {
        let table = table.table
        var metadata = TableMetadata()
        if table.hasPersonalData { metadata.personalDataMark = rebuild.typing.personalData.mark }
        if table.deletion != nil {
            metadata.readings = state.readings
            metadata.sightings = state.sightings
        }
        metadata.lackingCommits = state.lacking.map(\.commitKey)
        if case .eventTime = table.partitioning {
            metadata.runs = state.runs.union(incoming.flatMap(\.runs).map(\.id)).sorted()
            metadata.digest = digest
        }
        return metadata
    }

    /// What tells rows typed by one declaration and policy from those typed by another.
    private var digest: String { table.table.digest(personalData: rebuild.typing.personalData) }

    // MARK: What is there

    private func state(
        _ current: StoredObject?, _ incoming: [IncomingRows], _ runs: Set<Run>, isRebuild: Bool,
        isFormer: Bool, lastStart: Timestamp?
    ) async throws -> PartitionState {
        var reason = isRebuild ? "to be made anew" : "gone"
        // An object that never was holds nobody's rows; one that is gone or cannot be read does not say whose it held.
        var runsThere: [String]? = current == nil && !isFormer ? [] : nil
        if let current {
            do {
                let file = try TableFile(current.body, of: table.table, resource: partition.resource)
                let metadata = file.metadata
                runsThere = metadata.runs
                if isRebuild {
                    reason = "to be made anew"
                } else if let difference = otherRules(file, metadata) {
                    reason = "of other rules (\(difference))"
                } else if let state = try await state(of: file, metadata, incoming) {
                    return state
                } else {
                    reason = "without rows that an older reading, come late, shows not to be deleted"
                }
            } catch let error as LakeError where error.kind == "UnreadableTable" {
                reason = "damaged (\(error))"
            }
        }
        let scope = PartitionRebuild.Scope(
            table: table, partition: key, resource: partition.resource, merging: runs, runsThere: runsThere,
            isGone: current == nil && !isRebuild, lastStart: lastStart)
        var merging = PartitionState()
        for part in incoming {
            merging.readings.formUnion(part.readings)
            merging.sightings.formUnion(part.sightings)
        }
        guard let state = try await rebuild.state(scope, merging: merging) else {
            return PartitionState()
        }
        if !isRebuild { logger.warning("\(partition.resource) is \(reason) and is made anew from bronze") }
        return state
    }

    /// Why a file was made by other rules than today's; nil when it was not.
    private func otherRules(_ file: TableFile, _ metadata: TableMetadata) -> String? {
        if let difference = file.difference { return difference }
        let policy = rebuild.typing.personalData
        if table.table.hasPersonalData, metadata.personalDataMark != policy.mark {
            return "its personal fields were made under another policy or key"
        }
        if table.table.deletion != nil, metadata.readings == nil {
            return "its complete readings are noted in another form"
        }
        if case .eventTime = table.table.partitioning, metadata.digest != digest {
            return "its rows were typed by another declaration or policy"
        }
        return nil
    }

    /// What a file holds; nil when rows were taken out of it that are to stay.
    private func state(of file: TableFile, _ metadata: TableMetadata, _ incoming: [IncomingRows]) async throws
        -> PartitionState?
    {
        var state = PartitionState(
            rows: try file.rows(), readings: metadata.readings ?? CompleteReadings(),
            sightings: metadata.sightings, runs: Set(metadata.runs ?? []))
        let bound = state.readings.deletedBefore ?? .min
        for key in metadata.lackingCommits {
            guard let run = ObjectLayout.run(ofCommitKey: key) else { continue }
            try await rebuild.merge(run, isAnswered: true, into: &state, of: table)
        }
        var readings = state.readings
        readings.formUnion(self.readings(of: incoming))
        return readings.deletedBefore ?? .min >= bound ? state : nil
    }

    private func readings(of incoming: [IncomingRows]) -> CompleteReadings {
        var readings = CompleteReadings()
        for part in incoming { readings.formUnion(part.readings) }
        return readings
    }

    // MARK: Warnings

    private func warn(of state: PartitionState, _ incoming: [IncomingRows], deletedCount: Int) {
        if !readings(of: incoming).newest.isEmpty {
            for finding in state.readings.short {
                logger.warning(
                    "a complete reading that showed less than half of an earlier one does not tell what was deleted; look whether the credentials are the right account's and whether the source answers everything; if it was deleted, it counts after complete readings on so many more days",
                    metadata: [
                        "run_id": "\(finding.reading.runID)", "rows": "\(finding.reading.rowCount)",
                        "earlier_rows": "\(finding.largestCount)", "days_left": "\(finding.daysLeft)",
                    ])
            }
        }
        if deletedCount > 0 {
            logger.info(
                "rows that two complete readings missed are left out",
                metadata: [
                    "table": "\(table.table.name)", "deleted": "\(deletedCount)",
                    "readings": "\(state.readings.newest.map(\.runID).joined(separator: " "))",
                ])
        }
    }
}
