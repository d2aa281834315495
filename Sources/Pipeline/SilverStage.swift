public import AWS
public import Datasets
public import HTTP
import JSON
public import Logging
import Parquet

/// Types what bronze kept.
public struct SilverStage: Sendable {
    /// What became of one table.
    public struct TableReport: Encodable, Sendable, Equatable {
        /// The counts of the commit's own rows.
        public var ledger: TableLedger
        /// Rows in the table's object now.
        public var rows: Int
        /// Whether the object had to be written.
        public var outcome: String
        /// Of the accepted rows, how many had a key that the table did not hold; nil for daily tables.
        public var new: Int?
        /// How many replaced a row; nil for daily tables.
        public var updated: Int?
        /// How many were there already; nil for daily tables.
        public var unchanged: Int?
    }

    /// What became of one bronze commit.
    public struct Report: Encodable, Sendable, Equatable {
        /// The run's id.
        public var runID: String
        /// The silver commit's key.
        public var commit: String
        /// By table.
        public var tables: [String: TableReport]

        enum CodingKeys: String, CodingKey {
            case commit, tables
            case runID = "run_id"
        }
    }

    /// Of one commit's rows, the share that may be quarantined before the run fails.
    static let quarantinedShareMaximum = 0.05
    /// The number of quarantined rows that is too few to fail for, whatever their share.
    static let quarantinedRowsMinimum = 20

    /// Tasks that type visitors side by side: Lambda has two processors below 3 GB of memory, at a share of their time.
    static let tasksMaximum = 2

    var bronzeBucket: String
    var silverBucket: String
    var personalData: PersonalDataPolicy
    var store: any ObjectStore
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Makes the stage.
    ///
    /// - Parameters:
    ///   - bronzeBucket: Where commits and parts lie.
    ///   - silverBucket: Where tables go.
    ///   - personalData: What happens to names and addresses.
    ///   - store: S3.
    ///   - time: The clock.
    ///   - random: The jitter of repeated work.
    ///   - logger: Gets a line per table.
    public init(
        bronzeBucket: String, silverBucket: String, personalData: PersonalDataPolicy,
        store: any ObjectStore, time: any TimeSource, random: any RandomSource, logger: Logger
    ) {
        self.bronzeBucket = bronzeBucket
        self.silverBucket = silverBucket
        self.personalData = personalData
        self.store = store
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Types one bronze commit.
    ///
    /// Nothing is written before every row of the commit is accounted for; the commit is written last, always, so that a
    /// repeated event starts gold again.
    /// - Parameter commitKey: The bronze commit.
    /// - Returns: What became of each table.
    /// - Throws: ``PipelineError`` or ``S3Error``; the same event does the work again.
    public func run(commitKey: String) async throws -> Report {
        guard let run = ObjectLayout.run(ofCommitKey: commitKey) else {
            throw PipelineError.unexpectedKey(
                layer: "silver", key: commitKey, expected: "commits/<source>/<date>/<run id>.json")
        }
        let commit = try await bronzeCommit(commitKey, namedBy: "the event")
        let own = try await typedRows(of: [(run, commit)], streams: Stream.allCases)
        let quarantine = try await writeQuarantine(own, run: run)
        try own.refuseChangedSchema(commitKey: commitKey)

        var reports: [String: TableReport] = [:]
        try await replaceDailyTables(run: run, commitKey: commitKey, own: own, reports: &reports)
        try await replaceVisitors(run: run, rows: own.visitors, reports: &reports)
        for (table, report) in reports.sorted(by: { $0.key < $1.key }) { log(report, table: table, run: run) }

        let silverCommit = SilverCommit(
            source: run.source, runID: run.id, extractionDate: run.extractionDate.description,
            bronzeCommit: "s3://\(bronzeBucket)/\(commitKey)", ledger: reports.mapValues(\.ledger),
            unknownFields: Dictionary(
                uniqueKeysWithValues: own.byTable.filter { !$0.1.unknownFields.isEmpty }.map {
                    ($0.0.name, $0.1.unknownFields)
                }),
            quarantine: quarantine)
        _ = try await store.put(
            commitKey, bucket: silverBucket, body: try ObjectJSON.encode(silverCommit),
            contentType: "application/json", condition: nil, metadata: [:])
        return Report(runID: run.id, commit: commitKey, tables: reports)
    }

    /// Types the commits of some days again, in order.
    ///
    /// - Parameters:
    ///   - source: The source.
    ///   - days: The first and the last extraction date.
    /// - Returns: A report per commit.
    /// - Throws: As ``run(commitKey:)``, or, when some of several commits fail, one error that names them.
    public func reprocess(source: String, days: ClosedRange<UTCDate>) async throws -> [Report] {
        let keys = try await store.commitKeys(source: source, bucket: bronzeBucket, days: days)
        return try await answerEach(keys, layer: "silver") { try await run(commitKey: $0) }
    }

    /// Types the bronze commits that silver has not answered since they were written: notifications do get lost.
    ///
    /// - Parameter source: The source.
    /// - Returns: A report per commit.
    /// - Throws: As ``run(commitKey:)``, or, when some of several commits fail, one error that names them.
    public func reconcile(source: String) async throws -> [Report] {
        let keys = try await store.unansweredCommitKeys(
            source: source, bucket: bronzeBucket, answers: silverBucket)
        return try await answerEach(keys, layer: "silver") { try await run(commitKey: $0) }
    }

    // MARK: Reading

    /// The rows of some runs' parts, by table.
    private struct TypedRows {
        var media: SilverRows
        var stats: SilverRows
        var engagement: SilverRows
        var visitors: SilverRows

        var byTable: [(Table, SilverRows)] {
            daily + [(FactVisitors.table, visitors)]
        }

        var daily: [(Table, SilverRows)] {
            [(DimMedia.table, media), (FactMedia.table, stats), (FactMediaEngagement.table, engagement)]
        }

        /// Fails when so many rows of a commit cannot be typed that the API must have changed.
        ///
        /// Cells are refused by the answer, and one answer is no change of the API, however many cells it has.
        func refuseChangedSchema(commitKey: String) throws {
            for (table, rows) in byTable {
                guard rows.rejected.count(where: { !$0.isCollateral }) >= 2 else { continue }
                let count = rows.ledger.quarantined
                let isMany =
                    count >= SilverStage.quarantinedRowsMinimum
                    && Double(count) > SilverStage.quarantinedShareMaximum * Double(rows.ledger.read)
                guard isMany || rows.ledger.accepted == 0 else { continue }
                throw PipelineError.schemaChanged(
                    commit: commitKey, table: table.name, quarantined: count, read: rows.ledger.read,
                    fields: Set(rows.rejected.map(\.field)).sorted())
            }
        }
    }

    private func bronzeCommit(_ key: String, namedBy: String) async throws -> BronzeCommit {
        let resource = "s3://\(bronzeBucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: bronzeBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: namedBy)
        }
        return try ObjectJSON.decode(BronzeCommit.self, from: object.body, of: resource)
    }

    /// Reads the parts that commits list, one at a time, and types their rows.
    private func typedRows(of commits: [(Run, BronzeCommit)], streams: [Stream]) async throws -> TypedRows {
        let date = commits.first?.0.extractionDate.daysSinceEpoch ?? 0
        var media = DimMedia.Builder(extractionDate: date)
        var stats = FactMedia.Builder(extractionDate: date)
        var engagement = FactMediaEngagement.Builder(extractionDate: date)
        let parts = commits.flatMap { run, commit in
            commit.parts.filter { streams.contains($0.stream) }.map { (run: run, part: $0) }
        }
        async let visitors = typedVisitors(of: parts.filter { $0.part.stream == .visitors })
        let reader = PartReader()
        for (run, part) in parts where part.stream != .visitors {
            try await forEachExchange(of: part, run: run, reader) { exchange, body in
                switch part.stream {
                case .media: media.append(body, from: exchange)
                case .mediaStats: stats.append(body, from: exchange)
                case .mediaEngagement: engagement.append(body, from: exchange)
                case .visitors: break
                }
            }
        }
        let rows = TypedRows(
            media: media.finish(), stats: stats.finish(), engagement: engagement.finish(),
            visitors: try await visitors)
        for (table, rows) in rows.byTable where !rows.ledger.addsUp {
            throw PipelineError.ledger(layer: "silver", table: table.name, counts: "\(rows.ledger)")
        }
        return rows
    }

    /// Reads a part and holds it against what its commit says of it.
    private func forEachExchange(
        of part: BronzeCommit.Part, run: Run, _ reader: PartReader, _ visit: (Exchange, JSONValue) -> Void
    ) async throws {
        let bytes = try await partBytes(part, of: run)
        var requests = 0
        var rows = 0
        try reader.forEachExchange(in: bytes, key: part.key, bucket: bronzeBucket, runID: run.id) {
            exchange, body in
            requests += 1
            rows += exchange.page == nil ? 1 : body.array?.count ?? 0
            visit(exchange, body)
        }
        guard requests == part.requests, rows == part.rows else {
            throw PipelineError.ledger(
                layer: "silver", table: part.key,
                counts:
                    "its commit names \(part.requests) requests and \(part.rows) rows, the part holds \(requests) and \(rows)"
            )
        }
    }

    /// Types the parts of visitors, some side by side.
    ///
    /// Each task takes a run of neighbouring parts and the results are joined in order, so that their number shows nowhere.
    private func typedVisitors(of parts: [(run: Run, part: BronzeCommit.Part)]) async throws -> SilverRows {
        let taskCount = min(SilverStage.tasksMaximum, max(1, parts.count))
        return try await withThrowingTaskGroup(of: (Int, FactVisitors.Builder).self) { group in
            for task in 0..<taskCount {
                let share = parts[parts.count * task / taskCount..<parts.count * (task + 1) / taskCount]
                group.addTask {
                    var builder = FactVisitors.Builder(personalData: personalData)
                    let reader = PartReader()
                    for (run, part) in share {
                        try await forEachExchange(of: part, run: run, reader) { builder.append($1, from: $0) }
                    }
                    return (task, builder)
                }
            }
            var builders: [Int: FactVisitors.Builder] = [:]
            for try await (task, builder) in group { builders[task] = builder }
            var joined = FactVisitors.Builder(personalData: personalData)
            for task in 0..<taskCount {
                if let builder = builders.removeValue(forKey: task) { joined.append(contentsOf: builder) }
            }
            return joined.finish()
        }
    }

    private func partBytes(_ part: BronzeCommit.Part, of run: Run) async throws -> [UInt8] {
        let resource = "s3://\(bronzeBucket)/\(part.key)"
        let commit = "the commit of run \(run.id)"
        guard let object = try await store.objectIfPresent(part.key, bucket: bronzeBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: commit)
        }
        guard object.attributes.etag.value == part.etag else {
            throw PipelineError.otherVersion(
                resource: resource, namedBy: commit, expected: part.etag,
                found: object.attributes.etag.value)
        }
        return object.body
    }

    // MARK: Quarantine

    private func writeQuarantine(_ rows: TypedRows, run: Run) async throws -> [String: String] {
        var keys: [String: String] = [:]
        for (table, rows) in rows.byTable {
            let key = ObjectLayout.quarantineKey(table: table.name, run: run)
            // An earlier version of this code may have refused rows that can be typed now; then the list becomes empty.
            if rows.rejected.isEmpty, try await store.head(key, bucket: silverBucket) == nil { continue }
            _ = try await store.put(
                key, bucket: silverBucket, body: try Quarantine.encode(rows.rejected),
                contentType: "application/gzip", condition: nil, metadata: [:])
            if !rows.rejected.isEmpty { keys[table.name] = key }
        }
        return keys
    }

    // MARK: Replacing

    /// Replaces the day's partitions with the rows of all of the day's runs.
    ///
    /// They are typed from bronze, not merged into what is there: a table does not keep which exchange a row came from, and so
    /// the result depends on the day's commits alone, not on the order in which they were answered.
    private func replaceDailyTables(
        run: Run, commitKey: String, own: TypedRows, reports: inout [String: TableReport]
    ) async throws {
        let source = run.source
        let partitions = own.daily.map { table, _ in
            Partition(
                bucket: silverBucket,
                key: ObjectLayout.dailyKey(source: source, table: table.name, date: run.extractionDate))
        }
        let done = try await redoing("the tables of \(run.extractionDate)") {
            var current: [ObjectAttributes?] = []
            for partition in partitions {
                current.append(try await store.head(partition.key, bucket: silverBucket))
            }
            let commits = try await daysCommits(of: run)
            let rows =
                commits.map(\.0) == [run]
                ? own : try await typedRows(of: commits, streams: [.media, .mediaStats, .mediaEngagement])
            var done: [(rows: Int, outcome: Partition.Outcome)] = []
            for (index, (table, rows)) in rows.daily.enumerated() {
                let bytes = try TableFile.encode(rows.batch, as: table)
                let outcome = try await partitions[index].write(bytes, over: current[index], in: store)
                done.append((rows.batch.rowCount, outcome))
            }
            return done
        }
        for (index, (table, rows)) in own.daily.enumerated() {
            reports[table.name] = TableReport(
                ledger: rows.ledger, rows: done[index].rows, outcome: done[index].outcome.rawValue)
        }
    }

    /// The day's runs with their commits, oldest first, without those that are refused.
    ///
    /// A refused commit has no part in any table, whoever is answered: the tables depend on bronze's commits alone.
    private func daysCommits(of run: Run) async throws -> [(Run, BronzeCommit)] {
        let prefix = ObjectLayout.commitPrefix(source: run.source, date: run.extractionDate)
        var commits: [(Run, BronzeCommit)] = []
        for listed in try await store.list(prefix: prefix, bucket: bronzeBucket) {
            guard let other = ObjectLayout.run(ofCommitKey: listed.key) else { continue }
            let commit = try await bronzeCommit(listed.key, namedBy: "a listing")
            if other != run, try await acceptedRows(of: other, commit) == nil { continue }
            commits.append((other, commit))
        }
        return commits
    }

    /// A commit's rows; nil when it is refused.
    private func acceptedRows(of run: Run, _ commit: BronzeCommit) async throws -> TypedRows? {
        let rows = try await typedRows(of: [(run, commit)], streams: Stream.allCases)
        do {
            try rows.refuseChangedSchema(commitKey: ObjectLayout.commitKey(run: run))
            return rows
        } catch {
            logger.warning("a refused commit is left out: \(error)")
            return nil
        }
    }

    /// The visitors of every commit in bronze, as if the table were made for the first time.
    ///
    /// Rows of other rules must not be merged: where two rows have the same times, a name in clear could win over its hash.
    private func rebuiltVisitors(source: String) async throws -> ColumnBatch? {
        var standing: ColumnBatch?
        for key in try await store.commitKeys(source: source, bucket: bronzeBucket, days: nil) {
            guard let run = ObjectLayout.run(ofCommitKey: key),
                let rows = try await acceptedRows(of: run, try await bronzeCommit(key, namedBy: "a listing"))
            else { continue }
            standing =
                try standing.map {
                    try FactVisitors.merge(current: $0, incoming: rows.visitors.batch).batch
                } ?? rows.visitors.batch
        }
        return standing
    }

    private func replaceVisitors(run: Run, rows: SilverRows, reports: inout [String: TableReport])
        async throws
    {
        let table = FactVisitors.table
        let partition = Partition(
            bucket: silverBucket, key: ObjectLayout.currentKey(source: run.source, table: table.name))
        reports[table.name] = try await redoing(partition.resource) {
            let current = try await store.objectIfPresent(partition.key, bucket: silverBucket)
            var merged = FactVisitors.Merged(
                batch: rows.batch, newCount: rows.batch.rowCount, updatedCount: 0, unchangedCount: 0)
            if let current {
                var standing = try TableFile.decode(
                    current.body, as: table, ifMarked: personalData.mark, resource: partition.resource)
                if standing == nil {
                    logger.warning(
                        "\(partition.resource) was made by other rules and is made anew from all of bronze",
                        metadata: ["run_id": "\(run.id)"])
                    standing = try await rebuiltVisitors(source: run.source)
                }
                if let standing { merged = try FactVisitors.merge(current: standing, incoming: rows.batch) }
            }
            let outcome = try await partition.write(
                try TableFile.encode(merged.batch, as: table, personalDataMark: personalData.mark),
                over: current?.attributes, in: store)
            return TableReport(
                ledger: rows.ledger, rows: merged.batch.rowCount, outcome: outcome.rawValue,
                new: merged.newCount, updated: merged.updatedCount, unchanged: merged.unchangedCount)
        }
    }

    private func redoing<Result>(_ resource: String, work: () async throws -> Result) async throws -> Result {
        try await redoingOnConflict(resource, time: time, random: random, work: work)
    }

    private func log(_ report: TableReport, table: String, run: Run) {
        var metadata: Logger.Metadata = [
            "run_id": "\(run.id)", "table": "\(table)", "outcome": "\(report.outcome)",
            "rows": "\(report.rows)",
            "read": "\(report.ledger.read)", "accepted": "\(report.ledger.accepted)",
            "duplicate": "\(report.ledger.duplicate)", "quarantined": "\(report.ledger.quarantined)",
        ]
        for (name, count) in [
            ("new", report.new), ("updated", report.updated), ("unchanged", report.unchanged),
        ] {
            if let count { metadata[name] = "\(count)" }
        }
        logger.info("table typed", metadata: metadata)
    }
}
