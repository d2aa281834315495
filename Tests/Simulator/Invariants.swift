import Foundation
import HTTP
import Parquet

/// Looks whether the invariants hold, at every write and at the end.
struct Invariants {
    let simulation: Simulation
    var storage: PretendStorage { simulation.storage }

    init(_ simulation: Simulation) {
        self.simulation = simulation
    }

    // MARK: At every write

    func checkPlace(of key: String, in bucket: String, by invocation: Invocation) {
        let places = [
            "bronze": ["raw", "commits", "continuations", "state"],
            "silver": ["wistia", "quarantine", "commits"],
            "gold": ["wistia", "commits"],
        ]
        let folder = String(key.prefix { $0 != "/" })
        guard bucket == invocation.layer, places[bucket]?.contains(folder) == true else {
            return simulation.violate(.places, "\(invocation.name) wrote s3://\(bucket)/\(key)")
        }
    }

    func checkWrite(of key: String, in bucket: String, over standing: [UInt8]?) {
        guard bucket == "bronze" else { return }
        if let standing, key.hasPrefix("raw/") || key.hasPrefix("commits/"),
            standing != storage.body(bucket, key)
        {
            simulation.violate(.parts, "\(key) was written over")
        }
        if key.hasPrefix("state/") {
            guard let state = json(Written.State.self, bucket, key) else {
                return simulation.violate(.watermark, "\(key) is not a state")
            }
            if let before = standing.flatMap({ try? JSONDecoder().decode(Written.State.self, from: Data($0)) }
            ),
                state.runID < before.runID
            {
                simulation.violate(.watermark, "\(key) goes back from \(before.runID) to \(state.runID)")
            }
            guard let commit = json(Written.Bronze.self, bucket, state.commit) else {
                return simulation.violate(.watermark, "\(key) tells of \(state.commit), which is not there")
            }
            if state.cursor.watermark != commit.cursor.watermark {
                simulation.violate(
                    .watermark, "\(key) says \(state.cursor.watermark ?? "nothing"), its commit does not")
            }
        }
        if key.hasPrefix("commits/") {
            guard let commit = json(Written.Bronze.self, bucket, key), commit.version == 2,
                let start = commit.cursor.runStart.flatMap({ Timestamp(rfc3339: $0) })
            else { return simulation.violate(.ledger, "\(key) is not a commit") }
            if let watermark = commit.cursor.watermark,
                Timestamp(rfc3339: watermark).map({ $0 <= start }) != true
            {
                simulation.violate(
                    .watermark, "\(key) says \(watermark), later than its start \(start.iso8601)")
            }
            for part in commit.parts {
                let object = storage.buckets[bucket]?[part.key]
                guard object?.etag != part.etag || object?.body.count != part.size else { continue }
                simulation.violate(.parts, "\(key) lists \(part.key), which is not there")
            }
        }
    }

    func json<Value: Decodable>(_ type: Value.Type, _ bucket: String, _ key: String) -> Value? {
        storage.body(bucket, key).flatMap { try? JSONDecoder().decode(type, from: Data($0)) }
    }

    // MARK: At the end

    func check() {
        checkLedgers()
        let runs = storage.keys("bronze", prefix: "commits/").compactMap(committedRun)
        let rows = visitorRows(of: storage)
        checkRows(rows, of: runs)
        checkAnswers(rows, of: runs)
        checkFullCrawls(runs)
        checkMedia(runs)
        checkEvents()
        checkAudience(rows, of: runs)
        checkRecomputation(runs.sorted { $0.written < $1.written })
    }

    /// A run of bronze that has its commit.
    struct CommittedRun {
        var key: String
        var commit: Written.Bronze
        var start: Timestamp
        /// What it stands for.
        var time: Timestamp
        /// What it was told of the media's counters.
        var counters: ShownCounters
        /// Whether silver has to refuse it.
        var isRefused: Bool { counters.isRefused }
        /// When the commit was written, which is never again.
        var written: Timestamp
    }

    private func committedRun(_ key: String) -> CommittedRun? {
        guard let object = storage.buckets["bronze"]?[key],
            let commit = json(Written.Bronze.self, "bronze", key),
            let start = commit.cursor.runStart.flatMap({ Timestamp(rfc3339: $0) }),
            let time = Simulation.runMoment(ofID: commit.runID)
        else {
            simulation.violate(.ledger, "\(key) is not a commit")
            return nil
        }
        return CommittedRun(
            key: key, commit: commit, start: start, time: time,
            counters: ShownCounters(commit, in: storage), written: object.modified)
    }

    private func checkLedgers() {
        for key in storage.keys("bronze", prefix: "commits/") {
            guard let commit = json(Written.Bronze.self, "bronze", key) else {
                simulation.violate(.ledger, "\(key) is not a commit")
                continue
            }
            for (stream, ledger) in commit.ledger {
                let rows = commit.parts.filter { $0.stream == stream }.reduce(0) { $0 + $1.rows }
                if ledger.rowsAnswered != rows || ledger.rowsInParts != rows {
                    simulation.violate(.ledger, "\(key): \(stream) \(ledger), \(rows) rows in parts")
                }
            }
            guard let silver = json(Written.Silver.self, "silver", key) else {
                simulation.violate(.progress, "silver never answered \(key), or not with a commit")
                continue
            }
            for (table, ledger) in silver.ledger
            where ledger.read != ledger.accepted + ledger.duplicate + ledger.quarantined {
                simulation.violate(.ledger, "silver's \(key): \(table) \(ledger)")
            }
            if let visitors = commit.ledger["visitors"],
                silver.ledger["fact_visitors"]?.read != visitors.rowsInParts
            {
                simulation.violate(.ledger, "silver's \(key) read other rows than bronze's \(visitors)")
            }
            guard let gold = json(Written.Gold.self, "gold", key) else {
                simulation.violate(.progress, "gold never answered \(key), or not with a commit")
                continue
            }
            let isRefused = ShownCounters(commit, in: storage).isRefused
            if isRefused != (silver.refused != nil) {
                simulation.violate(
                    .refusal,
                    "\(key) \(isRefused ? "should have been" : "was") refused, silver says otherwise")
            }
            if isRefused, !silver.outputs.isEmpty || !silver.complete.isEmpty || !gold.outputs.isEmpty {
                simulation.violate(.refusal, "\(key) was refused, its answers name outputs")
            }
            for output in silver.outputs where storage.body("silver", output.key) == nil {
                simulation.violate(.ledger, "silver's \(key) names \(output.key), which is not there")
            }
            for output in gold.outputs where storage.body("gold", output.key) == nil {
                simulation.violate(.ledger, "gold's \(key) names \(output.key), which is not there")
            }
        }
    }

    /// A row of fact_visitors.
    private struct VisitorRow {
        var key: String
        var active: Timestamp
        var plays: Int64
        var ingested: Timestamp
    }

    private func visitorRows(of storage: PretendStorage) -> [VisitorRow] {
        guard let bytes = storage.body("silver", "wistia/fact_visitors/part-0.parquet") else { return [] }
        let columns = ["visitor_key", "last_active_at", "play_count", "ingested_at"]
        guard let batch = try? ParquetReader(bytes).read(columns: columns),
            case .bytes(let keys) = batch.columns[0].values,
            case .int64(let times) = batch.columns[1].values,
            case .int64(let plays) = batch.columns[2].values,
            case .int64(let seen) = batch.columns[3].values
        else {
            simulation.violate(.silver, "fact_visitors cannot be read")
            return []
        }
        return (0..<batch.rowCount).map { row in
            VisitorRow(
                key: String(decoding: keys.bytes[keys.range(row)], as: UTF8.self),
                active: Timestamp(microsecondsSinceEpoch: times[row]), plays: plays[row],
                ingested: Timestamp(microsecondsSinceEpoch: seen[row]))
        }
    }

    /// Checks what should be known once some runs are committed.
    private func checkRows(_ rows: [VisitorRow], of runs: [CommittedRun]) {
        let account = simulation.account
        let visitors = account.visitors
        var known: [Int: Timestamp] = [:]
        for row in rows {
            guard let visitor = account.visitor(ofKey: row.key) else {
                simulation.violate(.nobodyInvented, "nobody has the key \(row.key)")
                continue
            }
            if account.untypable[visitor]?.lowerBound == .distantPast {
                simulation.violate(.nobodyInvented, "visitor \(visitor) cannot be typed and has a row")
            }
            if known.updateValue(row.active, forKey: visitor) != nil {
                simulation.violate(.nobodyInvented, "visitor \(visitor) has two rows")
            }
            let activity = visitors[visitor].activities.firstIndex(of: row.active)
            if activity.map({ Int64($0) + 1 }) != row.plays {
                simulation.violate(
                    .nobodyInvented,
                    "visitor \(visitor) was never active at \(row.active.iso8601) for play \(row.plays)")
            }
        }
        // Nobody may have a row of those who were deleted, cannot be typed or came with what was refused, but the list showed
        // their activity.
        let gone = visitors.indices.filter {
            visitors[$0].deleted != nil || account.untypable[$0] != nil || runs.contains(where: \.isRefused)
        }
        let newest = (Array(known.values) + gone.flatMap { visitors[$0].activities }).max()
        let watermarks = runs.compactMap { $0.commit.cursor.watermark.flatMap { Timestamp(rfc3339: $0) } }
        if let watermark = watermarks.max(), newest.map({ $0 < watermark }) != false {
            simulation.violate(.watermark, "it is \(watermark.iso8601), later than every row")
        }
        let expectations = VisitorExpectations(
            account,
            runs.map {
                .init(
                    start: $0.start, end: $0.written, isFull: $0.commit.isFullCrawl, isRefused: $0.isRefused)
            })
        for (visitor, facts) in visitors.enumerated() {
            if let deleted = facts.deleted, known[visitor] != nil, expectations.isDeletionKnown(deleted) {
                return simulation.violate(
                    .deletedGone, "visitor \(visitor) was deleted at \(deleted.iso8601) and is still there")
            }
            if let active = expectations.activity(of: visitor), known[visitor].map({ $0 >= active }) != true {
                return simulation.violate(
                    .nobodyLost,
                    "visitor \(visitor) was active at \(active.iso8601), his row says "
                        + "\(known[visitor].map(\.iso8601) ?? "nothing"), after \(runs.count) runs")
            }
        }
    }

    /// Holds the rows against the answers in bronze's parts.
    private func checkAnswers(_ rows: [VisitorRow], of runs: [CommittedRun]) {
        let shown = ShownVisitors(runs.filter { !$0.isRefused }.map(\.commit), in: storage)
        if let key = shown.unreadable.first { simulation.violate(.parts, "\(key) cannot be read") }
        var expected = shown.rows
        for row in rows {
            guard let answer = expected.removeValue(forKey: row.key) else {
                return simulation.violate(
                    .answers,
                    "\(row.key) has a row of \(row.ingested.iso8601), "
                        + (shown.byKey[row.key] == nil ? "no answer shows him" : "he is deleted"))
            }
            if row.ingested != answer.fetched || row.active != answer.active {
                return simulation.violate(
                    .answers,
                    "\(row.key) was ingested at \(row.ingested.iso8601) with \(row.active.iso8601), "
                        + "the answer that counts came at \(answer.fetched.iso8601) with \(answer.active.iso8601)"
                )
            }
        }
        if let (key, answer) = expected.min(by: { $0.key < $1.key }) {
            simulation.violate(
                .answers, "\(key) has no row, though an answer of \(answer.fetched.iso8601) shows him")
        }
    }

    /// Looks whether every full crawl that was due was done.
    private func checkFullCrawls(_ runs: [CommittedRun]) {
        for run in runs {
            let commit = run.commit
            let earlier = runs.filter { $0.written < run.start }
            // A run's start is told in whole seconds; what was committed within that second may have been seen.
            let fullDates = runs.filter { $0.written < run.start.adding(seconds: 2) }
                .filter(\.commit.isFullCrawl).map(\.commit.extractionDate)
            let reason: String? =
                if earlier.isEmpty {
                    "nothing was committed before it"
                } else if simulation.isFullAsked(ofRun: commit.runID) {
                    "it was asked to"
                } else if let last = fullDates.max(), daysBetween(last, commit.extractionDate) >= 7 {
                    "the last one was on \(last)"
                } else {
                    nil
                }
            if let reason, !commit.isFullCrawl {
                simulation.violate(.weekly, "\(run.key) should have read everything: \(reason)")
            }
            // An attempt that goes on may know of a run that was committed since this one began.
            let dates =
                commit.isFullCrawl
                ? [commit.extractionDate]
                : runs.filter { $0.commit.isFullCrawl && $0.written <= run.written }.map(
                    \.commit.extractionDate)
            if commit.cursor.lastFullCrawl.map(dates.contains) != true {
                simulation.violate(
                    .weekly,
                    "\(run.key) says \(commit.cursor.lastFullCrawl ?? "nothing") of the last full crawl")
            }
        }
    }

    private func daysBetween(_ earlier: String, _ later: String) -> Double {
        guard let from = Timestamp(rfc3339: earlier + "T00:00:00Z"),
            let to = Timestamp(rfc3339: later + "T00:00:00Z")
        else { return .infinity }
        return to.seconds(since: from) / 86_400
    }

    /// Every event that started a run has its commit.
    private func checkEvents() {
        let commits = storage.keys("bronze", prefix: "commits/")
        for run in simulation.runsAsked where !commits.contains(where: { $0.contains("/\(run)-") }) {
            simulation.violate(.progress, "the run of \(run) has no commit")
        }
    }

    /// Gold's tables of visitors, held against silver's rows without the code that made them.
    private func checkAudience(_ rows: [VisitorRow], of runs: [CommittedRun]) {
        func read(_ table: String, _ columns: [String]) -> ColumnBatch? {
            storage.body("gold", "wistia/\(table)/part-0.parquet")
                .flatMap { try? ParquetReader($0).read(columns: columns) }
        }
        guard let newest = runs.filter({ !$0.isRefused }).map(\.commit.extractionDate).max() else {
            for table in ["fact_audience_insights", "audience_summary"]
            where storage.body("gold", "wistia/\(table)/part-0.parquet") != nil {
                simulation.violate(.refusal, "\(table) is there, though nothing of any commit was accepted")
            }
            return
        }
        guard let asOf = Timestamp(rfc3339: "\(newest)T00:00:00Z"),
            let insights = read("fact_audience_insights", ["visitor_key", "recency_days", "load_count"]),
            let summary = read("audience_summary", ["visitors", "plays", "loads"]),
            case .bytes(let keys) = insights.columns[0].values,
            case .int32(let recency) = insights.columns[1].values,
            case .int64(let loads) = insights.columns[2].values,
            case .int64(let groupVisitors) = summary.columns[0].values,
            case .int64(let groupPlays) = summary.columns[1].values,
            case .int64(let groupLoads) = summary.columns[2].values
        else { return simulation.violate(.gold, "the tables of the audience cannot be read") }
        let shown = (0..<insights.rowCount).map {
            String(decoding: keys.bytes[keys.range($0)], as: UTF8.self)
        }
        guard shown == rows.map(\.key) else {
            return simulation.violate(
                .gold,
                "fact_audience_insights has \(shown.count) visitors, fact_visitors \(rows.count) or others")
        }
        for (index, row) in rows.enumerated() {
            let days =
                asOf.microsecondsSinceEpoch / 86_400_000_000 - row.active.microsecondsSinceEpoch
                / 86_400_000_000
            guard Int64(recency[index]) == days else {
                return simulation.violate(
                    .gold,
                    "\(row.key) was active \(days) days ago, fact_audience_insights says \(recency[index])")
            }
        }
        let sums = [groupVisitors, groupPlays, groupLoads].map { $0.reduce(0, +) }
        let expected = [Int64(rows.count), rows.reduce(0) { $0 + $1.plays }, loads.reduce(0, +)]
        if sums != expected {
            simulation.violate(.gold, "audience_summary adds up to \(sums), its rows to \(expected)")
        }
    }

    /// Makes silver anew in the order in which bronze's commits were written, and gold.
    ///
    /// After each run everybody must be there: later a full crawl may find whom it lost.
    private func checkRecomputation(_ runs: [CommittedRun]) {
        let copy = storage.copy(of: ["bronze"])
        var answered: [CommittedRun] = []
        let silver = Recomputation(copy, layer: "silver", from: "bronze", commitKeys: runs.map(\.key)) {
            key in
            answered += runs.filter { $0.key == key }
            checkRows(visitorRows(of: copy), of: answered)
        }
        guard let silver else {
            return simulation.violate(.silver, "it cannot be made anew")
        }
        compare(silver, "silver", .silver)
        guard let gold = Recomputation(storage.copy(of: ["bronze", "silver"]), layer: "gold", from: "silver")
        else {
            return simulation.violate(.gold, "it cannot be made anew")
        }
        compare(gold, "gold", .gold)
    }

    private func compare(_ anew: Recomputation, _ bucket: String, _ invariant: Invariant) {
        let ours = storage.buckets[bucket, default: [:]]
        let theirs = anew.storage.buckets[bucket, default: [:]]
        for key in Set(ours.keys).union(theirs.keys).sorted() where ours[key]?.body != theirs[key]?.body {
            try? Data(ours[key]?.body ?? []).write(to: URL(fileURLWithPath: "/tmp/hc-ours"))  // DEBUG
            try? Data(theirs[key]?.body ?? []).write(to: URL(fileURLWithPath: "/tmp/hc-theirs"))  // DEBUG
            return simulation.violate(
                invariant,
                "\(key) has \(ours[key].map { "\($0.body.count)" } ?? "no") bytes, made anew "
                    + "\(theirs[key].map { "\($0.body.count)" } ?? "none")")
        }
    }
}
