import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Many days in one invocation.
struct ReprocessTests {
    private static func make(days: Int) async throws -> MemoryLake {
        let lake = try MemoryLake(visitors: 120) { $0.newPerDay = 5 }
        for day in 1...days { try await lake.runDay(day) }
        return lake
    }

    private func expectSame(_ lake: MemoryLake, as other: MemoryLake) {
        for bucket in ["silver", "gold"] {
            #expect(lake.store.objects(bucket: bucket) == other.store.objects(bucket: bucket))
        }
    }

    @Test func `each table is computed once, however many commits it takes`() async throws {
        let lake = try MemoryLake(visitors: 120) { $0.newPerDay = 5 }
        try await lake.runDay(1)
        let again = try await lake.runBronzeAgain()
        try await lake.runSilver(again)
        try await lake.runGold(again)
        for day in 2...4 { try await lake.runDay(day) }
        let replay = try lake.withBronzeOnly()

        func count(_ operation: MemoryObjectStore.Operation, _ bucket: String, _ part: String) -> Int {
            replay.store.journal.count {
                $0.operation == operation && $0.bucket == bucket && $0.key.contains(part)
            }
        }
        try await replay.send(MemoryLake.reprocess(), to: "silver")
        #expect(count(.get, "silver", "wistia/fact_visitors/") == 1)
        #expect(count(.put, "silver", "wistia/fact_visitors/") == 1)
        #expect(count(.put, "silver", "wistia/fact_media/") == 4)
        #expect(count(.put, "silver", "commits/") == 5)
        let parts = lake.store.objects(bucket: "bronze").keys.count { $0.contains("/visitors/") }
        #expect(count(.get, "bronze", "/visitors/") == parts)

        replay.store.clearJournal()
        try await replay.send(MemoryLake.reprocess(), to: "gold")
        #expect(count(.put, "gold", "wistia/fact_audience_insights/") == 1)
        #expect(count(.put, "gold", "wistia/fact_media_performance/") == 4)
        #expect(count(.put, "gold", "commits/") == 5)
        expectSame(replay, as: lake)
    }

    /// An hour's work in five minutes: each day's table takes a minute.
    @Test(arguments: ["silver", "gold"])
    func `a range that takes too long says from where to go on`(layer: String) async throws {
        let lake = try await ReprocessTests.make(days: 6)
        let replay = try lake.withBronzeOnly()
        if layer == "gold" { try await replay.send(MemoryLake.reprocess(), to: "silver") }
        replay.store.setBeforeHook { operation, key in
            let slow = layer == "silver" ? "wistia/fact_media/" : "wistia/kpi_daily/"
            if operation == .put, key.hasPrefix(slow) { replay.time.advance(seconds: 60) }
        }
        let event = Array(#"{"id":"r","time":"2026-01-31T00:00:00Z",\#(MemoryLake.reprocess())}"#.utf8)
        let deadline = replay.time.now().adding(seconds: 300)
        let error = await #expect(throws: LakeError.self) {
            _ =
                layer == "silver"
                ? try await replay.silver().handle(event, deadline: deadline)
                : try await replay.gold().handle(event, deadline: deadline)
        }
        #expect(
            error?.description
                == "\(layer) answered the days before 2026-01-12 before its time was up; reprocess from 2026-01-12"
        )
        #expect(replay.commits(layer) == Array(lake.commits(layer).prefix(4)))
        replay.store.setBeforeHook(nil)

        try await replay.send(MemoryLake.reprocess(from: "2026-01-12"), to: layer)
        if layer == "silver" { try await replay.send(MemoryLake.reprocess(), to: "gold") }
        expectSame(replay, as: lake)
    }

    @Test func `days that fail are named with those that are left`() async throws {
        let lake = try await ReprocessTests.make(days: 3)
        let replay = try lake.withBronzeOnly()
        let first = replay.commits("bronze")[0]
        replay.store.seed(first, bucket: "bronze", body: Array("{".utf8))
        replay.store.setBeforeHook { operation, key in
            if operation == .put, key.hasPrefix("wistia/fact_media/") { replay.time.advance(seconds: 60) }
        }
        let event = Array(#"{"id":"r","time":"2026-01-31T00:00:00Z",\#(MemoryLake.reprocess())}"#.utf8)
        let error = await #expect(throws: LakeError.self) {
            _ = try await replay.silver().handle(event, deadline: replay.time.now().adding(seconds: 60))
        }
        #expect(
            error?.description
                == "silver answered the days before 2026-01-10 before its time was up; reprocess from 2026-01-10; "
                + "it failed for \(first): read s3://bronze/\(first) failed: it is not a BronzeCommit: the JSON is cut or "
                + "damaged; restore an earlier version of the object")
        #expect(replay.commits("silver") == [lake.commits("silver")[1]])
    }

    @Test func `a commit that one event names twice is answered once`() async throws {
        let lake = try MemoryLake(visitors: 120)
        let key = try await lake.runBronze(day: 1)
        let one = String(decoding: MemoryLake.notification(bucket: "bronze", key: key), as: UTF8.self)
        let record = try #require(one.firstMatch(of: /"Records":\[(.*)\]\}/.dotMatchesNewlines())).1
        let answer = try await lake.silver().handle(
            Array(#"{"Records":[\#(record),\#(record)]}"#.utf8), deadline: nil)
        #expect(String(decoding: answer, as: UTF8.self).matches(of: /"run_id"/).count == 1)
    }
}
