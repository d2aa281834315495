import AWS
import Foundation
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// A lake that the first release made: three days of it, with commits of version 1.
struct FirstReleaseTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/first-release")

    /// The lake as the first release left it, on the day after its last.
    private func makeLake() throws -> MemoryLake {
        var lake = try MemoryLake(visitors: 300) {
            $0.newPerDay = 24
            $0.returningPerDay = 3
        }
        lake.personalDataKey = String(
            decoding: try Data(contentsOf: FirstReleaseTests.folder.appending(path: "pii_key.json")),
            as: UTF8.self)
        for layer in ["bronze", "silver", "gold"] {
            for (key, body) in try FirstReleaseTests.objects(layer) {
                lake.store.seed(key, bucket: layer, body: body)
            }
        }
        // The stand-in for S3 makes other ETags of the same bytes.
        for key in lake.commits("bronze") {
            var text = String(
                decoding: try #require(lake.store.objects(bucket: "bronze")[key]), as: UTF8.self)
            for part in try lake.bronzeCommit(key).parts {
                let body = try #require(lake.store.objects(bucket: "bronze")[part.key])
                func quoted(_ etag: String) -> String { etag.replacing("\"", with: "\\\"") }
                text.replace(quoted(part.etag), with: quoted(MemoryObjectStore.etag(of: body).value))
            }
            lake.store.seed(key, bucket: "bronze", body: Array(text.utf8))
        }
        // Its answers had arrived on 2026-11-28.
        let day = try #require(Timestamp(rfc3339: "2026-11-29T02:00:00Z"))
        lake.time.advance(seconds: day.seconds(since: lake.time.now()))
        lake.store.clearJournal()
        return lake
    }

    private static func objects(_ layer: String) throws -> [String: [UInt8]] {
        let root = folder.appending(path: layer)
        var objects: [String: [UInt8]] = [:]
        let paths = try #require(FileManager.default.enumerator(atPath: root.path(percentEncoded: false)))
        for case let path as String in paths {
            let file = root.appending(path: path)
            guard let data = try? Data(contentsOf: file) else { continue }
            objects[path] = Array(data)
        }
        return objects
    }

    @Test func `it goes on without reprocess, from the watermark, and reads nothing of the past`()
        async throws
    {
        let lake = try makeLake()
        let old = Set(lake.store.objects(bucket: "bronze").keys)
        try await lake.runDay(4)
        let commit = try #require(lake.commits("bronze").last)
        #expect(try !lake.bronzeCommit(commit).isFullCrawl)
        #expect(try lake.bronzeCommit(commit).crawl.lastFullCrawl == "2026-01-08")
        #expect(try lake.rows(FactVisitors.table).rowCount == 300 + 3 * 24)
        #expect(
            Set(
                lake.store.journal.filter {
                    $0.operation == .get && $0.bucket == "bronze" && old.contains($0.key)
                }
                .map(\.key)) == ["state/wistia.json"])
        // The change since the last day that the first release had.
        let changes = try lake.rows(MediaDailyChange.table, date: "2026-01-11")
        let dates = changes.columns[MediaDailyChange.table.index(of: "previous_extraction_date")]
        #expect(dates.values == .int32([20_463, 20_463]))
        #expect(try lake.rows(FactAudienceInsights.table).rowCount == 300 + 3 * 24)
        // The index of days was made from all of them.
        let days = try lake.rows(MediaDays.table)
        #expect(days.columns[1].values == .int32([20_461, 20_461]))
        #expect(days.columns[2].values == .int32([20_464, 20_464]))
    }

    @Test func `a reprocess gives the tables of a fresh lake, and then it goes on like one`() async throws {
        let lake = try makeLake()
        let fresh = MemoryLake(lake, store: lake.store.copy(of: "bronze"))
        for commit in fresh.commits("bronze") {
            try await fresh.runSilver(commit)
            try await fresh.runGold(commit)
        }
        for layer in ["silver", "gold"] { try await lake.send(MemoryLake.reprocess(), to: layer) }
        expectSame(lake, fresh)
        let last = try await lake.runBronze(day: 4)
        for (key, body) in lake.store.objects(bucket: "bronze") {
            fresh.store.seed(key, bucket: "bronze", body: body)
        }
        for lake in [lake, fresh] {
            try await lake.runSilver(last)
            try await lake.runGold(last)
        }
        expectSame(lake, fresh)
    }

    private func expectSame(_ lake: MemoryLake, _ other: MemoryLake) {
        for bucket in ["silver", "gold"] {
            let (objects, others) = (lake.store.objects(bucket: bucket), other.store.objects(bucket: bucket))
            let different = Set(objects.keys).union(others.keys).filter { objects[$0] != others[$0] }
            #expect(different.sorted() == [])
        }
    }

    /// The rows are the same in every table, and the bytes where the layout did not change on purpose: dim_media has a column
    /// more, fact_visitors tells its complete readings under another name, audience_summary says that nulls come first.
    @Test func `the same bronze gives the same rows as in the first release`() async throws {
        let lake = try makeLake()
        let fresh = MemoryLake(lake, store: lake.store.copy(of: "bronze"))
        for commit in fresh.commits("bronze") {
            try await fresh.runSilver(commit)
            try await fresh.runGold(commit)
        }
        var compared = 0
        for layer in ["silver", "gold"] {
            let made = fresh.store.objects(bucket: layer)
            for (key, body) in lake.store.objects(bucket: layer) where key.hasSuffix(".parquet") {
                let bytes = try #require(made[key])
                let expected = try ParquetReader(body)
                let found = try ParquetReader(bytes)
                #expect(
                    try found.read(columns: expected.schema.fields.map(\.name)) == expected.read(), "\(key)")
                let isChanged = ["dim_media", "fact_visitors", "audience_summary"].contains {
                    key.contains("/\($0)/")
                }
                #expect((bytes == body) == !isChanged, "\(key)")
                compared += 1
            }
        }
        #expect(compared == 30)
    }
}
