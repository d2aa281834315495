import AWS
import HTTP
import TestSupport
import Testing
import WistiaSandbox

@testable import Pipeline

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

        func lake() async throws -> Lake {
            var lake = try Lake(visitors: 20) { $0.newPerDay = 3 }
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
                lake.time.advance(seconds: 3_600)
                let event = String(decoding: Lake.schedule(day: 1), as: UTF8.self)
                    .replacing("02:00:00Z", with: "03:00:00Z")
                _ = try await later.bronze().handle(Array(event.utf8), deadline: nil)
            }
            let known = lake.store.objects(bucket: "bronze")
            lake.arrivals = later.store.objects(bucket: "bronze").filter { known[$0.key] == nil }
            lake.store.clearJournal()
            return lake
        }
    }

    private static func event(_ fields: String) -> [UInt8] {
        Array(#"{"id":"r","time":"2026-01-31T00:00:00Z",\#(fields)}"#.utf8)
    }
    private static let january = event(
        #""reprocess":{"source":"wistia","from":"2026-01-01","to":"2026-01-31"}"#)
    private static let reprocessSilver: Interleaving.Work = { lake in
        _ = try await lake.silver().handle(january, deadline: nil)
    }
    private static let reprocessGold: Interleaving.Work = { lake in
        _ = try await lake.gold().handle(january, deadline: nil)
    }

    /// Silver's answer to a day's first commit.
    private static func silver(day: Int) -> Interleaving.Work {
        { lake in
            let date = Lake.date(ofDay: day).description
            try await lake.runSilver(
                try #require(lake.commits("bronze").first { $0.contains("/\(date)/") }))
        }
    }

    private static func gold(day: Int) -> Interleaving.Work {
        { lake in
            let date = Lake.date(ofDay: day).description
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

    /// Every stop of the first one with the second one whole, and both stopped before they write the same table.
    private static func interleavings(_ race: Race, on lake: Lake) async throws -> [Interleaving] {
        let first = try await Interleaving.steps(of: race.first, on: lake)
        let second = try await Interleaving.steps(of: race.second, on: lake)
        let whole = first.map { Interleaving(firstStop: $0, secondStop: nil) }
        let writes = first.filter { $0.operation == .put && $0.key.hasPrefix("wistia/") }
        return whole
            + writes.flatMap { write in
                second.filter { $0.operation == .put && $0.key == write.key }
                    .map { Interleaving(firstStop: write, secondStop: $0) }
            }
    }

    private static func expected(_ race: Race, on lake: Lake) async throws -> [String: [UInt8]] {
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
            let objects = done.store.objects(bucket: race.layer)
            let different = Set(objects.keys).union(expected.keys).filter { objects[$0] != expected[$0] }
            #expect(different.sorted() == [], "\(interleaving)")
        }
    }

    /// Both write what follows from the same inputs.
    private static let unlosable = ["silver and the same commit again", "gold and gold, two days"]

    /// What the test above would find if a write did not hold the ETag that was read against the one that is there.
    @Test(arguments: races.filter { !unlosable.contains($0.name) })
    func `without conditions an update is lost`(race: Race) async throws {
        let lake = try await race.lake()
        let expected = try await RaceTests.expected(race, on: lake)
        func unconditionally(_ work: @escaping Interleaving.Work) -> Interleaving.Work {
            { lake in
                var careless = lake
                careless.isUnconditional = true
                try await work(careless)
            }
        }
        for interleaving in try await RaceTests.interleavings(race, on: lake).reversed() {
            let done = try await interleaving.run(
                unconditionally(race.first), unconditionally(race.second), on: lake)
            if done.store.objects(bucket: race.layer) != expected { return }
        }
        Issue.record("no interleaving lost anything, so the test above shows nothing")
    }

    /// Of the redone work only the order shows in the journal: targets, then inputs, then writes.
    @Test func `the loser reads its targets and then its inputs again`() async throws {
        let race = try #require(
            RaceTests.races.first { $0.name == "silver and silver, a second run of the day" })
        let lake = try await race.lake()
        let target = "wistia/fact_media/extraction_date=2026-01-08/part-0.parquet"
        let steps = try await Interleaving.steps(of: race.first, on: lake)
        let write = try #require(steps.first { $0.operation == .put && $0.key == target })
        let done = try await Interleaving(firstStop: write, secondStop: nil)
            .run(race.first, race.second, on: lake)
        let journal = done.store.journal
        let secondCommit = try #require(lake.arrivals.keys.first { $0.hasPrefix("commits/") })
        let secondEnd = try #require(journal.lastIndex(of: .init(.put, "silver", secondCommit)))
        let redone = Array(journal[secondEnd...])
        let readTarget = try #require(redone.firstIndex(of: .init(.head, "silver", target)))
        let listed = try #require(redone.firstIndex(of: .init(.list, "bronze", "commits/wistia/2026-01-08/")))
        let readCommit = try #require(redone.firstIndex(of: .init(.get, "bronze", secondCommit)))
        #expect(readTarget < listed)
        #expect(listed < readCommit)
    }
}

/// A store that writes whatever is there.
final class UnconditionalStore: ObjectStore {
    private let store: any ObjectStore

    init(_ store: any ObjectStore) {
        self.store = store
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        try await store.put(
            key, bucket: bucket, body: body, contentType: contentType, condition: nil, metadata: metadata)
    }

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await store.get(key, bucket: bucket, range: range)
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket)
    }

    func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        try await store.list(prefix: prefix, bucket: bucket)
    }

    func listFolders(prefix: String, bucket: String) async throws -> [String] {
        try await store.listFolders(prefix: prefix, bucket: bucket)
    }

    func delete(_ key: String, bucket: String) async throws {
        try await store.delete(key, bucket: bucket)
    }
}
