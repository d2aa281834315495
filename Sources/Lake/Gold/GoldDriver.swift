import AWS
import HTTP
import LambdaRuntime
import Logging
import Tables

/// Answers the silver commits of one source: what follows from the partitions that they touched, then gold's commits.
struct GoldDriver: Sendable {
    var source: GoldSource
    var silverBucket: String
    var goldBucket: String
    var store: any ObjectStore
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Answers silver commits.
    ///
    /// Gold's commits are written last. A silver commit that was written again meanwhile is answered again: its tables may have
    /// been replaced after they were read, and the answer, being the younger, would hide that from the reconciler.
    ///
    /// - Parameters:
    ///   - days: The commits, oldest first.
    ///   - failures: Notes what failed; one commit that fails does not stop the others.
    /// - Returns: What became of each partition, a report per commit, oldest first.
    /// - Throws: What ends the whole invocation.
    func answer(_ days: [CommitDay], failures: inout CommitFailures) async throws -> [GoldReport] {
        var reports: [String: GoldReport] = [:]
        var left = days
        try await retryingOnConflict("the answers to commits of silver", time: time, random: random) {
            let before = try await modifiedAt(left)
            for report in try await answerOnce(left, failures: &failures) { reports[report.commit] = report }
            let after = try await modifiedAt(left)
            left = try CommitDay.days(
                of: before.keys.filter { reports[$0] != nil && before[$0] != after[$0] }, layer: "gold")
            guard left.isEmpty else {
                failures.forget(left.flatMap(\.runs))
                throw InputChanged()
            }
        }
        return reports.values.sorted { $0.commit < $1.commit }
    }

    /// When silver's commits were written, as S3 says.
    private func modifiedAt(_ days: [CommitDay]) async throws -> [String: ListedObject] {
        var objects: [String: ListedObject] = [:]
        for day in days {
            let keys = Set(day.runs.map(ObjectLayout.commitKey(run:)))
            let prefix = ObjectLayout.commitPrefix(source: day.source, date: day.date)
            for listed in try await store.list(prefix: prefix, bucket: silverBucket)
            where keys.contains(listed.key) {
                objects[listed.key] = listed
            }
        }
        return objects
    }

    private func answerOnce(_ days: [CommitDay], failures: inout CommitFailures) async throws -> [GoldReport]
    {
        var commits: [(run: Run, commit: SilverCommit)] = []
        var changes = Changes()
        for run in days.flatMap(\.runs) {
            guard let commit = try await failures.attempt([run], { try await silverCommit(run) }) else {
                continue
            }
            commits.append((run, commit))
            for table in source.inputs {
                for (partition, _) in commit.partitions(of: table) { changes.note(partition, of: table.name) }
            }
        }
        let lake = GoldLake(
            source: source, silverBucket: silverBucket, goldBucket: goldBucket, store: store, time: time,
            random: random, lastStart: failures.lastStart,
            commits: commits.map(\.commit).filter { $0.refused == nil }, record: GoldRecord())
        try await source.compute(changes, lake)
        var reports: [GoldReport] = []
        for (run, commit) in commits {
            let touched = source.inputs.flatMap { commit.partitions(of: $0).map(\.partition) }
            let works = await lake.record.work(Set(touched).sorted())
            if works.contains(where: \.isLeft) {
                failures.noteLeft(run)
            } else if let error = works.lazy.compactMap(\.error).first {
                failures.note(error, for: [run])
            } else {
                reports.append(try await write(answerTo: commit, of: run, works))
            }
        }
        return reports
    }

    private func silverCommit(_ run: Run) async throws -> SilverCommit {
        guard let commit = try await store.silverCommit(of: run, bucket: silverBucket) else {
            throw LakeError.missingObject(
                resource: "s3://\(silverBucket)/\(ObjectLayout.commitKey(run: run))", namedBy: "the event")
        }
        return commit
    }

    private func write(answerTo commit: SilverCommit, of run: Run, _ works: [GoldRecord.Work]) async throws
        -> GoldReport
    {
        let key = ObjectLayout.commitKey(run: run)
        // Several partitions of silver may lead to one of gold.
        var seen: Set<String> = []
        let partitions = works.flatMap(\.partitions).filter { seen.insert($0.key).inserted }
        for partition in partitions {
            logger.info(
                "partition computed",
                metadata: [
                    "run_id": "\(run.id)", "key": "\(partition.key)", "rows": "\(partition.rows)",
                    "outcome": "\(partition.outcome)",
                ])
        }
        let counted = Set(source.inputs.filter { $0.upsert?.group == nil }.map(\.name))
        let ledger =
            commit.refused == nil
            ? commit.ledger.filter { counted.contains($0.key) }
                .mapValues { TableLedger(read: $0.accepted, accepted: $0.accepted) } : [:]
        let record = GoldCommit(
            source: run.source, runID: run.id, extractionDate: run.extractionDate.description,
            silverCommit: "s3://\(silverBucket)/\(key)", ledger: ledger,
            outputs: Set(works.flatMap(\.outputs)).sorted { $0.key < $1.key })
        _ = try await store.put(
            key, bucket: goldBucket, body: try ObjectJSON.encode(record), contentType: "application/json",
            condition: nil, metadata: [:])
        return GoldReport(
            runID: run.id, commit: key, ledger: ledger,
            rowsRead: works.reduce(into: [:]) { $0.merge($1.rowsRead) { $1 } }, partitions: partitions)
    }
}
