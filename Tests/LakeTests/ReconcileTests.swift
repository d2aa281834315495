import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// What the scheduled reconciler finds when a notification got lost.
struct ReconcileTests {
    private func reconcileGold(_ lake: MemoryLake) async throws -> [String] {
        try await lake.send(MemoryLake.reconcile, to: "gold").matches(of: /"commit" : "([^"]+)"/).map {
            String($0.1)
        }
    }

    @Test func `nothing is done while every commit is answered`() async throws {
        let lake = try MemoryLake(visitors: 120)
        try await lake.runDay(1)
        lake.store.clearJournal()
        try await lake.send(MemoryLake.reconcile, to: "silver")
        #expect(try await reconcileGold(lake) == [])
        #expect(lake.store.journal.allSatisfy { [.list, .listFolders].contains($0.operation) })
    }

    @Test func `gold answers a commit that silver wrote again`() async throws {
        let lake = try MemoryLake(visitors: 120)
        try await lake.runDay(1)
        try await lake.runDay(2)
        let commits = lake.commits("silver")
        // Silver answered again, which nobody told gold.
        try await lake.runSilver(commits[0])
        #expect(try await reconcileGold(lake) == [commits[0]])
        #expect(try await reconcileGold(lake) == [])
    }

    @Test func `silver answers a commit that was restored after its answer`() async throws {
        let lake = try MemoryLake(visitors: 120)
        try await lake.runDay(1)
        let key = lake.commits("bronze")[0]
        let body = try #require(lake.store.objects(bucket: "bronze")[key])
        lake.store.seed(key, bucket: "bronze", body: body)
        lake.store.clearJournal()
        try await lake.send(MemoryLake.reconcile, to: "silver")
        #expect(lake.store.journal.contains(.init(.put, "silver", key)))
    }

    /// Listings tell whole seconds.
    @Test func `gold answers a commit that silver wrote again in the second of gold's answer`() async throws {
        let lake = try MemoryLake(visitors: 120)
        try await lake.runSilver(try await lake.runBronze(day: 1))
        let key = lake.commits("silver")[0]
        lake.store.setSecondsPerWrite(0)
        try await lake.runGold(key)
        try await lake.runSilver(key)
        lake.store.setSecondsPerWrite(1)
        #expect(try await reconcileGold(lake) == [key])
        #expect(try await reconcileGold(lake) == [])
    }

    /// Gold's answer is the younger one then, and would hide that it was made from the tables of before.
    @Test func `gold answers again what silver wrote while gold was at work`() async throws {
        var lake = try MemoryLake(visitors: 120) { $0.identifiedPercent = 100 }
        let key = try await lake.runBronze(day: 1)
        lake.environment["PII_MODE"] = "keep"
        try await lake.runSilver(key)
        lake.environment["PII_MODE"] = "drop"
        let expected = lake.copy()
        try await expected.runSilver(key)
        try await expected.runGold(key)

        let once = MemoryFlag()
        let changed = lake
        lake.store.setBeforeHook { operation, written in
            // Both have the key of the commit; the first one to be written is gold's.
            guard operation == .put, written == key, once.raise() else { return }
            try await changed.runSilver(key)
        }
        try await lake.runGold(key)
        lake.store.setBeforeHook(nil)
        for bucket in ["silver", "gold"] {
            #expect(lake.store.objects(bucket: bucket) == expected.store.objects(bucket: bucket))
        }
        #expect(try await reconcileGold(lake) == [])
    }
}
