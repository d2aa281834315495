import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

struct SilverStageTests {
    @Test func `ledgers add up and match what bronze kept`() async throws {
        let lake = try MemoryLake(visitors: 350)
        let key = try await lake.runBronze(day: 1)
        try await lake.runSilver(key)
        let commit = try lake.silverCommit(key)
        // Bronze reads the media list twice.
        #expect(commit.ledger["dim_media"] == TableLedger(read: 4, accepted: 2, duplicate: 2))
        #expect(commit.ledger["fact_media"] == TableLedger(read: 2, accepted: 2))
        #expect(commit.ledger["fact_media_engagement"] == TableLedger(read: 872, accepted: 872))
        #expect(commit.ledger["fact_visitors"] == TableLedger(read: 450, accepted: 350, duplicate: 100))
        #expect(try lake.rows(FactVisitors.table).rowCount == 350)
    }

    @Test func `day two adds the new visitors and changes the returning ones`() async throws {
        let lake = try MemoryLake(visitors: 1_200) {
            $0.newPerDay = 24
            $0.returningPerDay = 3
        }
        try await lake.runDay(1)
        let before = try lake.rows(FactVisitors.table)
        try await lake.runDay(2)
        let after = try lake.rows(FactVisitors.table)
        #expect(before.rowCount == 1_200)
        #expect(after.rowCount == 1_224)

        let key = FactVisitors.table.index(of: "visitor_key")
        let ingestedAt = FactVisitors.table.index(of: "ingested_at")
        let rowOfKey = Dictionary(
            uniqueKeysWithValues: zip(try after.strings(key).compactMap { $0 }, 0..<after.rowCount))
        let places = try before.strings(key).compactMap { $0 }.map { try #require(rowOfKey[$0]) }
        let same = after.gathered(at: places)
        var changed: Set<Int> = []
        for column in FactVisitors.table.columns.indices where column != ingestedAt {
            for row in 0..<before.rowCount
            where before.columns[column].gathered(at: [row]) != same.columns[column].gathered(at: [row]) {
                changed.insert(row)
            }
        }
        #expect(changed.count == 3)
        let times = zip(try before.int64s(ingestedAt), try same.int64s(ingestedAt))
        #expect(times.allSatisfy { old, new in old ?? .max <= new ?? .min })
    }

    @Test func `personal fields leave bronze hashed`() async throws {
        let lake = try MemoryLake(visitors: 200) { $0.identifiedPercent = 100 }
        try await lake.runSilver(try await lake.runBronze(day: 1))
        let emails = try lake.rows(FactVisitors.table).strings(FactVisitors.table.index(of: "email"))
        #expect(emails.allSatisfy { $0?.count == 64 && $0?.contains("@") == false })
        #expect(Set(emails).count == 200)
    }

    @Test func `a commit that names a missing part is refused with its key`() async throws {
        let lake = try MemoryLake()
        let key = try await lake.runBronze(day: 1)
        let part = try #require(try lake.bronzeCommit(key).parts.last)
        try await lake.store.delete(part.key, bucket: "bronze")
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(
            error?.description
                == "read s3://bronze/\(part.key) failed: the commit of run 20260108T020000Z-5eed0000 names it but it does not exist; restore it from the bucket's versions"
        )
        #expect(lake.store.objects(bucket: "silver").isEmpty)
    }

    @Test func `a part of another version is refused`() async throws {
        let lake = try MemoryLake()
        let key = try await lake.runBronze(day: 1)
        let part = try #require(try lake.bronzeCommit(key).parts.first)
        lake.store.seed(part.key, bucket: "bronze", body: try Gzip.compress([]))
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(error?.description.contains("names ETag \(part.etag), found") == true)
    }

    @Test func `an event for a commit that is not there is refused`() async throws {
        let lake = try MemoryLake()
        let error = await #expect(throws: LakeError.self) {
            try await lake.runSilver("commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json")
        }
        #expect(error?.description.contains("the event names it but it does not exist") == true)
    }

    @Test func `a few rows that cannot be typed are named in quarantine, without their values`() async throws
    {
        let lake = try MemoryLake(visitors: 200)
        let commitKey = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: commitKey, stream: .visitors) { text in
            text.replacing(/"load_count":\d+/, with: #""load_count":"secret value""#, maxReplacements: 3)
        }
        try await lake.runSilver(commitKey)
        let commit = try lake.silverCommit(commitKey)
        let ledger = try #require(commit.ledger["fact_visitors"])
        #expect(ledger.quarantined == 3)
        #expect(ledger.addsUp)
        let key = try #require(commit.quarantine["fact_visitors"])
        let object = try #require(lake.store.objects(bucket: "silver")[key])
        let lines = String(decoding: try Gzip.decompress(object), as: UTF8.self)
        #expect(lines.split(separator: "\n").count == 3)
        #expect(lines.contains(#""field":"load_count""#))
        #expect(lines.contains(#""found":"string""#))
        #expect(!lines.contains("secret value"))
    }

    @Test func `many rows that cannot be typed stop the run and name the field`() async throws {
        let lake = try MemoryLake(visitors: 200)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .visitors) { text in
            text.replacing(/"load_count":\d+/, with: #""load_count":"many""#, maxReplacements: 25)
        }
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(error?.description.contains("25 of 300 rows cannot be typed, in fields load_count;") == true)
        try expectRefused(lake, key)
    }

    /// Its answer says so, and nothing of it is in any table.
    private func expectRefused(_ lake: MemoryLake, _ key: String) throws {
        #expect(lake.commits("silver") == [key])
        let commit = try lake.silverCommit(key)
        #expect(commit.refused != nil)
        #expect(commit.outputs == [])
        #expect(
            lake.store.objects(bucket: "silver").keys.allSatisfy {
                $0.hasPrefix("quarantine/") || $0.hasPrefix("commits/")
            })
    }

    @Test func `one odd cell costs its media's answer and not the run`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .mediaEngagement) { text in
            text.replacing(/"engagement_data":\[\d+,/, with: #""engagement_data":[null,"#, maxReplacements: 1)
        }
        try await lake.runSilver(key)
        try await lake.runGold(key)
        #expect(
            try lake.silverCommit(key).ledger["fact_media_engagement"]
                == TableLedger(read: 872, accepted: 436, quarantined: 436))
        let table = FactMediaPerformance.table
        let points = try lake.rows(table, date: "2026-01-08").int64s(table.index(of: "engagement_points"))
        #expect(points.count { $0 == nil } == 1)
    }

    @Test func `engagement that is odd in every media stops the run`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .mediaEngagement) { text in
            text.replacing(/"rewatch_data":\[\d+,/, with: #""rewatch_data":["#)
        }
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(error?.errorType == "Function.SchemaChanged")
    }

    @Test func `stats that are odd in the account's only media stop the run`() async throws {
        var lake = try MemoryLake(visitors: 150)
        lake.environment["WISTIA_MEDIA_IDS"] = "gskhw4w4lm"
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .mediaStats) {
            $0.replacing(#""play_count":"#, with: #""plays":"#)
        }
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(error?.description.contains("1 of 1 rows cannot be typed, in fields play_count;") == true)
        try expectRefused(lake, key)
    }

    @Test func `an odd answer that two attempts read is one odd answer`() async throws {
        var lake = try MemoryLake(visitors: 150)
        lake.environment["WISTIA_MEDIA_IDS"] = "gskhw4w4lm"
        let key = try await lake.runBronze(day: 1)
        var commit = try lake.bronzeCommit(key)
        let index = try #require(commit.parts.firstIndex { $0.stream == .mediaEngagement })
        commit.parts[index].lines *= 2
        lake.store.seed(key, bucket: "bronze", body: try ObjectJSON.encode(commit))
        try lake.rewritePart(of: key, stream: .mediaEngagement) { text in
            let odd = text.replacing(/"engagement_data":\[\d+,/, with: #""engagement_data":[null,"#)
            return odd + odd
        } rows: {
            2 * $0
        }
        try await lake.runSilver(key)
        #expect(
            try lake.silverCommit(key).ledger["fact_media_engagement"]
                == TableLedger(read: 872, accepted: 0, quarantined: 872))
    }

    @Test func `unknown fields are counted and change nothing else`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .visitors) { text in
            text.replacing(#"{"visitor_key""#, with: #"{"mood":"good","visitor_key""#, maxReplacements: 7)
        }
        try await lake.runSilver(key)
        let commit = try lake.silverCommit(key)
        #expect(commit.unknownFields == ["fact_visitors": ["mood": 7]])
        #expect(commit.ledger["fact_visitors"]?.quarantined == 0)
    }

    /// Two deliveries at once: the slower one read the table before the faster one wrote it.
    @Test func `the loser of a race redoes its work on what the winner wrote`() async throws {
        let lake = try MemoryLake(visitors: 500)
        try await lake.runSilver(try await lake.runBronze(day: 1))
        let second = try await lake.runBronze(day: 2)
        let third = try await lake.runBronze(day: 3)
        let once = MemoryFlag()
        let table = "wistia/fact_visitors/part-0.parquet"
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key == table, once.raise() { try await lake.runSilver(third) }
        }
        try await lake.runSilver(second)
        lake.store.setBeforeHook(nil)

        let inOrder = try lake.withBronzeOnly()
        for key in inOrder.commits("bronze") { try await inOrder.runSilver(key) }
        #expect(lake.store.objects(bucket: "silver") == inOrder.store.objects(bucket: "silver"))
    }

    @Test(arguments: [
        Array(#"{"id":"a","time":"2026-01-08T02:00:00Z","source":"wistia"}"#.utf8),
        MemoryLake.notification(
            bucket: "bronze", key: "raw/wistia/media/extraction_date=2026-01-08/a-0001.jsonl.gz"),
        MemoryLake.notification(bucket: "other", key: "commits/wistia/2026-01-08/a.json"),
    ])
    func `refuses what is not a bronze commit`(event: [UInt8]) async throws {
        let function = try MemoryLake().silver()
        let error = await #expect(throws: LakeError.self) {
            _ = try await function.handle(event, deadline: nil)
        }
        #expect(error?.description.hasPrefix("silver refused") == true)
    }
}

extension MemoryLake {
    /// Changes the text of a stream's first part and makes the commit name the new version.
    func rewritePart(
        of commitKey: String, stream: Lake.Stream, _ change: (String) -> String,
        rows: (Int) -> Int = { $0 }
    ) throws {
        try replacePart(
            of: commitKey, stream: stream,
            {
                try Gzip.compress(
                    Array(change(String(decoding: try Gzip.decompress($0), as: UTF8.self)).utf8))
            }, rows: rows)
    }

    /// Changes the bytes of a stream's first part and makes the commit name the new version.
    func replacePart(
        of commitKey: String, stream: Lake.Stream, _ change: ([UInt8]) throws -> [UInt8],
        rows: (Int) -> Int = { $0 }
    ) throws {
        var commit = try bronzeCommit(commitKey)
        let index = try #require(commit.parts.firstIndex { $0.stream == stream })
        let key = commit.parts[index].key
        let bytes = try change(try #require(store.objects(bucket: "bronze")[key]))
        store.seed(key, bucket: "bronze", body: bytes)
        commit.parts[index].etag = MemoryObjectStore.etag(of: bytes).value
        let rowCount = commit.parts[index].rows
        commit.parts[index].rows = rows(rowCount)
        commit.ledger[stream.rawValue]?.rowsInParts += rows(rowCount) - rowCount
        store.seed(commitKey, bucket: "bronze", body: try ObjectJSON.encode(commit))
    }
}
