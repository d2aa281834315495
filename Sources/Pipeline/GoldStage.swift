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
        /// The counts by silver table.
        public var ledger: [String: TableLedger]
        /// The partitions that were computed.
        public var partitions: [TableReport]

        enum CodingKeys: String, CodingKey {
            case commit, ledger, partitions
            case runID = "run_id"
            case asOf = "as_of"
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

    /// Answers one silver commit: its day's tables, the changes that follow from it, and the current tables.
    ///
    /// - Parameter commitKey: The silver commit.
    /// - Returns: What became of each partition.
    /// - Throws: ``PipelineError`` or ``S3Error``; the same event does the work again.
    public func run(commitKey: String) async throws -> Report {
        guard let run = ObjectLayout.run(ofCommitKey: commitKey) else {
            throw PipelineError.unexpectedKey(
                layer: "gold", key: commitKey, expected: "commits/<source>/<date>/<run id>.json")
        }
        let resource = "s3://\(silverBucket)/\(commitKey)"
        guard let object = try await store.objectIfPresent(commitKey, bucket: silverBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: "the event")
        }
        let commit = try ObjectJSON.decode(SilverCommit.self, from: object.body, of: resource)

        async let current = redoing("the current tables") {
            try await replaceCurrentTables(run: run, commit: commit)
        }
        var partitions = try await redoing("the tables of \(run.extractionDate)") {
            try await replaceDailyTables(run: run, commit: commit)
        }
        partitions += try await replaceLaterChanges(run: run)
        let asOf = try await current.asOf
        partitions += try await current.partitions

        // Media and visitors that the commit accepted were found in the tables, or replacing them would have failed.
        let ledger = commit.ledger.mapValues { TableLedger(read: $0.accepted, accepted: $0.accepted) }
        let goldCommit = GoldCommit(
            source: run.source, runID: run.id, extractionDate: run.extractionDate.description,
            silverCommit: resource, ledger: ledger, tables: GoldTables.all.map(\.name).sorted())
        for partition in partitions {
            logger.info(
                "partition computed",
                metadata: [
                    "run_id": "\(run.id)", "key": "\(partition.key)", "rows": "\(partition.rows)",
                    "outcome": "\(partition.outcome)", "as_of": "\(asOf)",
                ])
        }
        _ = try await store.put(
            commitKey, bucket: goldBucket, body: try ObjectJSON.encode(goldCommit),
            contentType: "application/json", condition: nil, metadata: [:])
        return Report(
            runID: run.id, commit: commitKey, asOf: asOf.description, ledger: ledger,
            partitions: partitions)
    }

    /// Answers the silver commits of some days again, in order.
    ///
    /// - Parameters:
    ///   - source: The source.
    ///   - days: The first and the last extraction date.
    /// - Returns: A report per commit.
    /// - Throws: As ``run(commitKey:)``, or, when some of several commits fail, one error that names them.
    public func reprocess(source: String, days: ClosedRange<UTCDate>) async throws -> [Report] {
        let keys = try await store.commitKeys(source: source, bucket: silverBucket, days: days)
        return try await answerEach(keys, layer: "gold") { try await run(commitKey: $0) }
    }

    /// Answers the silver commits that gold has not answered since silver wrote them: notifications do get lost.
    ///
    /// - Parameter source: The source.
    /// - Returns: A report per commit.
    /// - Throws: As ``run(commitKey:)``, or, when some of several commits fail, one error that names them.
    public func reconcile(source: String) async throws -> [Report] {
        let keys = try await store.unansweredCommitKeys(
            source: source, bucket: silverBucket, answers: goldBucket)
        return try await answerEach(keys, layer: "gold") { try await run(commitKey: $0) }
    }

    // MARK: Daily tables

    private func replaceDailyTables(run: Run, commit: SilverCommit) async throws -> [TableReport] {
        let date = run.extractionDate
        let targets = try await targets(
            of: [
                FactMediaPerformance.table, KPIDaily.table, TopMediaByEngagement.table,
                BottomMediaByDropOff.table, MediaRetention.table, MediaDailyChange.table,
            ], source: run.source, date: date)

        let media = try await rows(of: DimMedia.table, source: run.source, date: date)
        let facts = try await rows(of: FactMedia.table, source: run.source, date: date)
        let cells = try await rows(of: FactMediaEngagement.table, source: run.source, date: date)
        try requireRows(of: commit, in: media, table: DimMedia.table)
        try requireRows(of: commit, in: facts, table: FactMedia.table)
        let earlier = try await earlierSnapshots(than: date, of: facts, source: run.source)
        let performance = FactMediaPerformance.make(media: media, facts: facts, cells: cells)
        try GoldInvariants.checkPerformance(performance, facts: facts)
        let kpi = KPIDaily.make(
            media: media, facts: facts, cells: cells, extractionDate: date.daysSinceEpoch)
        try GoldInvariants.checkKPI(kpi, performance: performance)
        let retention = MediaRetention.make(media: media, facts: facts, cells: cells)
        try GoldInvariants.checkRetention(retention, performance: performance, cells: cells)
        return try await write(
            [
                performance, kpi, TopMediaByEngagement.make(performance: performance),
                BottomMediaByDropOff.make(performance: performance), retention,
                MediaDailyChange.make(facts: facts, earlier: earlier),
            ], to: targets)
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
    private func replaceLaterChanges(run: Run) async throws -> [TableReport] {
        var reports: [TableReport] = []
        var waiting: Set<[UInt8]>?
        for day in try await snapshotDays(source: run.source) where day > run.extractionDate {
            if let waiting, waiting.isEmpty { break }
            let done = try await redoing("media_daily_change of \(day)") {
                let targets = try await targets(of: [MediaDailyChange.table], source: run.source, date: day)
                if waiting == nil {
                    waiting = Set(
                        mediaIDs(
                            of: try await rows(
                                of: FactMedia.table, source: run.source, date: run.extractionDate)))
                }
                let facts = try await rows(of: FactMedia.table, source: run.source, date: day)
                let earlier = try await earlierSnapshots(than: day, of: facts, source: run.source)
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

    private func replaceCurrentTables(run: Run, commit: SilverCommit) async throws
        -> (asOf: UTCDate, partitions: [TableReport])
    {
        let targets = try await targets(
            of: [FactAudienceInsights.table, AudienceSummary.table], source: run.source, date: nil)
        let days = try await store.listFolders(
            prefix: ObjectLayout.commitPrefix(source: run.source), bucket: silverBucket)
        let asOf = days.compactMap { ObjectLayout.date(ofFolder: $0) }.max() ?? run.extractionDate
        let visitors = try await rows(of: FactVisitors.table, source: run.source, date: nil)
        try requireRows(of: commit, in: visitors, table: FactVisitors.table)
        let insights = FactAudienceInsights.make(visitors: visitors, asOf: asOf.daysSinceEpoch)
        let summary = AudienceSummary.make(insights: insights)
        try GoldInvariants.checkInsights(insights, visitors: visitors)
        try GoldInvariants.checkSummary(summary, insights: insights)
        return (asOf, try await write([insights, summary], to: targets))
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
        let key = key(of: table, source: source, date: date)
        let resource = "s3://\(silverBucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: silverBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: "its silver commit")
        }
        return try TableFile.decode(object.body, as: table, resource: resource)
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

    /// Every accepted row has a key of its own, so a table holds at least as many rows as any commit accepted.
    ///
    /// Cells are the exception and are not checked: a media that is replaced by a shorter one loses some within a day.
    private func requireRows(of commit: SilverCommit, in batch: ColumnBatch, table: Table) throws {
        let accepted = commit.ledger[table.name]?.accepted ?? 0
        guard batch.rowCount >= accepted else {
            throw PipelineError.ledger(
                layer: "gold", table: table.name,
                counts: "run \(commit.runID) accepted \(accepted) rows, the table holds \(batch.rowCount)")
        }
    }

    private func redoing<Result>(_ resource: String, work: () async throws -> Result) async throws -> Result {
        try await redoingOnConflict(resource, time: time, random: random, work: work)
    }
}
