import HTTP
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Objects of a release that writes another format.
struct FormatVersionTests {
    private func rewrite(_ lake: MemoryLake, _ key: String, bucket: String, version: String) throws {
        let text = String(
            decoding: try #require(lake.store.objects(bucket: bucket)[key]), as: UTF8.self)
        let changed = text.replacing(/"version" : \d/, with: #""version" : \#(version)"#)
        try #require(changed != text)
        lake.store.seed(key, bucket: bucket, body: Array(changed.utf8))
    }

    private func refusal(_ key: String) -> LakeError {
        .unknownFormat(resource: key, found: 3, known: 2)
    }

    @Test func `silver and gold refuse a commit of another format and write nothing`() async throws {
        let lake = try MemoryLake(visitors: 120)
        let key = try await lake.runBronze(day: 1)
        try rewrite(lake, key, bucket: "bronze", version: "3")
        await #expect(throws: refusal("s3://bronze/\(key)")) { try await lake.runSilver(key) }
        #expect(lake.store.objects(bucket: "silver").isEmpty)

        let other = try MemoryLake(visitors: 120)
        try await other.runSilver(try await other.runBronze(day: 1))
        try rewrite(other, key, bucket: "silver", version: "3")
        await #expect(throws: refusal("s3://silver/\(key)")) { try await other.runGold(key) }
        #expect(other.store.objects(bucket: "gold").isEmpty)
    }

    @Test func `bronze refuses a continuation of another format`() async throws {
        let lake = try MemoryLake(visitors: 600) { $0.latency = .seed001(scale: 10) }
        _ = try await lake.bronze().handle(
            MemoryLake.schedule(day: 1), deadline: lake.time.now().adding(seconds: 100))
        let key = try #require(
            lake.store.objects(bucket: "bronze").keys.first { $0.hasPrefix("continuations/") })
        try rewrite(lake, key, bucket: "bronze", version: "3")
        let error = await #expect(throws: LakeError.self) {
            _ = try await lake.bronze().handle(
                MemoryLake.notification(bucket: "bronze", key: key), deadline: nil)
        }
        #expect(
            error?.description
                == "read s3://bronze/\(key) failed: it has format version 3, this release knows 1; "
                + "deploy the release that wrote it to all three functions")
        #expect(error?.errorType == "Function.UnknownFormat")
    }

    @Test func `bronze refuses to go on from a commit of another format`() async throws {
        let lake = try MemoryLake(visitors: 120)
        let key = try await lake.runBronze(day: 1)
        try await lake.store.delete("state/wistia.json", bucket: "bronze")
        try rewrite(lake, key, bucket: "bronze", version: "3")
        await #expect(throws: refusal("s3://bronze/\(key)")) { try await lake.runBronze(day: 2) }
        #expect(lake.commits("bronze") == [key])
    }

    @Test(arguments: [#""1""#, "null", "1.5"])
    func `a version that is no whole number makes the object unreadable`(version: String) async throws {
        let lake = try MemoryLake(visitors: 120)
        let key = try await lake.runBronze(day: 1)
        try rewrite(lake, key, bucket: "bronze", version: version)
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(
            error?.description.hasPrefix("read s3://bronze/\(key) failed: it is not a BronzeCommit:") == true)
    }
}
