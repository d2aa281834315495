import AWS
import HTTP
import Tables
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// A table of all days that cannot be replaced does not hide what else failed.
struct SharedTableFailureTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "the disk is full" }
    }

    /// Two days in bronze, and in silver if gold is to answer; the first day's commit cannot be answered.
    private func make(for layer: String) async throws -> (lake: MemoryLake, damaged: String, sound: String) {
        let lake = try MemoryLake(visitors: 120)
        let keys = [try await lake.runBronze(day: 1), try await lake.runBronze(day: 2)]
        if layer == "gold" { for key in keys { try await lake.runSilver(key) } }
        lake.store.seed(keys[0], bucket: layer == "gold" ? "silver" : "bronze", body: Array("{".utf8))
        return (lake, keys[0], keys[1])
    }

    private static let tables = [
        ("silver", "wistia/fact_visitors/part-0.parquet"),
        ("gold", "wistia/fact_audience_insights/part-0.parquet"),
    ]

    @Test(arguments: tables) func `both failures are named and no commit is written`(
        layer: String, table: String
    )
        async throws
    {
        let (lake, damaged, sound) = try await make(for: layer)
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key == table { throw Broken() }
        }
        let error = await #expect(throws: LakeError.self) {
            try await lake.send(MemoryLake.reprocess(), to: layer)
        }
        let text = try #require(error?.description)
        #expect(
            text.hasPrefix("\(layer) failed for 2 of 2 commits, the others are done: \(damaged): read s3://"))
        #expect(text.hasSuffix(" | \(sound): the disk is full"))
        #expect(lake.commits(layer) == [])
    }

    @Test(arguments: tables) func `a failure of nothing but the table is thrown as it is`(
        layer: String, table: String
    ) async throws {
        let lake = try MemoryLake(visitors: 120)
        for day in 1...2 {
            let key = try await lake.runBronze(day: day)
            if layer == "gold" { try await lake.runSilver(key) }
        }
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key == table { throw Broken() }
        }
        await #expect(throws: Broken.self) { try await lake.send(MemoryLake.reprocess(), to: layer) }
        #expect(lake.commits(layer) == [])
    }
}
