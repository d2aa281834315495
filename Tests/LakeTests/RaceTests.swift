import AWS
import HTTP
import Parquet
import Synchronization
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Two invocations at the same moment: whoever loses does its work again, and the end is that of one after the other.
struct RaceTests {
    /// Two pieces of work and the lake on which they race.
    struct Race: Sendable, CustomTestStringConvertible {
        var name: String
        var layer: String
        /// Days of which bronze has a commit.
        var days = 1
        /// The first days, which silver has answered.
        var typedDays = 0
        var first: Interleaving.Work
        var second: Interleaving.Work

        var testDescription: String { name }

        func lake() async throws -> MemoryLake {
            var lake = try MemoryLake(visitors: 20) { $0.newPerDay = 3 }
            lake.environment["WISTIA_MEDIA_IDS"] = "gskhw4w4lm"
            for day in 1...days { _ = try await lake.runBronze(day: day) }
            let commits = lake.commits("bronze")
            for commit in commits.prefix(typedDays) { try await lake.runSilver(commit) }
            // What arrives in the midst of a race was made before, so that it is the same in each.
            let later = lake.copy()
            if layer == "gold" {
                _ = try await later.runBronze(day: days + 1)
            } else {
                lake.sandbox.activate(returning: 5)
                _ = try await later.runBronzeAgain()
            }
            let known = lake.store.objects(bucket: "bronze")
            lake.arrivals = later.store.objects(bucket: "bronze").filter { known[$0.key] == nil }
            lake.store.clearJournal()
            return lake
        }
    }

    private static let reprocessSilver: Interleaving.Work = { lake in
        try await lake.send(MemoryLake.reprocess(), to: "silver")
    }
    private static let reprocessGold: Interleaving.Work = { lake in
        try await lake.send(MemoryLake.reprocess(), to: "gold")
    }

    /// Silver's answer to a day's first commit.
    private static func silver(day: Int) -> Interleaving.Work {
        { lake in
            let date = MemoryLake.date(ofDay: day).description
            try await lake.runSilver(
                try #require(lake.commits("bronze").first { $0.contains("/\(date)/") }))
        }
    }

    private static func gold(day: Int) -> Interleaving.Work {
        { lake in
            let date = MemoryLake.date(ofDay: day).description
            try await lake.runGold(
                try #require(lake.commits("silver").first { $0.contains("/\(date)/") }))
        }
    }

    /// A commit comes to bronze, and silver answers it.
    private static let arrivalForSilver: Interleaving.Work = { lake in
        try await lake.runSilver(lake.arrive())
    }

    /// A commit comes to bronze, and silver and gold answer it.
    private static let arrivalForGold: Interleaving.Work = { lake in
        let commit = try lake.arrive()
        try await lake.runSilver(commit)
        try await lake.runGold(commit)
    }

    static let races = [
        Race(
            name: "silver and silver, two days", layer: "silver", days: 3, typedDays: 1,
            first: silver(day: 2),
            second: silver(day: 3)),
        Race(
            name: "silver and silver, a second run of the day", layer: "silver", first: silver(day: 1),
            second: arrivalForSilver),
        Race(
            name: "silver and the same commit again", layer: "silver", days: 2, typedDays: 1,
            first: silver(day: 2),
            second: silver(day: 2)),
        Race(
            name: "silver and reprocess", layer: "silver", days: 3, typedDays: 1, first: silver(day: 2),
            second: reprocessSilver),
        Race(
            name: "reprocess and silver, a second run of the day", layer: "silver", first: reprocessSilver,
            second: arrivalForSilver),
        Race(
            name: "gold and gold, two days", layer: "gold", days: 2, typedDays: 2, first: gold(day: 1),
            second: gold(day: 2)),
        Race(
            name: "gold and gold, the next day", layer: "gold", days: 2, typedDays: 2, first: gold(day: 2),
            second: arrivalForGold),
        Race(
            name: "reprocess and gold, the next day", layer: "gold", days: 2, typedDays: 2,
            first: reprocessGold, second: arrivalForGold),
    ]

    private static func isTableWrite(_ step: Interleaving.Step) -> Bool {
        step.operation == .put && step.key.hasPrefix("wistia/")
    }

    /// Every stop of the first one with the second one whole, and both stopped before they write the same table.
    private static func interleavings(_ race: Race, on lake: MemoryLake) async throws -> [Interleaving] {
        let first = try await Interleaving.steps(of: race.first, on: lake)
        let second = try await Interleaving.steps(of: race.second, on: lake)
        let whole = first.map { Interleaving(firstStop: $0, secondStop: nil) }
        let writes = first.filter(isTableWrite)
        return whole
            + writes.flatMap { write in
                second.filter { $0.operation == .put && $0.key == write.key }
                    .map { Interleaving(firstStop: write, secondStop: $0) }
            }
    }

    private static func expected(_ race: Race, on lake: MemoryLake) async throws -> [String: [UInt8]] {
        let lake = lake.copy()
        try await race.first(lake)
        try await race.second(lake)
        return lake.store.objects(bucket: race.layer)
    }

    @Test(arguments: races) func `every interleaving ends as one after the other`(race: Race) async throws {
        let lake = try await race.lake()
        let expected = try await RaceTests.expected(race, on: lake)
        let interleavings = try await RaceTests.interleavings(race, on: lake)
        #expect(interleavings.count > 15)
        for interleaving in interleavings {
            let done = try await interleaving.run(race.first, race.second, on: lake)
            let objects = done.lake.store.objects(bucket: race.layer)
            let different = Set(objects.keys).union(expected.keys).filter { objects[$0] != expected[$0] }
            #expect(different.sorted() == [], "\(interleaving)")
        }
    }

    /// Both write what follows from the same inputs.
    private static let unlosable = ["silver and the same commit again", "gold and gold, two days"]

    /// What the test above would find if a write did not hold the ETag that was read against the one that is there.
    @Test(arguments: races.filter { !unlosable.contains($0.name) })
    func `without conditions an update is lost`(race: Race) async throws {
        try await expectLoss(race, .unconditional)
    }

    /// The same if the ETags of the targets were read when the inputs are there already.
    ///
    /// In silver nothing is lost then: what is upserted comes with its ETag.
    @Test(arguments: races.filter { $0.name.contains("next day") })
    func `with ETags that are read after the inputs an update is lost`(race: Race) async throws {
        try await expectLoss(race, .lateETags)
    }

    private func expectLoss(_ race: Race, _ way: CarelessStore.Way) async throws {
        let lake = try await race.lake()
        let expected = try await RaceTests.expected(race, on: lake)
        func careless(_ work: @escaping Interleaving.Work) -> Interleaving.Work {
            { lake in
                var lake = lake
                lake.storeWrapper = { CarelessStore($0, way) }
                try await work(lake)
            }
        }
        for interleaving in try await RaceTests.interleavings(race, on: lake).reversed() {
            let done = try await interleaving.run(careless(race.first), careless(race.second), on: lake)
            if done.lake.store.objects(bucket: race.layer) != expected { return }
        }
        Issue.record("no interleaving lost anything, so the test of them all shows nothing")
    }

    /// Of the redone work only the order shows in the journal: targets, then inputs, then writes.
    @Test(arguments: races.filter { $0.name != "silver and the same commit again" })
    func `the loser reads its targets and then its inputs again`(race: Race) async throws {
        let lake = try await race.lake()
        let steps = try await Interleaving.steps(of: race.first, on: lake)
        var losses = 0
        for stop in steps where RaceTests.isTableWrite(stop) {
            let target = stop.key
            let before = lake.store.journal.count
            let done = try await Interleaving(firstStop: stop, secondStop: nil)
                .run(race.first, race.second, on: lake)
            let journal = done.lake.store.journal
            // Both wrote, so one of them in vain.
            guard
                journal[before..<(journal.count - done.rest.count)].count(where: {
                    $0 == .init(.put, race.layer, target)
                }) > 1
            else { continue }
            losses += 1
            let reading = try #require(
                done.rest.firstIndex {
                    [.head, .get].contains($0.operation) && $0.bucket == race.layer && $0.key == target
                }, "\(target)")
            // What silver upserts comes from bronze's parts, which never change.
            if race.layer == "silver" { continue }
            #expect(
                done.rest[reading...].contains {
                    [.get, .list].contains($0.operation) && $0.bucket != race.layer
                }, "\(target)")
        }
        #expect(losses > 0)
    }

    /// Each attempt at a run keeps what it read, so parts may be more and other ones; the rows are the same.
    @Test func `bronze twice at once commits once and loses nobody`() async throws {
        let lake = try MemoryLake(visitors: 120)
        let work: Interleaving.Work = { lake in
            _ = try await lake.bronze().handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        let steps = try await Interleaving.steps(of: work, on: lake)
        #expect(steps.count > 10)
        var all = steps.map { Interleaving(firstStop: $0, secondStop: nil) }
        let writes = steps.filter { $0.operation == .put }
        for first in writes { all += writes.map { Interleaving(firstStop: first, secondStop: $0) } }
        for interleaving in all {
            let done = try await interleaving.run(work, work, on: lake).lake
            let commits = done.commits("bronze")
            try #require(commits.count == 1, "\(interleaving)")
            try await done.runSilver(commits[0])
            let ledger = try #require(try done.silverCommit(commits[0]).ledger["fact_visitors"])
            #expect(ledger.accepted == 120, "\(interleaving)")
            #expect(try done.rows(FactMedia.table, date: "2026-01-08").rowCount == 2, "\(interleaving)")
            let state = String(
                decoding: try #require(done.store.objects(bucket: "bronze")["state/wistia.json"]),
                as: UTF8.self)
            #expect(state.contains(commits[0]), "\(interleaving)")
        }
    }
}

/// A store that breaks the rule for replacements.
private final class CarelessStore: ObjectStore {
    enum Way {
        /// Writes go through whatever is there.
        case unconditional
        /// Writes are held against what was there after the last read, not against what their caller saw.
        case lateETags
    }

    private let store: MemoryObjectStore
    private let way: Way
    private let etags = Mutex<[String: ETag]>([:])

    init(_ store: MemoryObjectStore, _ way: Way) {
        self.store = store
        self.way = way
    }

    private func noteETags() {
        var found: [String: ETag] = [:]
        for bucket in ["silver", "gold"] {
            for (key, body) in store.objects(bucket: bucket) {
                found["\(bucket)/\(key)"] = MemoryObjectStore.etag(of: body)
            }
        }
        etags.withLock { $0 = found }
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        let late = etags.withLock {
            $0["\(bucket)/\(key)"].map { .ifMatch($0) } ?? WriteCondition.ifNoneMatch
        }
        return try await store.put(
            key, bucket: bucket, body: body, contentType: contentType,
            condition: condition == nil || way == .unconditional ? nil : late, metadata: metadata)
    }

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        defer { noteETags() }
        return try await store.get(key, bucket: bucket, range: range)
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        defer { noteETags() }
        return try await store.head(key, bucket: bucket)
    }

    func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        defer { noteETags() }
        return try await store.get(key, bucket: bucket, version: version)
    }

    func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        defer { noteETags() }
        return try await store.head(key, bucket: bucket, version: version)
    }

    func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        defer { noteETags() }
        return try await store.listVersions(prefix: prefix, bucket: bucket)
    }

    func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        defer { noteETags() }
        return try await store.list(prefix: prefix, bucket: bucket)
    }

    func listFolders(prefix: String, bucket: String) async throws -> [String] {
        defer { noteETags() }
        return try await store.listFolders(prefix: prefix, bucket: bucket)
    }
}
