import AWS
import HTTP
import Logging
import Parquet
import Tables

/// Types the commits of one source: each day's tables once, then the tables that are one object, then silver's commits.
struct SilverDriver: Sendable {
    var source: SilverSource
    var bronzeBucket: String
    var silverBucket: String
    var personalData: PersonalDataPolicy
    var store: any ObjectStore
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// So many typed rows are held before they go into partitions; a single commit may have more.
    private static let rowsInMemoryMaximum = 2_000_000

    /// Types bronze commits.
    ///
    /// Nothing of a commit is written before every row of it is accounted for, but the quarantine. Silver's commits are written
    /// last, always, so that a repeated event starts gold again.
    ///
    /// - Parameters:
    ///   - days: The commits, oldest first.
    ///   - isRebuild: Whether the partitions that they touch are to be made anew.
    ///   - failures: Notes what failed; one commit that fails does not stop the others.
    /// - Returns: What became of each table, a report per commit, oldest first.
    /// - Throws: What ends the whole invocation.
    func answer(_ days: [CommitDay], isRebuild: Bool, failures: inout CommitFailures) async throws
        -> [SilverReport]
    {
        var answers: [SilverAnswer] = []
        var wholeTables: [String: IncomingRows] = [:]
        let lastStart = failures.lastStart
        var rebuilt: Set<String> = []
        for day in days {
            guard failures.hasTime(for: day) else { break }
            var waiting = day.runs[...]
            repeat {
                var typed: [SilverAnswer] = []
                var rowCount = 0
                while rowCount < SilverDriver.rowsInMemoryMaximum, let run = waiting.popFirst() {
                    guard
                        let (commit, answer) = try await failures.attempt(
                            [run], { try await self.typed(run) })
                    else { continue }
                    if let refusal = commit.refusal {
                        failures.note(commit.refusalError(refusal), for: [run])
                    }
                    rowCount += commit.rows.values.reduce(0) { $0 + $1.batch.rowCount }
                    typed.append(answer)
                }
                try await replacePartitions(
                    of: &typed, isRebuild: isRebuild, rebuilt: &rebuilt, lastStart: lastStart,
                    failures: &failures)
                // Many commits come with one event: of each only what goes into tables that are one object is kept.
                for index in typed.indices { try take(&typed[index].incoming, into: &wholeTables) }
                answers += typed
            } while !waiting.isEmpty && failures.hasTime(for: day)
        }
        for table in source.tables where table.table.partitioning == .whole {
            let name = table.table.name
            let incoming = wholeTables.removeValue(forKey: name).map { [$0] } ?? []
            let isLeft = answers.contains { $0.left[name]?.contains(.whole) == true }
            guard isLeft || isRebuild && !answers.isEmpty || !incoming.isEmpty else { continue }
            // While days are left, what is left will make the table anew; else a long reprocess would never come to an end.
            let isRebuild = isLeft || isRebuild && !failures.isOutOfTime
            let runs = answers.filter { !$0.isRefused || isLeft }.map(\.run)
            let done = try await failures.attempt(runs.isEmpty ? answers.map(\.run) : runs) {
                try await upsert(table, .whole).replace(
                    with: incoming, besides: Set(answers.map(\.run)), isRebuild: isRebuild, isFormer: true,
                    lastStart: lastStart)
            }
            guard let done else {
                answers.removeAll { !$0.isRefused || $0.left[name]?.contains(.whole) == true }
                break
            }
            if let lacking = done.lacking { failures.noteShared(lacking) }
            let isAlone = answers.count == 1
            for index in answers.indices where !answers[index].isRefused {
                answers[index].report.tables[name]?.add(done, isAlone: isAlone)
            }
        }
        for answer in answers { try await write(answer) }
        return answers.filter { !$0.isRefused }.map(\.report)
    }

    /// Moves what goes into tables that are one object, and gives up the rest.
    private func take(
        _ incoming: inout [String: [PartitionKey: IncomingRows]],
        into wholeTables: inout [String: IncomingRows]
    ) throws {
        for table in source.tables where table.table.partitioning == .whole {
            guard let rows = incoming.removeValue(forKey: table.table.name)?[.whole] else { continue }
            guard var known = wholeTables.removeValue(forKey: table.table.name) else {
                wholeTables[table.table.name] = rows
                continue
            }
            try known.merge(rows, of: table.table)
            wholeTables[table.table.name] = known
        }
        incoming = [:]
    }

    // MARK: Typing

    private var typing: CommitTyping {
        CommitTyping(source: source, bucket: bronzeBucket, personalData: personalData, store: store)
    }

    /// Types a commit's own rows, and names those that cannot be typed.
    private func typed(_ run: Run) async throws -> (TypedCommit, SilverAnswer) {
        let bronze = try await typing.commit(of: run, namedBy: "the event")
        let commit = try await typing.typed(bronze, of: run)
        let key = ObjectLayout.commitKey(run: run)
        let former = try await store.readableSilverCommit(of: run, bucket: silverBucket)
        var record = SilverCommit(run: run, bronzeCommit: "s3://\(bronzeBucket)/\(key)")
        record.quarantine = try await writeQuarantine(of: commit)
        record.refused = commit.refusal
        var report = SilverReport(runID: run.id, commit: key, tables: [:])
        var incoming: [String: [PartitionKey: IncomingRows]] = [:]
        for table in source.tables {
            guard let rows = commit.rows[table.table.name] else { continue }
            let name = table.table.name
            record.ledger[name] = rows.ledger
            record.unknownFields[name] = rows.unknownFields.isEmpty ? nil : rows.unknownFields
            let violations = table.table.violations(in: rows.batch)
            let counts = violations.merging(rows.remarks) { $1 }
            record.expectations[name] = counts.isEmpty ? nil : counts
            if table.table.deletion != nil {
                record.since[name] = rows.firstAnsweredAt.map {
                    Timestamp(microsecondsSinceEpoch: $0).iso8601
                }
            }
            if commit.refusal == nil, let reading = commit.reading(of: table) {
                record.complete?[name] = SilverCommit.Complete(
                    since: Timestamp(microsecondsSinceEpoch: reading.startedAt).iso8601,
                    rows: reading.rowCount)
            }
            report.tables[name] = SilverReport.TableReport(
                ledger: rows.ledger, rows: 0, outcome: Partition.Outcome.unchanged.rawValue)
            commit.warnOfUselessReading(of: table, logger)
            guard commit.refusal == nil else { continue }
            let partitions = table.table.partitions(of: rows.batch, extractionDate: run.extractionDate)
            incoming[name] = partitions.mapValues { IncomingRows(commit, of: table, rows: $0) }
            for (partition, rows) in partitions.sorted(by: { $0.key < $1.key }) {
                record.outputs?.append(
                    SilverCommit.Output(
                        table: name, partition: partition.path,
                        key: ObjectLayout.partitionKey(
                            source: source.name, table: name, partition: partition),
                        rows: rows.rowCount))
            }
        }
        let left = note(former, in: &record)
        return (
            commit,
            SilverAnswer(
                run: run, incoming: incoming, left: left, former: former, record: record, report: report)
        )
    }

    /// Names the partitions in which a run had rows and has none now.
    ///
    /// They stay among the outputs, without rows, so that gold hears of them and a later release finds them.
    ///
    /// - Returns: Those that still hold the rows, by table.
    private func note(_ former: SilverCommit?, in record: inout SilverCommit) -> [String: Set<PartitionKey>] {
        var left: [String: Set<PartitionKey>] = [:]
        let touched = Set((record.outputs ?? []).map(\.key))
        for table in source.tables.map(\.table) {
            for former in former?.partitions(of: table) ?? [] {
                let key = ObjectLayout.partitionKey(
                    source: source.name, table: table.name, partition: former.partition)
                guard !touched.contains(key) else { continue }
                record.outputs?.append(
                    SilverCommit.Output(
                        table: table.name, partition: former.partition.path, key: key, rows: 0))
                if former.rows > 0 { left[table.name, default: []].insert(former.partition) }
            }
        }
        return left
    }

    private func writeQuarantine(of commit: TypedCommit) async throws -> [String: String] {
        var keys: [String: String] = [:]
        for (table, rows) in commit.rows.sorted(by: { $0.key < $1.key }) {
            let key = ObjectLayout.quarantineKey(table: table, run: commit.run)
            // An earlier version of this code may have refused rows that can be typed now; then the list becomes empty.
            if rows.rejected.isEmpty, try await store.head(key, bucket: silverBucket) == nil { continue }
            _ = try await store.put(
                key, bucket: silverBucket, body: try Quarantine.encode(rows.rejected),
                contentType: "application/gzip", condition: nil, metadata: [:])
            if !rows.rejected.isEmpty { keys[table] = key }
        }
        return keys
    }

    // MARK: Replacing

    /// Replaces the partitions of some commits, but of tables that are one object.
    ///
    /// A partition that fails holds up the commits that touch it, and no others.
    ///
    /// - Parameters:
    ///   - answers: The commits; those that are held up are taken out.
    ///   - isRebuild: Whether the partitions are to be made anew.
    ///   - rebuilt: The objects that this invocation has made anew; they hold the rows of all runs.
    ///   - lastStart: When reading another commit may begin at the latest; nil at any time.
    ///   - failures: Notes what failed.
    /// - Throws: What ends the whole invocation.
    private func replacePartitions(
        of answers: inout [SilverAnswer], isRebuild: Bool, rebuilt: inout Set<String>, lastStart: Timestamp?,
        failures: inout CommitFailures
    ) async throws {
        let isAlone = answers.count == 1
        for table in source.tables where table.table.partitioning != .whole {
            let name = table.table.name
            let partitions = answers.reduce(into: Set<PartitionKey>()) {
                $0.formUnion($1.incoming[name]?.keys.map(\.self) ?? [])
                $0.formUnion($1.left[name] ?? [])
            }
            let isEventTime = if case .eventTime = table.table.partitioning { true } else { false }
            for (count, partition) in partitions.sorted().enumerated() {
                let touching = answers.filter { $0.touches(partition, of: name) }
                guard !touching.isEmpty else { continue }
                // A commit may touch thousands of slots; the others are answered, and it is told from where to go on.
                if isEventTime, count > 0, let lastStart, time.now() >= lastStart {
                    for answer in touching { failures.noteLeft(answer.run) }
                    answers.removeAll { $0.touches(partition, of: name) }
                    continue
                }
                let upsert = upsert(table, partition)
                let isLeft = touching.contains { $0.left[name]?.contains(partition) == true }
                let isRebuild = isLeft || isRebuild && !rebuilt.contains(upsert.resource)
                let done = try await failures.attempt(touching.map(\.run)) {
                    let done = try await upsert.replace(
                        with: touching.compactMap { $0.incoming[name]?[partition] },
                        besides: Set(touching.map(\.run)), isRebuild: isRebuild,
                        isFormer: isLeft || touching.contains { $0.isFormer(partition, of: name) },
                        lastStart: lastStart)
                    // Without a commit's rows the partition would be wrong, and nobody would see.
                    if let lacking = done.lacking { throw lacking }
                    return done
                }
                guard let done else {
                    answers.removeAll { $0.touches(partition, of: name) }
                    continue
                }
                if isRebuild { rebuilt.insert(upsert.resource) }
                for index in answers.indices where answers[index].incoming[name]?[partition] != nil {
                    answers[index].report.tables[name]?.add(done, isAlone: isAlone)
                }
            }
        }
    }

    private func upsert(_ table: SilverTable, _ partition: PartitionKey) -> PartitionUpsert {
        PartitionUpsert(
            table: table, key: partition, bucket: silverBucket,
            rebuild: PartitionRebuild(
                typing: typing, silverBucket: silverBucket, time: time, random: random, logger: logger),
            logger: logger)
    }

    // MARK: Answering

    private func write(_ answer: SilverAnswer) async throws {
        for (table, report) in answer.report.tables.sorted(by: { $0.key < $1.key }) {
            log(report, table: table, run: answer.run)
        }
        _ = try await store.put(
            answer.report.commit, bucket: silverBucket, body: try ObjectJSON.encode(answer.record),
            contentType: "application/json", condition: nil, metadata: [:])
    }

    private func log(_ report: SilverReport.TableReport, table: String, run: Run) {
        var metadata: Logger.Metadata = [
            "run_id": "\(run.id)", "table": "\(table)", "outcome": "\(report.outcome)",
            "rows": "\(report.rows)",
            "read": "\(report.ledger.read)", "accepted": "\(report.ledger.accepted)",
            "duplicate": "\(report.ledger.duplicate)", "quarantined": "\(report.ledger.quarantined)",
        ]
        for (name, count) in [
            ("new", report.new), ("updated", report.updated), ("unchanged", report.unchanged),
            ("deleted", report.deleted),
        ] {
            if let count { metadata[name] = "\(count)" }
        }
        logger.log(
            level: report.ledger.quarantined > 0 ? .warning : .info, "table typed", metadata: metadata)
    }
}
