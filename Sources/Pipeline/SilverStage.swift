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
        /// Of the accepted rows, how many had a key that the table did not hold; nil for daily tables, and when several
        /// commits came in at once.
        public var new: Int?
        /// How many replaced a row; nil as for ``new``.
        public var updated: Int?
        /// How many were there already; nil as for ``new``.
        public var unchanged: Int?
        /// How many left the table or did not come in because the account deleted them; nil as for ``new``.
        public var deleted: Int?
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

    /// Types bronze commits: each day's tables once, then the visitors of all of them once, then the commits.
    ///
    /// Nothing of a commit is written before every row of it is accounted for, but the quarantine. Silver's commits are written
    /// last, always, so that a repeated event starts gold again.
    ///
    /// - Parameters:
    ///   - commitKeys: The bronze commits, in any order.
    ///   - deadline: When the platform ends the invocation; nil when never. What is left then is named by the error.
    /// - Returns: What became of each table, a report per commit, oldest first.
    /// - Throws: ``PipelineError`` or ``S3Error``; when some of several commits fail, one error that names them. The same
    ///   event does the work again.
    public func answer(_ commitKeys: [String], deadline: Timestamp? = nil) async throws -> [Report] {
        let days = try CommitDay.days(of: commitKeys, layer: SilverStage.layer)
        var failures = AnswerFailures(layer: SilverStage.layer, days: days, time: time, deadline: deadline)
        var answers: [Answer] = []
        var visitors: [String: IncomingVisitors] = [:]
        for (index, day) in days.enumerated() {
            guard index == 0 || failures.hasTime(for: day) else { break }
            var typed: [TypedCommit] = []
            for run in day.runs {
                if let commit = try await failures.attempt([run], { try await typedCommit(run) }) {
                    typed.append(commit)
                }
            }
            guard !typed.isEmpty,
                let tables = try await failures.attempt(
                    typed.map(\.run), { try await replaceDailyTables(day, typed: typed) })
            else { continue }
            for commit in typed {
                answers.append(answer(commit, tables: tables))
                var incoming = visitors.removeValue(forKey: day.source) ?? IncomingVisitors()
                try incoming.merge(commit.visitors)
                visitors[day.source] = incoming
            }
        }
        var lacking: PipelineError?
        for source in visitors.keys.sorted() {
            guard let incoming = visitors.removeValue(forKey: source), let rows = incoming.rows else {
                continue
            }
            let runs = answers.map(\.run)
            let lastStart = failures.lastStart
            let report = try await failures.attempt(runs.filter { $0.source == source }) {
                try await replaceVisitors(
                    source: source, rows: rows, fullCrawls: incoming.fullCrawls, runs: runs,
                    lastStart: lastStart, lacking: &lacking)
            }
            guard let report else {
                answers.removeAll { $0.run.source == source }
                continue
            }
            for index in answers.indices where answers[index].run.source == source {
                answers[index].add(report, isAlone: answers.count == 1)
            }
        }
        for answer in answers {
            for (table, report) in answer.reports.sorted(by: { $0.key < $1.key }) {
                log(report, table: table, run: answer.run)
            }
            _ = try await store.put(
                ObjectLayout.commitKey(run: answer.run), bucket: silverBucket,
                body: try ObjectJSON.encode(answer.commit), contentType: "application/json", condition: nil,
                metadata: [:])
        }
        try failures.throwIfAny()
        if let lacking { throw lacking }
        return answers.map {
            Report(runID: $0.run.id, commit: ObjectLayout.commitKey(run: $0.run), tables: $0.reports)
        }
    }

    /// A commit whose rows are typed and not refused.
    private struct TypedCommit {
        var run: Run
        var rows: TypedRows
        var quarantine: [String: String]
        var isFullCrawl: Bool

        var visitors: IncomingVisitors { rows.incomingVisitors(run: run, isFullCrawl: isFullCrawl) }
    }

    /// The visitors of some commits, and what the commits tell of those whom they do not show.
    struct IncomingVisitors {
        /// Nil before the first commit.
        var rows: ColumnBatch?
        var fullCrawls = NewestFullCrawls()

        mutating func merge(_ other: IncomingVisitors) throws {
            fullCrawls.formUnion(other.fullCrawls)
            guard let incoming = other.rows else { return }
            // Given up here, so that it can be freed while the next state grows.
            guard let current = rows.take() else { return rows = incoming }
            rows = try FactVisitors.merge(current: current, incoming: incoming).batch
        }
    }

    /// What is to be said of a commit once its rows are in the tables.
    private struct Answer {
        var run: Run
        var commit: SilverCommit
        var reports: [String: TableReport]

        /// Adds what became of the visitors of all commits; the changes are a commit's own when it was alone.
        mutating func add(_ report: TableReport, isAlone: Bool) {
            let table = FactVisitors.table.name
            var report = report
            if let ledger = commit.ledger[table] { report.ledger = ledger }
            if !isAlone {
                (report.new, report.updated, report.unchanged, report.deleted) = (nil, nil, nil, nil)
            }
            reports[table] = report
        }
    }

    /// Types a commit's own rows, names those that cannot be typed, and refuses it if they are too many.
    private func typedCommit(_ run: Run) async throws -> TypedCommit {
        let key = ObjectLayout.commitKey(run: run)
        let commit = try await bronzeCommit(key, namedBy: "the event")
        try requireParts(of: commit, key: key)
        let rows = try await typedRows(of: [(run, commit)], streams: Stream.allCases)
        let quarantine = try await writeQuarantine(rows, run: run)
        try rows.refuseChangedSchema(commitKey: key)
        warnOfRefusedVisitors(rows, run: run, isFullCrawl: commit.isFullCrawl)
        return TypedCommit(
            run: run, rows: rows, quarantine: quarantine, isFullCrawl: commit.isFullCrawl)
    }

    private func answer(_ typed: TypedCommit, tables: [String: (rows: Int, outcome: Partition.Outcome)])
        -> Answer
    {
        let run = typed.run
        var reports: [String: TableReport] = [:]
        for (table, rows) in typed.rows.daily {
            guard let done = tables[table.name] else { preconditionFailure("every daily table is replaced") }
            reports[table.name] = TableReport(
                ledger: rows.ledger, rows: done.rows, outcome: done.outcome.rawValue)
        }
        let commit = SilverCommit(
            source: run.source, runID: run.id, extractionDate: run.extractionDate.description,
            bronzeCommit: "s3://\(bronzeBucket)/\(ObjectLayout.commitKey(run: run))",
            ledger: Dictionary(uniqueKeysWithValues: typed.rows.byTable.map { ($0.0.name, $0.1.ledger) }),
            unknownFields: Dictionary(
                uniqueKeysWithValues: typed.rows.byTable.filter { !$0.1.unknownFields.isEmpty }.map {
                    ($0.0.name, $0.1.unknownFields)
                }),
            quarantine: typed.quarantine,
            visitorsSince: typed.rows.visitorsSince.map {
                Timestamp(microsecondsSinceEpoch: $0).iso8601
            })
        return Answer(run: run, commit: commit, reports: reports)
    }

    // MARK: Reading

    /// The rows of some runs' parts, by table.
    struct TypedRows {
        var media: SilverRows
        var stats: SilverRows
        var engagement: SilverRows
        var visitors: SilverRows
        /// When the first answer with visitors had arrived, microseconds since the epoch, UTC; nil without any.
        var visitorsSince: Int64?

        /// The visitors of one run.
        ///
        /// A crawl with visitors that cannot be typed misses nobody for certain: they were shown and are not among the rows.
        func incomingVisitors(run: Run, isFullCrawl: Bool) -> IncomingVisitors {
            var incoming = IncomingVisitors(rows: visitors.batch)
            if isFullCrawl, visitors.rejected.isEmpty, let visitorsSince {
                incoming.fullCrawls.insert(
                    .init(
                        runID: run.id, startedAt: visitorsSince,
                        visitorCount: visitors.ledger.accepted))
            }
            return incoming
        }

        var byTable: [(Table, SilverRows)] {
            daily + [(FactVisitors.table, visitors)]
        }

        var daily: [(Table, SilverRows)] {
            [(DimMedia.table, media), (FactMedia.table, stats), (FactMediaEngagement.table, engagement)]
        }

        /// Fails when so many rows of a commit cannot be typed that the API must have changed.
        ///
        /// Cells are refused by the answer, and one media's answer is no change of the API, however many cells it has and
        /// attempts read it. But a table of media that would lose every row it should have is never written.
        func refuseChangedSchema(commitKey: String) throws {
            for (table, rows) in byTable {
                let refused = rows.rejected.filter { !$0.isCollateral }
                let ofLists = refused.count { $0.mediaID == nil }
                let isWhole =
                    !refused.isEmpty && rows.ledger.accepted == 0
                    && [DimMedia.table.name, FactMedia.table.name].contains(table.name)
                guard isWhole || ofLists + Set(refused.compactMap(\.mediaID)).count >= 2 else { continue }
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

    /// The parts that a commit lists hold as many rows as its ledger says: none was left out.
    private func requireParts(of commit: BronzeCommit, key: String) throws {
        for (stream, ledger) in commit.ledger.sorted(by: { $0.key < $1.key }) {
            let listed = commit.parts.filter { $0.stream.rawValue == stream }.reduce(0) { $0 + $1.rows }
            guard listed == ledger.rowsInParts else {
                throw PipelineError.ledger(
                    layer: "silver", table: key,
                    counts:
                        "it counts \(ledger.rowsInParts) rows of \(stream), the parts that it lists hold \(listed)"
                )
            }
        }
    }

    func bronzeCommit(_ key: String, namedBy: String) async throws -> BronzeCommit {
        let resource = "s3://\(bronzeBucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: bronzeBucket) else {
            throw PipelineError.missingObject(resource: resource, namedBy: namedBy)
        }
        return try ObjectJSON.decode(BronzeCommit.self, from: object.body, of: resource)
    }

    /// Reads the parts that commits list, one at a time, and types their rows.
    func typedRows(of commits: [(Run, BronzeCommit)], streams: [Stream]) async throws -> TypedRows {
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
        let (visitorRows, visitorsSince) = try await visitors
        let rows = TypedRows(
            media: media.finish(), stats: stats.finish(), engagement: engagement.finish(),
            visitors: visitorRows, visitorsSince: visitorsSince)
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
    private func typedVisitors(of parts: [(run: Run, part: BronzeCommit.Part)]) async throws
        -> (rows: SilverRows, since: Int64?)
    {
        let taskCount = min(SilverStage.tasksMaximum, max(1, parts.count))
        return try await withThrowingTaskGroup(of: (Int, FactVisitors.Builder, Int64?).self) { group in
            for task in 0..<taskCount {
                let share = parts[parts.count * task / taskCount..<parts.count * (task + 1) / taskCount]
                group.addTask {
                    var builder = FactVisitors.Builder(personalData: personalData)
                    var since: Int64?
                    let reader = PartReader()
                    for (run, part) in share {
                        try await forEachExchange(of: part, run: run, reader) { exchange, body in
                            since = min(since ?? .max, exchange.fetchedAt)
                            builder.append(body, from: exchange)
                        }
                    }
                    return (task, builder, since)
                }
            }
            var builders: [Int: FactVisitors.Builder] = [:]
            var since: Int64?
            for try await (task, builder, start) in group {
                builders[task] = builder
                since = [since, start].compactMap(\.self).min()
            }
            var joined = FactVisitors.Builder(personalData: personalData)
            for task in 0..<taskCount {
                if let builder = builders.removeValue(forKey: task) { joined.append(contentsOf: builder) }
            }
            return (joined.finish(), since)
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

    /// Replaces a day's partitions with the rows of all of the day's runs.
    ///
    /// They are typed from bronze, not merged into what is there: a table does not keep which exchange a row came from, and so
    /// the result depends on the day's commits alone, not on the order in which they were answered.
    private func replaceDailyTables(_ day: CommitDay, typed: [TypedCommit]) async throws
        -> [String: (rows: Int, outcome: Partition.Outcome)]
    {
        try await redoing("the tables of \(day.date)") {
            let tables = [DimMedia.table, FactMedia.table, FactMediaEngagement.table]
            var targets: [(partition: Partition, current: ObjectAttributes?)] = []
            for table in tables {
                let partition = Partition(
                    bucket: silverBucket,
                    key: ObjectLayout.dailyKey(source: day.source, table: table.name, date: day.date))
                targets.append((partition, try await store.head(partition.key, bucket: silverBucket)))
            }
            let commits = try await daysCommits(of: day, accepted: Set(typed.map(\.run)))
            let rows: TypedRows
            if let only = typed.first, commits.map(\.0) == [only.run] {
                rows = only.rows
            } else {
                rows = try await typedRows(of: commits, streams: [.media, .mediaStats, .mediaEngagement])
            }
            var done: [String: (rows: Int, outcome: Partition.Outcome)] = [:]
            for (target, (table, rows)) in zip(targets, rows.daily) {
                let outcome = try await target.partition.write(
                    try TableFile.encode(rows.batch, as: table), over: target.current, in: store)
                done[table.name] = (rows.batch.rowCount, outcome)
            }
            return done
        }
    }

    /// The day's runs with their commits, oldest first, without those that are refused.
    ///
    /// A refused commit has no part in any table, whoever is answered: the tables depend on bronze's commits alone. One that
    /// cannot be read holds up its day and no other: without its rows the day's tables would be wrong, and nobody would see.
    private func daysCommits(of day: CommitDay, accepted: Set<Run>) async throws -> [(Run, BronzeCommit)] {
        let prefix = ObjectLayout.commitPrefix(source: day.source, date: day.date)
        var commits: [(Run, BronzeCommit)] = []
        for listed in try await store.list(prefix: prefix, bucket: bronzeBucket) {
            guard let run = ObjectLayout.run(ofCommitKey: listed.key) else { continue }
            do {
                let commit = try await bronzeCommit(listed.key, namedBy: "a listing")
                if !accepted.contains(run), try await acceptedRows(of: run, commit) == nil { continue }
                commits.append((run, commit))
            } catch let error as PipelineError where !accepted.contains(run) {
                throw PipelineError.dayBlocked(
                    date: day.date.description, commit: listed.key, cause: "\(error)")
            }
        }
        return commits
    }

    /// A commit's rows; nil when it is refused.
    func acceptedRows(of run: Run, _ commit: BronzeCommit) async throws -> TypedRows? {
        let rows = try await typedRows(of: [(run, commit)], streams: Stream.allCases)
        do {
            try rows.refuseChangedSchema(commitKey: ObjectLayout.commitKey(run: run))
            return rows
        } catch {
            logger.warning("a refused commit is left out: \(error)")
            return nil
        }
    }

    /// Says that a full crawl does not count for deletions.
    func warnOfRefusedVisitors(_ rows: TypedRows, run: Run, isFullCrawl: Bool) {
        guard isFullCrawl, !rows.visitors.rejected.isEmpty else { return }
        logger.warning(
            "a full crawl with visitors that cannot be typed does not tell who was deleted",
            metadata: ["run_id": "\(run.id)", "quarantined": "\(rows.visitors.rejected.count)"])
    }

    /// Says that a full crawl does not count for deletions since its list is short.
    private func warnOfShortCrawls(_ short: [NewestFullCrawls.Short]) {
        for finding in short {
            logger.warning(
                "a full crawl that showed less than half of an earlier one does not tell who was deleted; look whether the token is the right account's and whether the API answers all visitors; if they were deleted, it counts after full crawls on so many more days",
                metadata: [
                    "run_id": "\(finding.crawl.runID)", "visitors": "\(finding.crawl.visitorCount)",
                    "earlier_visitors": "\(finding.largestCount)", "days_left": "\(finding.daysLeft)",
                ])
        }
    }

    /// Brings visitors into the table of all, and takes those out whom two full crawls missed.
    ///
    /// The table is made anew from bronze when it was made by other rules, since merged a name in clear could win over
    /// its hash; when it is gone or damaged, since an earlier version of it would lack what came in later; and when a late
    /// commit lets the time fall before which visitors count as deleted, since some of those who are to stay have been taken
    /// out. Commits that cannot be read do not hold that up. The file names those that silver had answered, and every later event tries them.
    private func replaceVisitors(
        source: String, rows: ColumnBatch, fullCrawls: NewestFullCrawls, runs: [Run], lastStart: Timestamp?,
        lacking: inout PipelineError?
    ) async throws -> TableReport {
        let table = FactVisitors.table
        let partition = Partition(
            bucket: silverBucket, key: ObjectLayout.currentKey(source: source, table: table.name))
        return try await redoing(partition.resource) {
            let current = try await store.objectIfPresent(partition.key, bucket: silverBucket)
            var standing = try await standingVisitors(
                current, of: partition, source: source, answering: Set(runs), fullCrawls: fullCrawls,
                lastStart: lastStart)
            lacking =
                standing.lacking.isEmpty
                ? nil
                : .rowsLacking(
                    resource: partition.resource,
                    failures: standing.lacking.map { "\($0.commitKey): \($0.cause)" })
            var merged = FactVisitors.Merged(
                batch: rows, newCount: rows.rowCount, updatedCount: 0, unchangedCount: 0)
            // Given up here, so that it can be freed while the next state grows.
            if let batch = standing.visitors.rows.take() {
                merged = try FactVisitors.merge(current: batch, incoming: rows)
            }
            var crawls = fullCrawls
            crawls.formUnion(standing.visitors.fullCrawls)
            let (newCount, updatedCount, unchangedCount) = (
                merged.newCount, merged.updatedCount, merged.unchangedCount
            )
            // Given up as a whole, so that each column can be freed once those who stay are copied.
            let (batch, deletedCount) = FactVisitors.seen(
                since: crawls.deletedBefore, in: (consume merged).batch)
            let bytes = try TableFile.encode(
                batch, as: table, personalDataMark: personalData.mark, fullCrawls: crawls,
                lackingCommits: standing.lacking.map(\.commitKey))
            let outcome = try await partition.write(bytes, over: current?.attributes, in: store)
            if !fullCrawls.newest.isEmpty { warnOfShortCrawls(crawls.short) }
            if deletedCount > 0 {
                logger.info(
                    "visitors whom two full crawls missed are left out",
                    metadata: [
                        "table": "\(table.name)", "deleted": "\(deletedCount)",
                        "full_crawls": "\(crawls.newest.map(\.runID).joined(separator: " "))",
                    ])
            }
            return TableReport(
                ledger: TableLedger(), rows: batch.rowCount, outcome: outcome.rawValue,
                new: newCount, updated: updatedCount, unchanged: unchangedCount, deleted: deletedCount)
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
            ("deleted", report.deleted),
        ] {
            if let count { metadata[name] = "\(count)" }
        }
        logger.log(
            level: report.ledger.quarantined > 0 ? .warning : .info, "table typed", metadata: metadata)
    }
}

extension SilverStage: AnsweringStage {
    static let layer = "silver"
    static let layerBefore = "bronze"
    var inputBucket: String { bronzeBucket }
    var outputBucket: String { silverBucket }
}
