import TestSupport
import Testing

@testable import Pipeline

/// What the scheduled reconciler finds when a notification got lost.
struct ReconcileTests {
    private static let event = Array(
        #"{"id":"r","time":"2026-01-09T06:00:00Z","reconcile":{"source":"wistia"}}"#.utf8)

    private func reconcileGold(_ lake: Lake) async throws -> [String] {
        let answer = try await lake.gold().handle(ReconcileTests.event, deadline: nil)
        return String(decoding: answer, as: UTF8.self).matches(of: /"commit" : "([^"]+)"/).map {
            String($0.1)
        }
    }

    @Test func `nothing is done while every commit is answered`() async throws {
        let lake = try Lake(visitors: 120)
        try await lake.runDay(1)
        lake.store.clearJournal()
        _ = try await lake.silver().handle(ReconcileTests.event, deadline: nil)
        #expect(try await reconcileGold(lake) == [])
        #expect(lake.store.journal.allSatisfy { [.list, .listFolders].contains($0.operation) })
    }

    @Test func `gold answers a commit that silver wrote again`() async throws {
        let lake = try Lake(visitors: 120)
        try await lake.runDay(1)
        try await lake.runDay(2)
        let commits = lake.commits("silver")
        // Silver answered again, which nobody told gold.
        try await lake.runSilver(commits[0])
        #expect(try await reconcileGold(lake) == [commits[0]])
        #expect(try await reconcileGold(lake) == [])
    }

    @Test func `silver answers a commit that was restored after its answer`() async throws {
        let lake = try Lake(visitors: 120)
        try await lake.runDay(1)
        let key = lake.commits("bronze")[0]
        let body = try #require(lake.store.objects(bucket: "bronze")[key])
        lake.store.seed(key, bucket: "bronze", body: body)
        lake.store.clearJournal()
        _ = try await lake.silver().handle(ReconcileTests.event, deadline: nil)
        #expect(lake.store.journal.contains(.init(.put, "silver", key)))
    }
}
