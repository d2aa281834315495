import AWS
import HTTP
import Logging
import Tables

/// Makes partitions anew from what bronze holds.
struct PartitionRebuild: Sendable {
    /// What is to be made anew.
    struct Scope {
        var table: SilverTable
        var partition: PartitionKey
        /// Where it lies, for errors.
        var resource: String
        /// Whose rows are to be merged next, and are not needed here.
        var merging: Set<Run>
        /// The runs that the object names as its own; nil where it cannot be asked.
        var runsThere: [String]?
        /// Whether there is no object, which may also mean that there never was one.
        var isGone: Bool
        /// When reading another commit may begin at the latest; nil at any time.
        var lastStart: Timestamp?
    }

    var typing: CommitTyping
    var silverBucket: String
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// What belongs into a partition, without the rows that are to be merged next.
    ///
    /// - Parameters:
    ///   - scope: What is to be made anew.
    ///   - merging: What those that are to be merged next tell besides rows.
    /// - Returns: The state; nil when there never was anything.
    /// - Throws: ``LakeError``; what the store throws.
    func state(_ scope: Scope, merging: PartitionState) async throws -> PartitionState? {
        switch scope.table.table.partitioning {
        case .whole: try await wholeTable(scope, merging: merging)
        case .extractionDate: try await day(scope)
        case .eventTime: scope.runsThere == [] ? nil : try await slot(scope)
        }
    }

    // MARK: A day

    /// The rows of all of a day's runs.
    ///
    /// A refused commit has no part in any table, whoever is answered: the tables depend on bronze's commits alone. One that
    /// silver has answered and that cannot be read holds up its day and no other: without its rows the day's tables would be
    /// wrong, and nobody would see.
    private func day(_ scope: Scope) async throws -> PartitionState? {
        guard let date = scope.partition.extractionDate else { return nil }
        let prefix = ObjectLayout.commitPrefix(source: typing.source.name, date: date)
        let answered = Set(try await typing.store.list(prefix: prefix, bucket: silverBucket).map(\.key))
        if scope.isGone, answered.subtracting(scope.merging.map(ObjectLayout.commitKey(run:))).isEmpty {
            return nil
        }
        var state = PartitionState()
        let commits = try await typing.store.list(prefix: prefix, bucket: typing.bucket)
        for (count, listed) in commits.enumerated() {
            guard let run = ObjectLayout.run(ofCommitKey: listed.key), !scope.merging.contains(run) else {
                continue
            }
            if count > 0 { try requireTime(scope, read: count, of: commits.count) }
            var lacking = PartitionState()
            try await merge(run, isAnswered: answered.contains(listed.key), into: &lacking, of: scope.table)
            if let failure = lacking.lacking.first {
                throw LakeError.dayBlocked(
                    date: date.description, commit: failure.commitKey, cause: failure.cause)
            }
            if let rows = lacking.rows { try state.merge(rows, of: scope.table.table) }
        }
        return state
    }

    // MARK: A slot of event time

    /// The rows of the runs that the object names.
    private func slot(_ scope: Scope) async throws -> PartitionState {
        var state = PartitionState()
        let ids = try await runs(of: scope)
        for (count, id) in ids.enumerated() {
            try requireTime(scope, read: count, of: ids.count)
            guard let date = Run.date(ofID: id) else { continue }
            let run = Run(source: typing.source.name, id: id, extractionDate: date)
            guard !scope.merging.contains(run) else { continue }
            let commit = try await typing.commit(of: run, namedBy: scope.resource)
            let typed = try await typing.typed(commit, of: run)
            if let refusal = typed.refusal {
                logger.warning("a refused commit is left out: \(typed.refusalError(refusal))")
                continue
            }
            guard let rows = typed.rows[scope.table.table.name] else { continue }
            let partitions = scope.table.table.partitions(of: rows.batch, extractionDate: date)
            guard let part = partitions[scope.partition] else {
                logger.warning(
                    "a run has no rows in a partition any more; reprocess its day, so that they are where they belong",
                    metadata: ["run_id": "\(id)", "partition": "\(scope.resource)"])
                continue
            }
            try state.merge(part, of: scope.table.table)
            state.runs.insert(id)
        }
        return state
    }

    /// The runs whose rows a slot holds: what it says itself, else what silver's commits say.
    private func runs(of scope: Scope) async throws -> [String] {
        if let runs = scope.runsThere { return runs }
        let (source, name) = (typing.source.name, scope.table.table.name)
        let keys = try await typing.store.commitKeys(source: source, bucket: silverBucket, days: nil)
        var runs: [String] = []
        for (count, key) in keys.enumerated() {
            try requireTime(scope, read: count, of: keys.count)
            guard let run = ObjectLayout.run(ofCommitKey: key) else { continue }
            do {
                let commit = try await typing.store.silverCommit(of: run, bucket: silverBucket)
                let isThere = commit?.outputs?.contains {
                    $0.table == name && $0.partition == scope.partition.path && $0.rows > 0
                }
                if isThere == true { runs.append(run.id) }
            } catch let error as LakeError {
                // It does not say where its rows are, so they may be here.
                logger.warning("\(error)")
                runs.append(run.id)
            }
        }
        return runs
    }

    func requireTime(_ scope: Scope, read: Int, of count: Int) throws {
        guard let lastStart = scope.lastStart, time.now() >= lastStart else { return }
        throw LakeError.rebuildTimeUp(resource: scope.resource, read: read, count: count)
    }

    // MARK: One commit

    /// Merges a commit's rows of one table; when they cannot be read, that is noted.
    ///
    /// Of a commit that silver answered only that table is typed: it is known whether it was refused. Of another all rows tell
    /// whether it is to be.
    ///
    /// - Parameters:
    ///   - run: Whose commit it is.
    ///   - isAnswered: Whether silver answered it.
    ///   - commit: The commit; nil reads it.
    ///   - state: What to merge them into.
    ///   - table: The table.
    /// - Throws: What the store throws.
    func merge(
        _ run: Run, isAnswered: Bool, _ commit: BronzeCommit? = nil, into state: inout PartitionState,
        of table: SilverTable
    ) async throws {
        do {
            // Without a readable answer the rows say themselves whether they are to be refused.
            let answer =
                isAnswered ? try await typing.store.readableSilverCommit(of: run, bucket: silverBucket) : nil
            if answer?.refused != nil { return }
            var bronzeCommit = commit
            if bronzeCommit == nil { bronzeCommit = try await typing.commit(of: run, namedBy: "a listing") }
            guard let bronzeCommit else { return }
            let typed = try await typing.typed(bronzeCommit, of: run, tables: answer == nil ? nil : [table])
            if answer == nil, let refusal = typed.refusal {
                logger.warning("a refused commit is left out: \(typed.refusalError(refusal))")
                return
            }
            guard let rows = typed.rows[table.table.name] else { return }
            try state.merge(IncomingRows(typed, of: table, rows: rows.batch), of: table.table)
            typed.warnOfUselessReading(of: table, logger)
        } catch let error as LakeError {
            note(error, run: run, isAnswered: isAnswered, lacking: &state.lacking)
        }
    }

    /// Notes that a commit cannot be read: its rows are lacking if they are in the table by rights.
    func note(
        _ error: LakeError, run: Run, isAnswered: Bool, lacking: inout [(commitKey: String, cause: String)]
    ) {
        if isAnswered {
            lacking.append((ObjectLayout.commitKey(run: run), "\(error)"))
        } else {
            logger.warning("a commit that was never answered is left out: \(error)")
        }
    }
}
