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

    /// A commit that is being answered.
    private struct Answer {
        var run: Run
        /// What it brings into each partition, by table; given up once it is there.
        var incoming: [String: [PartitionKey: IncomingRows]]
        var record: SilverCommit
        var report: SilverReport

        var isRefused: Bool { record.refused != nil }
    }

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
        var answers: [Answer] = []
        var wholeTables: [String: IncomingRows] = [:]
        let lastStart = failures.lastStart
        for day in days {
            guard failures.hasTime(for: day) else { break }
            var typed: [Answer] = []
            for run in day.runs {
                guard let (commit, answer) = try await failures.attempt([run], { try await self.typed(run) })
                else {
                    continue
                }
                if let refusal = commit.refusal { failures.note(commit.refusalError(refusal), for: [run]) }
                typed.append(answer)
            }
            // Without rows in its day's tables a commit has none in any.
            guard
                var done = try await failures.attempt(
                    typed.filter { !$0.isRefused }.map(\.run),
                    { try await replaceDay(typed, isRebuild: isRebuild, lastStart: lastStart) })
            else { continue }
            // Many days come with one event: of each only what goes into tables that are one object is kept.
            for index in done.indices {
                try take(&done[index].incoming, into: &wholeTables)
            }
            answers += done
        }
        for table in source.tables where table.table.partitioning == .whole {
            let incoming = wholeTables.removeValue(forKey: table.table.name).map { [$0] } ?? []
            guard isRebuild && !answers.isEmpty || !incoming.isEmpty else { continue }
            // While days are left, what is left will make the table anew; else a long reprocess would never come to an end.
            let isRebuild = isRebuild && !failures.isOutOfTime
            let runs = answers.map(\.run)
            var lacking: LakeError?
            let done = try await failures.attempt(answers.filter { !$0.isRefused }.map(\.run)) {
                try await upsert(table, .whole).replace(
                    with: incoming, besides: Set(runs), isRebuild: isRebuild, lastStart: lastStart,
                    lacking: &lacking)
            }
            guard let done else {
                answers.removeAll { !$0.isRefused }
                break
            }
            if let lacking { failures.noteShared(lacking) }
            let isAlone = answers.count == 1
            for index in answers.indices where !answers[index].isRefused {
                answers[index].report.tables[table.table.name]?.add(done, isAlone: isAlone)
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
    private func typed(_ run: Run) async throws -> (TypedCommit, Answer) {
        let bronze = try await typing.commit(of: run, namedBy: "the event")
        let commit = try await typing.typed(bronze, of: run)
        let key = ObjectLayout.commitKey(run: run)
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
            record.expectations[name] = violations.isEmpty ? nil : violations
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
        return (commit, Answer(run: run, incoming: incoming, record: record, report: report))
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

    /// Replaces the partitions of a day's commits, but of tables that are one object.
    private func replaceDay(_ answers: [Answer], isRebuild: Bool, lastStart: Timestamp?) async throws
        -> [Answer]
    {
        var reports = answers.map(\.report)
        for table in source.tables where table.table.partitioning != .whole {
            let name = table.table.name
            var partitions = Set(answers.flatMap { $0.incoming[name]?.keys.map(\.self) ?? [] })
            if isRebuild {
                for answer in answers {
                    partitions.formUnion(try await formerPartitions(of: answer.run, table.table))
                }
            }
            for partition in partitions.sorted() {
                var lacking: LakeError?
                let done = try await upsert(table, partition).replace(
                    with: answers.compactMap { $0.incoming[name]?[partition] },
                    besides: Set(answers.map(\.run)),
                    isRebuild: isRebuild, lastStart: lastStart, lacking: &lacking)
                if let lacking { throw lacking }
                for index in answers.indices where answers[index].incoming[name]?[partition] != nil {
                    reports[index].tables[name]?.add(done, isAlone: answers.count == 1)
                }
            }
        }
        return zip(answers, reports).map { answer, report in
            var answer = answer
            answer.report = report
            return answer
        }
    }

    /// The partitions that a run's rows were in before: some of them may have left.
    private func formerPartitions(of run: Run, _ table: Table) async throws -> [PartitionKey] {
        let key = ObjectLayout.commitKey(run: run)
        guard let object = try await store.objectIfPresent(key, bucket: silverBucket),
            let former = try? ObjectJSON.decode(SilverCommit.self, from: object.body, of: key)
        else { return [] }
        guard let outputs = former.outputs else {
            // Version 1 had tables by extraction date and tables that are one object.
            return table.partitioning == .extractionDate ? [.extractionDate(run.extractionDate)] : []
        }
        return outputs.filter { $0.table == table.name }.map { PartitionKey(path: $0.partition) }
    }

    private func upsert(_ table: SilverTable, _ partition: PartitionKey) -> PartitionUpsert {
        PartitionUpsert(
            table: table, key: partition, bucket: silverBucket,
            rebuild: PartitionRebuild(
                typing: typing, silverBucket: silverBucket, time: time, random: random, logger: logger),
            logger: logger)
    }

    // MARK: Answering

    private func write(_ answer: Answer) async throws {
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
