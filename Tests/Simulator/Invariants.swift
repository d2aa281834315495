import Datasets
import Foundation
import HTTP
import Parquet
import Pipeline

/// What holds after every run, and during it.
enum Invariant: String, Sendable {
    /// Everybody who was active before the last run is in fact_visitors with that activity or a later one.
    case nobodyLost = "nobody is lost"
    /// Whom the account deleted is not in fact_visitors after two full crawls.
    case deletedGone = "who was deleted leaves"
    /// fact_visitors holds nobody and nothing that the account did not show, and each visitor once.
    case nobodyInvented = "nobody is invented or doubled"
    /// Every day's tables of media have a row for each.
    case mediaKept = "no media is lost"
    /// Rows answered, kept, accepted, counted twice and quarantined add up in every commit.
    case ledger = "ledgers add up"
    /// The state never tells of a commit that is not there, and no watermark is later than the data.
    case watermark = "the watermark is never ahead"
    /// A commit lists parts that are there, and no part or commit of bronze ever changes.
    case parts = "what bronze wrote stays"
    /// Silver is what an undisturbed silver makes of bronze.
    case silver = "silver follows from bronze"
    /// Gold is what an undisturbed gold makes of silver.
    case gold = "gold follows from silver"
    /// No layer writes elsewhere than under its own prefixes.
    case places = "layers write in their places"
    /// No error speaks of damage that nobody did.
    case honestErrors = "errors tell the truth"
    /// Nobody works for an invocation that has returned: its process may be frozen, or serve another one.
    case noAfterlife = "nobody works after the end"
    /// A process keeps to the configured rate and to 64 requests in flight, whatever it serves.
    case budget = "requests keep to their budget"
    /// Everything comes to an end once nothing goes wrong.
    case progress = "everything comes to an end"
}

struct Invariants {
    private let simulation: Simulation
    private var storage: PretendStorage { simulation.storage }

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
        if key.hasPrefix("state/"), let state = json(State.self, bucket, key) {
            guard let commit = json(BronzeCommit.self, bucket, state.commit) else {
                return simulation.violate(.watermark, "\(key) tells of \(state.commit), which is not there")
            }
            if state.watermark != commit.watermark {
                simulation.violate(
                    .watermark, "\(key) says \(state.watermark ?? "nothing"), its commit does not")
            }
        }
        if key.hasPrefix("commits/"), let commit = json(BronzeCommit.self, bucket, key) {
            for part in commit.parts where storage.buckets[bucket]?[part.key]?.etag != part.etag {
                simulation.violate(.parts, "\(key) lists \(part.key), which is not there")
            }
        }
    }

    private struct State: Decodable {
        var commit: String
        var watermark: String?
    }

    private func json<Value: Decodable>(_ type: Value.Type, _ bucket: String, _ key: String) -> Value? {
        storage.body(bucket, key).flatMap { try? JSONDecoder().decode(type, from: Data($0)) }
    }

    // MARK: At the end

    func check() {
        checkLedgers()
        let runs = storage.keys("bronze", prefix: "commits/").compactMap(committedRun)
        checkRows(visitorRows(of: storage), of: runs)
        checkMedia()
        checkRecomputation(runs.sorted { $0.written < $1.written })
    }

    /// A run of bronze that has its commit.
    private struct CommittedRun {
        var key: String
        var commit: BronzeCommit
        var start: Timestamp
        /// When the commit was written, which is never again.
        var written: Timestamp
    }

    private func committedRun(_ key: String) -> CommittedRun? {
        guard let object = storage.buckets["bronze"]?[key],
            let commit = json(BronzeCommit.self, "bronze", key),
            let start = Timestamp(rfc3339: commit.runStart)
        else { return nil }
        return CommittedRun(key: key, commit: commit, start: start, written: object.modified)
    }

    private func checkLedgers() {
        for key in storage.keys("bronze", prefix: "commits/") {
            guard let commit = json(BronzeCommit.self, "bronze", key) else { continue }
            for (stream, ledger) in commit.ledger {
                let rows = commit.parts.filter { $0.stream.rawValue == stream }.reduce(0) { $0 + $1.rows }
                if ledger.rowsAnswered != rows || ledger.rowsInParts != rows {
                    simulation.violate(.ledger, "\(key): \(stream) \(ledger), \(rows) rows in parts")
                }
            }
            guard let silver = json(SilverCommit.self, "silver", key) else {
                simulation.violate(.progress, "silver never answered \(key)")
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
            if storage.body("gold", key) == nil {
                simulation.violate(.progress, "gold never answered \(key)")
            }
        }
    }

    /// Every media that was there all the time is in each day's tables, and none that never was.
    private func checkMedia() {
        let media = simulation.account.media
        let all = Set(media.indices.map(PretendAccount.mediaID))
        let lasting = Set(
            media.indices.filter { media[$0].created == .distantPast && media[$0].deleted == nil }
                .map(PretendAccount.mediaID))
        let days = Set(
            storage.keys("bronze", prefix: "commits/").map { $0.split(separator: "/").dropLast().last ?? "" })
        for day in days.sorted() {
            for table in ["dim_media", "fact_media"] {
                let key = "wistia/\(table)/extraction_date=\(day)/part-0.parquet"
                guard let ids = texts("media_id", of: key) else {
                    simulation.violate(.mediaKept, "\(key) is not there or cannot be read")
                    continue
                }
                let shown = Set(ids)
                if let lost = lasting.subtracting(shown).min() {
                    simulation.violate(.mediaKept, "\(key) lacks \(lost)")
                }
                if shown.count < ids.count || !shown.isSubset(of: all) {
                    simulation.violate(.nobodyInvented, "\(key) has media that are not there, or twice")
                }
            }
        }
    }

    /// A column of a table in silver; nil when it cannot be read.
    private func texts(_ column: String, of key: String) -> [String]? {
        guard let bytes = storage.body("silver", key),
            let batch = try? ParquetReader(bytes).read(columns: [column]),
            case .bytes(let slots) = batch.columns[0].values
        else { return nil }
        return (0..<batch.rowCount).map { String(decoding: slots.bytes[slots.range($0)], as: UTF8.self) }
    }

    private func visitorRows(of storage: PretendStorage) -> [(key: String, active: Timestamp, plays: Int64)] {
        guard let bytes = storage.body("silver", "wistia/fact_visitors/part-0.parquet") else { return [] }
        do {
            let batch = try ParquetReader(bytes).read(columns: [
                "visitor_key", "last_active_at", "play_count",
            ])
            guard case .bytes(let keys) = batch.columns[0].values,
                case .int64(let times) = batch.columns[1].values,
                case .int64(let plays) = batch.columns[2].values
            else { return [] }
            return (0..<batch.rowCount).map { row in
                (
                    String(decoding: keys.bytes[keys.range(row)], as: UTF8.self),
                    Timestamp(microsecondsSinceEpoch: times[row]), plays[row]
                )
            }
        } catch {
            simulation.violate(.silver, "fact_visitors cannot be read: \(error)")
            return []
        }
    }

    /// Checks what should be known once some runs are committed.
    private func checkRows(
        _ rows: [(key: String, active: Timestamp, plays: Int64)], of runs: [CommittedRun]
    ) {
        let commits = runs.map(\.commit)
        let visitors = simulation.account.visitors
        var known: [Int: Timestamp] = [:]
        for row in rows {
            guard let visitor = simulation.account.visitor(ofKey: row.key) else {
                simulation.violate(.nobodyInvented, "nobody has the key \(row.key)")
                continue
            }
            if simulation.account.untypable.contains(visitor) {
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
        let watermarks = commits.compactMap { $0.watermark.flatMap { Timestamp(rfc3339: $0) } }
        // Nobody has a row of those who were deleted or cannot be typed, but the list showed their activity.
        let gone = visitors.indices.filter {
            visitors[$0].deleted != nil || simulation.account.untypable.contains($0)
        }
        let newest = (Array(known.values) + gone.flatMap { visitors[$0].activities }).max()
        if let watermark = watermarks.max(), newest.map({ $0 < watermark }) != false {
            simulation.violate(.watermark, "it is \(watermark.iso8601), later than every row")
        }
        // A crawl that showed rows which nobody can type misses nobody for certain.
        let isTelling = simulation.account.untypable.isEmpty
        let starts = commits.filter { $0.isFullCrawl && isTelling }.compactMap {
            Timestamp(rfc3339: $0.runStart)
        }
        // Those of one day count as one, which began with the first of them.
        let fullCrawls = Dictionary(grouping: starts, by: \.date).values.compactMap { $0.min() }.sorted()
        for (visitor, facts) in visitors.enumerated() {
            guard let deleted = facts.deleted, known[visitor] != nil,
                fullCrawls.dropLast().last.map({ $0 > deleted }) == true
            else { continue }
            simulation.violate(
                .deletedGone, "visitor \(visitor) was deleted at \(deleted.iso8601) and is still there")
        }
        guard let lastRun = runs.map(\.start).max(), !mayMiss(runs) else { return }
        let bound = lastRun.adding(seconds: -180)
        for (visitor, facts) in visitors.enumerated() {
            guard facts.deleted == nil, !simulation.account.untypable.contains(visitor),
                let active = facts.activities.last(where: { $0 <= bound })
            else {
                continue
            }
            if known[visitor].map({ $0 >= active }) != true {
                return simulation.violate(
                    .nobodyLost,
                    "visitor \(visitor) was active at \(active.iso8601), his row says "
                        + "\(known[visitor].map(\.iso8601) ?? "nothing"), the last run began at \(lastRun.iso8601)"
                )
            }
        }
    }

    /// Whether ranks shrank while one of the runs read the list, and no full crawl since has found whom it missed.
    ///
    /// Whoever stood behind what was deleted slips onto a page that has been read, and no rule that reads forward finds him.
    /// A run that waits for hours for its continuation makes that time long.
    private func mayMiss(_ runs: [CommittedRun]) -> Bool {
        guard let moment = simulation.account.visitors.compactMap(\.deleted).min() else { return false }
        return runs.contains { $0.start <= moment && moment <= $0.written }
            && !runs.contains { $0.commit.isFullCrawl && $0.start > moment }
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
            return simulation.violate(
                invariant,
                "\(key) has \(ours[key].map { "\($0.body.count)" } ?? "no") bytes, made anew "
                    + "\(theirs[key].map { "\($0.body.count)" } ?? "none")")
        }
    }
}
