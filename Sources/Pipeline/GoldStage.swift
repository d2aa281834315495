public import AWS
public import Datasets
public import HTTP
public import Logging
import Parquet

/// Computes the answers from silver's tables.
public struct GoldStage: Sendable {
    /// What became of one table's partition.
    public struct TableReport: Encodable, Sendable, Equatable {
        /// The partition's key.
        public var key: String
        /// Rows in the partition.
        public var rows: Int
        /// Whether the object had to be written.
        public var outcome: String
    }

    /// What became of one silver commit.
    public struct Report: Encodable, Sendable, Equatable {
        /// The run's id.
        public var runID: String
        /// The gold commit's key.
        public var commit: String
        /// The as-of date of the current tables.
        public var asOf: String
        /// The commit's counts by silver table.
        public var ledger: [String: TableLedger]
        /// The rows that were in each silver table, whichever commit they came with.
        public var rowsRead: [String: Int]
        /// The partitions that were computed.
        public var partitions: [TableReport]

        enum CodingKeys: String, CodingKey {
            case commit, ledger, partitions
            case runID = "run_id"
            case asOf = "as_of"
            case rowsRead = "rows_read"
        }
    }

    var silverBucket: String
    var goldBucket: String
    var store: any ObjectStore
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Makes the stage.
    ///
    /// - Parameters:
    ///   - silverBucket: Where tables and commits lie.
    ///   - goldBucket: Where answers go.
    ///   - store: S3.
    ///   - time: The clock.
    ///   - random: The jitter of repeated work.
    ///   - logger: Gets a line per commit.
    public init(
        silverBucket: String, goldBucket: String, store: any ObjectStore, time: any TimeSource,
        random: any RandomSource, logger: Logger
    ) {
        self.silverBucket = silverBucket
        self.goldBucket = goldBucket
        self.store = store
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Answers silver commits: each day's tables once, the changes that follow from it, and the current tables once.
    ///
    /// Gold's commits are written last. A silver commit that was written again meanwhile is answered again: its tables may have
    /// been replaced after they were read, and the answer, being the younger, would hide that from the reconciler.
    ///
    /// - Parameters:
    ///   - commitKeys: The silver commits, in any order.
    ///   - deadline: When the platform ends the invocation; nil when never. What is left then is named by the error.
    /// - Returns: What became of each partition, a report per commit, oldest first.
    /// - Throws: ``PipelineError``, ``GoldInvariantError`` or ``S3Error``; when some of several commits fail, one error that
    ///   names them. The same event does the work again.
    public func answer(_ commitKeys: [String], deadline: Timestamp? = nil) async throws -> [Report] {
        let days = try CommitDay.days(of: commitKeys, layer: GoldStage.layer)
        var failures = AnswerFailures(layer: GoldStage.layer, days: days, time: time, deadline: deadline)
        var reports: [String: Report] = [:]
        var left = days
        try await redoing("the answers to commits of silver") {
            let before = try await listed(left)
            for report in try await answerOnce(left, failures: &failures) { reports[report.commit] = report }
            let after = try await listed(left)
            left = try CommitDay.days(
                of: before.keys.filter { reports[$0] != nil && before[$0] != after[$0] },
                layer: GoldStage.layer)
            guard left.isEmpty else { throw InputChanged() }
        }
        try failures.throwIfAny()
        return reports.values.sorted { $0.commit < $1.commit }
    }

    /// When silver's commits were written, as S3 says.
    private func listed(_ days: [CommitDay]) async throws -> [String: ListedObject] {
        var objects: [String: ListedObject] = [:]
        for run in days.flatMap(\.runs) {
            let key = ObjectLayout.commitKey(run: run)
            objects[key] = try await store.list(prefix: key, bucket: silverBucket).first { $0.key == key }
        }
        return objects
    }

    /// Computes the tables of some days and the current ones, and writes the commits.
    private func answerOnce(_ days: [CommitDay], failures: inout AnswerFailures) async throws -> [Report] {
        var commits: [Run: SilverCommit] = [:]
        for run in days.flatMap(\.runs) {
            commits[run] = try await failures.attempt([run]) { try await silverCommit(run) }
        }
        guard let newest = commits.keys.map(\.extractionDate).max() else { return [] }
        let read = commits
        async let current = outcome {
            try await redoing("the current tables") {
                try await replaceCurrentTables(
                    source: days[0].source, commits: Array(read.values), newest: newest)
            }
        }
        var done: [(runs: [Run], tables: DayTables)] = []
        for (index, day) in days.enumerated() {
            guard index == 0 || failures.hasTime(for: day) else { break }
            let runs = day.runs.filter { commits[$0] != nil }
            guard !runs.isEmpty else { continue }
            let tables = try await failures.attempt(runs) {
                var tables = try await redoing("the tables of \(day.date)") {
                    try await replaceDailyTables(day, commits: runs.compactMap { commits[$0] })
                }
                tables.partitions += try await replaceLaterChanges(day)
                return tables
            }
            if let tables { done.append((runs, tables)) }
        }
        let outcome = await current
        guard let currentTables = try await failures.attempt(done.flatMap(\.runs), { try outcome.get() })
        else {
            return []
        }
        var reports: [Report] = []
        for (runs, tables) in done {
            for run in runs {
                guard let commit = commits[run] else { continue }
                reports.append(
                    try await write(answer: commit, of: run, tables: tables, current: currentTables))
            }
        }
        return reports
    }

    private func silverCommit(_ run: Run) async throws -> SilverCommit {
        let key = ObjectLayout.commitKey(run: run)
        let resource = "s3://\(silverBucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: silverBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: "the event")
        }
        return try ObjectJSON.decode(SilverCommit.self, from: object.body, of: resource)
    }

    private func write(answer commit: SilverCommit, of run: Run, tables: DayTables, current: CurrentTables)
        async throws -> Report
    {
        let key = ObjectLayout.commitKey(run: run)
        let partitions = tables.partitions + current.partitions
        for partition in partitions {
            logger.info(
                "partition computed",
                metadata: [
                    "run_id": "\(run.id)", "key": "\(partition.key)", "rows": "\(partition.rows)",
                    "outcome": "\(partition.outcome)", "as_of": "\(current.asOf)",
                ])
        }
        let ledger = commit.ledger.filter { GoldStage.countedTables.contains($0.key) }
            .mapValues { TableLedger(read: $0.accepted, accepted: $0.accepted) }
        let goldCommit = GoldCommit(
            source: run.source, runID: run.id, extractionDate: run.extractionDate.description,
            silverCommit: "s3://\(silverBucket)/\(key)", ledger: ledger,
            tables: GoldTables.all.map(\.name).sorted())
        _ = try await store.put(
            key, bucket: goldBucket, body: try ObjectJSON.encode(goldCommit),
            contentType: "application/json", condition: nil, metadata: [:])
        return Report(
            runID: run.id, commit: key, asOf: current.asOf.description, ledger: ledger,
            rowsRead: tables.rowsRead.merging(current.rowsRead) { $1 }, partitions: partitions)
    }

    // MARK: Daily tables

    /// What became of a day's tables.
    private struct DayTables {
        var partitions: [TableReport]
        var rowsRead: [String: Int]
    }

    private func replaceDailyTables(_ day: CommitDay, commits: [SilverCommit]) async throws -> DayTables {
        let date = day.date
        let targets = try await targets(
            of: [
                FactMediaPerformance.table, KPIDaily.table, TopMediaByEngagement.table,
                BottomMediaByDropOff.table, MediaRetention.table, MediaDailyChange.table,
            ], source: day.source, date: date)

        let media = try await rows(of: DimMedia.table, source: day.source, date: date)
        let facts = try await rows(of: FactMedia.table, source: day.source, date: date)
        let cells = try await rows(of: FactMediaEngagement.table, source: day.source, date: date)
        for commit in commits {
            try requireRows(of: commit, in: media, table: DimMedia.table)
            try requireRows(of: commit, in: facts, table: FactMedia.table)
        }
        let earlier = try await earlierSnapshots(than: date, of: facts, source: day.source)
        let performance = FactMediaPerformance.make(media: media, facts: facts, cells: cells)
        try GoldInvariants.checkPerformance(performance, facts: facts)
        let kpi = KPIDaily.make(
            media: media, facts: facts, cells: cells, extractionDate: date.daysSinceEpoch)
        try GoldInvariants.checkKPI(kpi, performance: performance)
        let retention = MediaRetention.make(media: media, facts: facts, cells: cells)
        try GoldInvariants.checkRetention(retention, performance: performance, cells: cells)
        let partitions = try await write(
            [
                performance, kpi, TopMediaByEngagement.make(performance: performance),
                BottomMediaByDropOff.make(performance: performance), retention,
                MediaDailyChange.make(facts: facts, earlier: earlier),
            ], to: targets)
        return DayTables(
            partitions: partitions,
            rowsRead: [
                DimMedia.table.name: media.rowCount, FactMedia.table.name: facts.rowCount,
                FactMediaEngagement.table.name: cells.rowCount,
            ])
    }

    /// The earlier days' facts, newest first, down to the day by which every media of today has been found.
    private func earlierSnapshots(than date: UTCDate, of facts: ColumnBatch, source: String) async throws
        -> [ColumnBatch]
    {
        var missing = Set(mediaIDs(of: facts))
        var earlier: [ColumnBatch] = []
        for day in try await snapshotDays(source: source).reversed() where day < date {
            if missing.isEmpty { break }
            let batch = try await rows(of: FactMedia.table, source: source, date: day)
            earlier.append(batch)
            missing.subtract(mediaIDs(of: batch))
        }
        return earlier
    }

    /// Computes the changes of the later days whose newest earlier snapshot of some media is this day's.
    ///
    /// That is the next day that has a snapshot and, for media missing there, the days after it.
    private func replaceLaterChanges(_ changed: CommitDay) async throws -> [TableReport] {
        var reports: [TableReport] = []
        var waiting: Set<[UInt8]>?
        for day in try await snapshotDays(source: changed.source) where day > changed.date {
            if let waiting, waiting.isEmpty { break }
            let done = try await redoing("media_daily_change of \(day)") {
                let targets = try await targets(
                    of: [MediaDailyChange.table], source: changed.source, date: day)
                if waiting == nil {
                    waiting = Set(
                        mediaIDs(
                            of: try await rows(
                                of: FactMedia.table, source: changed.source, date: changed.date)))
                }
                let facts = try await rows(of: FactMedia.table, source: changed.source, date: day)
                let earlier = try await earlierSnapshots(than: day, of: facts, source: changed.source)
                let reports = try await write(
                    [MediaDailyChange.make(facts: facts, earlier: earlier)], to: targets)
                return (reports, mediaIDs(of: facts))
            }
            reports += done.0
            waiting?.subtract(done.1)
        }
        return reports
    }

    /// The days that have a snapshot of media, oldest first.
    private func snapshotDays(source: String) async throws -> [UTCDate] {
        let prefix = ObjectLayout.tablePrefix(source: source, table: FactMedia.table.name)
        return try await store.listFolders(prefix: prefix, bucket: silverBucket)
            .compactMap { ObjectLayout.date(ofFolder: $0) }
    }

    private func mediaIDs(of facts: ColumnBatch) -> [[UInt8]] {
        guard case .bytes(let ids) = facts.columns[FactMedia.table.index(of: "media_id")].values else {
            return []
        }
        return (0..<ids.count).map { Array(ids.bytes[ids.range($0)]) }
    }

    // MARK: Current tables

    /// What became of the current tables.
    private struct CurrentTables {
        var asOf: UTCDate
        var partitions: [TableReport]
        var rowsRead: [String: Int]
    }

    private func replaceCurrentTables(source: String, commits: [SilverCommit], newest: UTCDate) async throws
        -> CurrentTables
    {
        let targets = try await targets(
            of: [FactAudienceInsights.table, AudienceSummary.table], source: source, date: nil)
        let days = try await store.listFolders(
            prefix: ObjectLayout.commitPrefix(source: source), bucket: silverBucket)
        let asOf = days.compactMap { ObjectLayout.date(ofFolder: $0) }.max() ?? newest
        let (visitors, fullCrawls) = try await visitors(source: source)
        for commit in commits { try requireVisitors(of: commit, in: visitors, fullCrawls: fullCrawls) }
        let insights = FactAudienceInsights.make(visitors: visitors, asOf: asOf.daysSinceEpoch)
        let summary = AudienceSummary.make(insights: insights)
        try GoldInvariants.checkInsights(insights, visitors: visitors)
        try GoldInvariants.checkSummary(summary, insights: insights)
        return CurrentTables(
            asOf: asOf, partitions: try await write([insights, summary], to: targets),
            rowsRead: [FactVisitors.table.name: visitors.rowCount])
    }

    // MARK: Reading and writing

    private struct Target {
        var table: Table
        var partition: Partition
        var current: ObjectAttributes?
    }

    /// Reads the ETags of what is to be replaced; this comes before any input.
    private func targets(of tables: [Table], source: String, date: UTCDate?) async throws -> [Target] {
        var targets: [Target] = []
        for table in tables {
            let partition = Partition(bucket: goldBucket, key: key(of: table, source: source, date: date))
            let current = try await store.head(partition.key, bucket: goldBucket)
            targets.append(Target(table: table, partition: partition, current: current))
        }
        return targets
    }

    private func key(of table: Table, source: String, date: UTCDate?) -> String {
        date.map { ObjectLayout.dailyKey(source: source, table: table.name, date: $0) }
            ?? ObjectLayout.currentKey(source: source, table: table.name)
    }

    private func rows(of table: Table, source: String, date: UTCDate?) async throws -> ColumnBatch {
        let (object, resource) = try await object(of: table, source: source, date: date)
        return try TableFile.decode(object.body, as: table, resource: resource)
    }

    /// The visitors, and the full crawls that tell who was deleted; nil when an older release noted them.
    private func visitors(source: String) async throws -> (ColumnBatch, NewestFullCrawls?) {
        let table = FactVisitors.table
        let (object, resource) = try await object(of: table, source: source, date: nil)
        if let file = try TableFile.decodeVisitors(object.body, ifMarked: nil, resource: resource) {
            return (file.rows, file.fullCrawls)
        }
        // An older release's file, or none of this table at all.
        let rows = try TableFile.decode(object.body, as: table, resource: resource)
        let mayLack = try TableFile.namesFullCrawls(object.body, resource: resource)
        return (rows, mayLack ? nil : NewestFullCrawls())
    }

    private func object(of table: Table, source: String, date: UTCDate?) async throws
        -> (StoredObject, resource: String)
    {
        let key = key(of: table, source: source, date: date)
        let resource = "s3://\(silverBucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: silverBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: "its silver commit")
        }
        return (object, resource)
    }

    private func write(_ batches: [ColumnBatch], to targets: [Target]) async throws -> [TableReport] {
        var reports: [TableReport] = []
        for (batch, target) in zip(batches, targets) {
            try GoldInvariants.checkRows(batch, of: target.table)
            let bytes = try TableFile.encode(batch, as: target.table)
            let outcome = try await target.partition.write(bytes, over: target.current, in: store)
            reports.append(
                TableReport(key: target.partition.key, rows: batch.rowCount, outcome: outcome.rawValue))
        }
        return reports
    }

    /// The tables whose rows a commit can be held to.
    ///
    /// Cells are not among them: a media that is replaced by a shorter one loses some within a day.
    private static let countedTables: Set<String> = [
        DimMedia.table.name, FactMedia.table.name, FactVisitors.table.name,
    ]

    /// Every accepted row has a key of its own, so a table holds at least as many rows as any commit accepted.
    private func requireRows(of commit: SilverCommit, in batch: ColumnBatch, table: Table) throws {
        let accepted = commit.ledger[table.name]?.accepted ?? 0
        guard batch.rowCount >= accepted else {
            throw PipelineError.ledger(
                layer: "gold", table: table.name,
                counts: "run \(commit.runID) accepted \(accepted) rows, the table holds \(batch.rowCount)")
        }
    }

    /// Every visitor that a commit accepted is there and was seen since, unless deleted after later full crawls.
    private func requireVisitors(
        of commit: SilverCommit, in visitors: ColumnBatch, fullCrawls: NewestFullCrawls?
    ) throws {
        guard let fullCrawls else { return }
        guard let bound = fullCrawls.deletedBefore else {
            return try requireRows(of: commit, in: visitors, table: FactVisitors.table)
        }
        let table = FactVisitors.table
        guard let since = commit.visitorsSince.flatMap({ Timestamp(rfc3339: $0) })?.microsecondsSinceEpoch,
            since >= bound, case .int64(let seenAt) = visitors.columns[table.index(of: "ingested_at")].values
        else { return }
        let accepted = commit.ledger[table.name]?.accepted ?? 0
        let found = seenAt.count { $0 >= since }
        guard found >= accepted else {
            throw PipelineError.ledger(
                layer: "gold", table: table.name,
                counts: "run \(commit.runID) accepted \(accepted) rows, the table holds \(found) seen since")
        }
    }

    private func outcome<Success: Sendable>(of work: () async throws -> Success) async -> Result<
        Success, any Error
    > {
        do { return .success(try await work()) } catch { return .failure(error) }
    }

    private func redoing<Result>(_ resource: String, work: () async throws -> Result) async throws -> Result {
        try await redoingOnConflict(resource, time: time, random: random, work: work)
    }
}

extension GoldStage: AnsweringStage {
    static let layer = "gold"
    static let layerBefore = "silver"
    var inputBucket: String { silverBucket }
    var outputBucket: String { goldBucket }
}
