import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Events arrive at least once and in any order; the lake must come out the same.
struct ReplayTests {
    private static func makeTwoDays() async throws -> MemoryLake {
        let lake = try MemoryLake(visitors: 700) { $0.identifiedPercent = 30 }
        try await lake.runDay(1)
        try await lake.runDay(2)
        return lake
    }

    @Test(arguments: [[0, 1], [0, 0, 1, 1], [1, 0], [1, 0, 1], [0, 1, 0]])
    func `replayed commits give byte-identical objects`(order: [Int]) async throws {
        let lake = try await ReplayTests.makeTwoDays()
        let replay = try lake.withBronzeOnly()
        let commits = replay.commits("bronze")
        for index in order {
            try await replay.runSilver(commits[index])
            try await replay.runGold(commits[index])
        }
        for bucket in ["silver", "gold"] {
            let expected = lake.store.objects(bucket: bucket)
            let found = replay.store.objects(bucket: bucket)
            #expect(Set(found.keys) == Set(expected.keys))
            #expect(expected.filter { found[$0.key] != $0.value }.map(\.key) == [])
        }
    }

    @Test func `gold that runs only after all of silver gives the same`() async throws {
        let lake = try await ReplayTests.makeTwoDays()
        let replay = try lake.withBronzeOnly()
        for commit in replay.commits("bronze").reversed() { try await replay.runSilver(commit) }
        for commit in replay.commits("bronze") { try await replay.runGold(commit) }
        #expect(replay.store.objects(bucket: "gold") == lake.store.objects(bucket: "gold"))
    }

    @Test func `a redelivered commit rewrites commits and no table`() async throws {
        let lake = try await ReplayTests.makeTwoDays()
        lake.store.clearJournal()
        for commit in lake.commits("bronze") {
            try await lake.runSilver(commit)
            try await lake.runGold(commit)
        }
        let written = lake.store.journal.filter { $0.operation == .put }
        #expect(written.allSatisfy { $0.key.hasPrefix("commits/") })
        #expect(written.count == 4)
    }

    @Test func `two runs of one day leave one snapshot, the newer exchange of each media`() async throws {
        let lake = try MemoryLake(visitors: 120)
        try await lake.runDay(1)
        var second = lake
        second.environment["WISTIA_MEDIA_IDS"] = "gskhw4w4lm"
        second.time.advance(seconds: 3_600)
        let event = String(decoding: MemoryLake.schedule(day: 1), as: UTF8.self)
            .replacing("02:00:00Z", with: "03:00:00Z")
        _ = try await second.bronze().handle(Array(event.utf8), deadline: nil)
        let commit = try #require(lake.commits("bronze").last)
        try await lake.runSilver(commit)

        let facts = try lake.rows(FactMedia.table, date: "2026-01-08")
        #expect(try facts.strings(FactMedia.table.index(of: "media_id")) == ["gskhw4w4lm", "v08dlrgr7v"])
        let taken = try facts.int64s(FactMedia.table.index(of: "snapshot_ts")).compactMap { $0 }
        // The pretend account's own clock, which dates its answers, stands still meanwhile.
        #expect(taken[0] > taken[1])

        // The same from nothing, the second run's commit first.
        let replay = try lake.withBronzeOnly()
        for key in replay.commits("bronze").reversed() { try await replay.runSilver(key) }
        #expect(replay.store.objects(bucket: "silver") == lake.store.objects(bucket: "silver"))
    }

    @Test func `reprocessing days and reconciling lost notifications lead to the same lake`() async throws {
        let lake = try await ReplayTests.makeTwoDays()
        let replay = try lake.withBronzeOnly()
        try await replay.runSilver(replay.commits("bronze")[1])
        let reconcile = Array(
            #"{"id":"r","time":"2026-01-09T06:00:00Z","reconcile":{"source":"wistia"}}"#.utf8)
        _ = try await replay.silver().handle(reconcile, deadline: nil)
        _ = try await replay.gold().handle(reconcile, deadline: nil)
        #expect(replay.store.objects(bucket: "silver") == lake.store.objects(bucket: "silver"))
        #expect(replay.store.objects(bucket: "gold") == lake.store.objects(bucket: "gold"))

        let again = try lake.withBronzeOnly()
        let reprocess = Array(
            #"{"id":"r","time":"2026-01-09T06:00:00Z","reprocess":{"source":"wistia","from":"2026-01-08","to":"2026-01-31"}}"#
                .utf8)
        _ = try await again.silver().handle(reprocess, deadline: nil)
        _ = try await again.gold().handle(reprocess, deadline: nil)
        #expect(again.store.objects(bucket: "gold") == lake.store.objects(bucket: "gold"))
    }
}
