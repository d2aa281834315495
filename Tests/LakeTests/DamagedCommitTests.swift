import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// What a bronze commit that cannot be read means for the others.
struct DamagedCommitTests {
    /// Deletes a commit's first part of a stream; gives what was there.
    private func damage(_ lake: MemoryLake, _ commitKey: String, stream: Lake.Stream = .visitors) async throws
        -> (
            key: String, body: [UInt8]
        )
    {
        let part = try #require(try lake.bronzeCommit(commitKey).parts.first { $0.stream == stream })
        let body = try #require(lake.store.objects(bucket: "bronze")[part.key])
        try await lake.store.delete(part.key, bucket: "bronze")
        return (part.key, body)
    }

    private func cause(_ lake: MemoryLake, _ commitKey: String, _ partKey: String) throws -> String {
        let run = try lake.bronzeCommit(commitKey).runID
        return
            "read s3://bronze/\(partKey) failed: the commit of run \(run) names it but it does not exist; restore it from the bucket's versions"
    }

    private func expectSame(_ lake: MemoryLake, as other: MemoryLake) {
        for bucket in ["silver", "gold"] {
            let (objects, expected) = (
                lake.store.objects(bucket: bucket), other.store.objects(bucket: bucket)
            )
            #expect(Set(objects.keys) == Set(expected.keys))
            #expect(objects.filter { expected[$0.key] != $0.value }.keys.sorted() == [])
        }
    }

    @Test func `one that was never answered holds up nobody but itself`() async throws {
        let lake = try MemoryLake(visitors: 120)
        let first = try await lake.runBronze(day: 1)
        let damaged = try await lake.runBronzeAgain()
        let other = try await lake.runBronze(day: 2)
        let sound = lake.copy()
        try await sound.send(MemoryLake.reconcile, to: "silver")

        let part = try await damage(lake, damaged)
        let cause = try cause(lake, damaged, part.key)
        try await lake.runSilver(first)
        let all = await #expect(throws: LakeError.self) {
            try await lake.send(MemoryLake.reconcile, to: "silver")
        }
        #expect(
            all?.description == "silver failed for 1 of 2 commits, the others are done: \(damaged): \(cause)")
        #expect(lake.commits("silver") == [first, other])

        lake.store.seed(part.key, bucket: "bronze", body: part.body)
        try await lake.send(MemoryLake.reconcile, to: "silver")
        expectSame(lake, as: sound)
    }

    @Test
    func `one that was answered holds up the rebuild of its own day and no other, and the error names it`()
        async throws
    {
        let lake = try MemoryLake(visitors: 120)
        let first = try await lake.runBronze(day: 1)
        let damaged = try await lake.runBronzeAgain()
        let other = try await lake.runBronze(day: 2)
        try await lake.send(MemoryLake.reconcile, to: "silver")
        let sound = lake.copy()

        let part = try await damage(lake, damaged, stream: .mediaStats)
        let cause = try cause(lake, damaged, part.key)
        let blocked =
            "replace the tables of 2026-01-08 failed: they need the day's commit \(damaged) too: \(cause)"
        let error = await #expect(throws: LakeError.self) {
            try await lake.send(MemoryLake.reprocess(), to: "silver")
        }
        #expect(
            error?.description
                == "silver failed for 2 of 3 commits, the others are done: \(damaged): \(cause) | \(first): \(blocked)"
        )
        #expect(lake.commits("silver") == [first, damaged, other])
        expectSame(lake, as: sound)
        // A notification needs none of the others.
        try await lake.runSilver(first)

        lake.store.seed(part.key, bucket: "bronze", body: part.body)
        try await lake.send(MemoryLake.reprocess(), to: "silver")
        expectSame(lake, as: sound)
    }

    @Test(arguments: [1, 2])
    func
        `after a change of the mode the other days go on, every event says what is lacking, and it comes back`(
            damagedDay: Int
        ) async throws
    {
        // So many that only the first day's run reads them all: of older commits than two such runs no row can stay.
        var lake = try MemoryLake(visitors: 1_000) { $0.newPerDay = 5 }
        lake.environment["PII_MODE"] = "keep"
        for day in 1...2 { try await lake.runDay(day) }
        let damaged = lake.commits("bronze")[damagedDay - 1]
        let part = try await damage(lake, damaged)
        lake.environment["PII_MODE"] = "drop"

        let lacking = LakeError.rowsLacking(
            resource: "s3://silver/wistia/fact_visitors/part-0.parquet",
            failures: ["\(damaged): \(try cause(lake, damaged, part.key))"])
        for day in 3...4 {
            let commit = try await lake.runBronze(day: day)
            await #expect(throws: lacking) { try await lake.runSilver(commit) }
            try await lake.runGold(commit)
            let emails = try lake.rows(FactVisitors.table).strings(FactVisitors.table.index(of: "email"))
            #expect(emails.allSatisfy { $0 == nil })
        }
        #expect(
            lacking.description
                == "make s3://silver/wistia/fact_visitors/part-0.parquet anew failed in part: it lacks the rows of \(damaged): \(try cause(lake, damaged, part.key)); the next event brings in what is restored"
        )

        lake.store.seed(part.key, bucket: "bronze", body: part.body)
        try await lake.runDay(5)
        var replay = MemoryLake(lake, store: try lake.withBronzeOnly().store)
        replay.environment = lake.environment
        try await replay.send(MemoryLake.reprocess(), to: "silver")
        try await replay.send(MemoryLake.reprocess(), to: "gold")
        expectSame(lake, as: replay)
    }

    @Test func `a table of visitors that is gone is made anew, not begun anew`() async throws {
        // So many that the second day's run does not read them all.
        let lake = try MemoryLake(visitors: 1_000) { $0.newPerDay = 5 }
        try await lake.runDay(1)
        let sound = lake.copy()
        try await lake.store.delete("wistia/fact_visitors/part-0.parquet", bucket: "silver")
        let second = try await lake.runBronze(day: 2)
        for (key, body) in lake.store.objects(bucket: "bronze") {
            sound.store.seed(key, bucket: "bronze", body: body)
        }
        for lake in [lake, sound] {
            try await lake.runSilver(second)
            try await lake.runGold(second)
        }
        #expect(try lake.rows(FactVisitors.table).rowCount == 1_005)
        expectSame(lake, as: sound)
    }
}
