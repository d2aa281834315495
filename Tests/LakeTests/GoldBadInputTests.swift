import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// What gold says about objects of silver that it cannot use.
struct GoldBadInputTests {
    /// In messages `COMMIT` stands for the commit's key, `FACTS` for this one.
    private static let facts = "wistia/fact_media/extraction_date=2026-01-08/part-0.parquet"

    private static func replaceFacts(
        _ change: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) -> Damage.Change {
        { lake, _ in
            let bytes = try #require(lake.store.objects(bucket: "silver")[facts])
            lake.store.seed(facts, bucket: "silver", body: try change(bytes))
        }
    }

    static let damages = [
        Damage(
            name: "a missing commit",
            apply: { lake, key in try await lake.store.delete(key, bucket: "silver") },
            message:
                "read s3://silver/COMMIT failed: the event names it but it does not exist; restore it from the bucket's versions"
        ),
        Damage(
            name: "a commit cut in the middle",
            apply: Damage.replaceCommit(in: "silver") { String($0.dropLast(100)) },
            message:
                "read s3://silver/COMMIT failed: it is not a SilverCommit: the JSON is cut or damaged; restore an earlier version of the object"
        ),
        Damage(
            name: "a missing table",
            apply: { lake, _ in try await lake.store.delete(facts, bucket: "silver") },
            message:
                "read s3://silver/FACTS failed: its silver commit names it but it does not exist; restore it from the bucket's versions"
        ),
        Damage(
            name: "a table that is cut", apply: replaceFacts { Array($0.dropLast(100)) },
            message:
                "read s3://silver/FACTS failed: it is not a file of fact_media: read parquet failed: the file does not start and end with PAR1; the file is damaged, fetch or write it again; let silver reprocess its day, which makes it anew"
        ),
        Damage(
            name: "a table with a damaged page",
            apply: replaceFacts { bytes in
                var bytes = bytes
                for index in 40..<60 { bytes[index] ^= 0x55 }
                return bytes
            },
            message:
                "read s3://silver/FACTS failed: it is not a file of fact_media: read parquet row group 0 column \"media_id\" page 0 failed: the checksum is N where the header says N; the file is damaged, fetch or write it again; let silver reprocess its day, which makes it anew"
        ),
        Damage(
            name: "a table of other columns",
            apply: replaceFacts { _ in
                try ParquetFile.encode(
                    schema: Schema([.init("media_id", .string)]),
                    batch: ColumnBatch(rowCount: 0, columns: [ColumnVector(.bytes(ByteColumn()))]))
            },
            message:
                "read s3://silver/FACTS failed: it is not a file of fact_media: its columns are media_id string; let silver reprocess its day, which makes it anew"
        ),
        Damage(
            name: "a table that lacks rows of the commit",
            apply: replaceFacts { bytes in
                let rows = try TableFile(bytes, of: FactMedia.table, resource: facts).rows()
                return try TableFile.encode(rows.gathered(at: [0]), as: FactMedia.table)
            },
            message:
                "gold ledger of fact_media does not add up: run 20260108T020000Z-5eed0000 accepted 2 rows, the table holds 1; nothing was committed, please report this"
        ),
    ]

    @Test(arguments: damages) func `it is an error that names the object and what to do, and nothing is lost`(
        damage: Damage
    ) async throws {
        let lake = try MemoryLake(visitors: 120)
        let key = try await lake.runBronze(day: 1)
        try await lake.runSilver(key)
        let sound = lake.copy()
        try await sound.runGold(key)

        let silver = lake.store.objects(bucket: "silver")
        try await damage.apply(lake, key)
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(key) }
        let message = damage.message.replacing("COMMIT", with: key)
            .replacing("FACTS", with: GoldBadInputTests.facts)
        // The checksums are those of whatever the encoder makes of the rows today.
        #expect(error?.description.replacing(/(is|says) \d{5,}/, with: { "\($0.1) N" }) == message)
        #expect(lake.commits("gold").isEmpty)

        for (key, body) in silver { lake.store.seed(key, bucket: "silver", body: body) }
        try await lake.runGold(key)
        #expect(lake.store.objects(bucket: "gold") == sound.store.objects(bucket: "gold"))
    }

    @Test(arguments: [facts, "wistia/fact_visitors/part-0.parquet"])
    func `silver makes a damaged table anew, and gold follows`(table: String) async throws {
        // So many that the second day's run does not read them all.
        let lake = try MemoryLake(visitors: 1_000) { $0.newPerDay = 5 }
        for day in 1...2 { try await lake.runDay(day) }
        let sound = lake.copy()
        lake.store.seed(table, bucket: "silver", body: Array("PAR1PAR1".utf8))
        let commit = lake.commits("silver")[0]
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(commit) }
        #expect(error?.errorType == "Function.UnreadableTable")
        try await lake.send(MemoryLake.reprocess(from: "2026-01-08", to: "2026-01-08"), to: "silver")
        try await lake.runGold(commit)
        for bucket in ["silver", "gold"] {
            #expect(lake.store.objects(bucket: bucket) == sound.store.objects(bucket: bucket))
        }
    }
}
