import AWS
import Foundation
import HTTP
import Tables
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// What silver says about objects that it cannot use, and what it makes of odd answers.
struct SilverBadInputTests {
    /// In messages `PART` stands for this key, `ETAG` for the part's, `COMMIT` for the commit's key.
    private static let visitorsPart =
        "raw/wistia/visitors/extraction_date=2026-01-08/20260108T020000Z-5eed0000-0001.jsonl.gz"

    private static func replacePart(_ change: @escaping @Sendable ([UInt8]) throws -> [UInt8])
        -> Damage.Change
    {
        { lake, key in try lake.replacePart(of: key, stream: .visitors, change) }
    }

    private static func rewriteText(_ change: @escaping @Sendable (String) -> String) -> Damage.Change {
        { lake, key in try lake.rewritePart(of: key, stream: .visitors, change) }
    }

    static let damages = [
        Damage(
            name: "a missing part",
            apply: { lake, _ in try await lake.store.delete(visitorsPart, bucket: "bronze") },
            message:
                "read s3://bronze/PART failed: the commit of run 20260108T020000Z-5eed0000 names it but it does not exist; restore it from the bucket's versions"
        ),
        Damage(
            name: "a part of another version",
            apply: { lake, _ in lake.store.seed(visitorsPart, bucket: "bronze", body: Array("other".utf8)) },
            message:
                "read s3://bronze/PART failed: the commit of run 20260108T020000Z-5eed0000 names ETag ETAG, found \"0a24ad61c2562a5530daf7c01066308c\"; restore that version"
        ),
        Damage(
            name: "a truncated gzip",
            apply: replacePart { Array($0.dropLast(200)) },
            message:
                "read s3://bronze/PART failed: its 9537 bytes are cut, damaged or no gzip; restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        ),
        Damage(
            name: "a part that is no gzip",
            apply: replacePart { _ in Array("{}\n".utf8) },
            message:
                "read s3://bronze/PART failed: its 3 bytes are cut, damaged or no gzip; restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        ),
        Damage(
            name: "JSON cut in the middle",
            apply: rewriteText { text in String(text.dropLast(3_000)) },
            message:
                "read s3://bronze/PART line 1 failed: parse JSON of 42922 bytes failed: a string is not closed, badly escaped or holds a control character; restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        ),
        Damage(
            name: "a line that is no exchange",
            apply: rewriteText { text in "[]\n" + text },
            message:
                "read s3://bronze/PART line 1 failed: expected an object, found array; restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        ),
        Damage(
            name: "a page that is not an array",
            apply: rewriteText { text in
                let line = text.prefix { $0 != "\n" }
                let head = line.prefix(upTo: (line.range(of: #""body":"#)?.upperBound) ?? line.endIndex)
                return head + #"{"error":"try later"}}"# + text.dropFirst(line.count)
            },
            message:
                "silver ledger of PART does not add up: its commit names 2 lines and 90 rows, the part holds 2 and 0; nothing was committed, please report this"
        ),
        Damage(
            name: "a missing commit",
            apply: { lake, key in try await lake.store.delete(key, bucket: "bronze") },
            message:
                "read s3://bronze/COMMIT failed: the event names it but it does not exist; restore it from the bucket's versions"
        ),
        Damage(
            name: "a commit cut in the middle",
            apply: Damage.replaceCommit(in: "bronze") { String($0.dropLast(100)) },
            message:
                "read s3://bronze/COMMIT failed: it is not a BronzeCommit: the JSON is cut or damaged; restore an earlier version of the object"
        ),
        Damage(
            name: "a commit without its ledger",
            apply: Damage.replaceCommit(in: "bronze") { $0.replacing(#""ledger""#, with: #""leger""#) },
            message:
                "read s3://bronze/COMMIT failed: it is not a BronzeCommit: it has no ledger; restore an earlier version of the object"
        ),
        Damage(
            name: "a commit that lists no part of visitors",
            apply: { lake, key in
                var commit = try lake.bronzeCommit(key)
                commit.parts.removeAll { $0.stream == .visitors }
                lake.store.seed(key, bucket: "bronze", body: try ObjectJSON.encode(commit))
            },
            message:
                "silver ledger of COMMIT does not add up: it counts 180 rows of visitors, the parts that it lists hold 0; nothing was committed, please report this"
        ),
        Damage(
            name: "25 visitors with a string where a number belongs",
            apply: rewriteText {
                $0.replacing(/"load_count":\d+/, with: #""load_count":"many""#, maxReplacements: 25)
            },
            message:
                "type fact_visitors of COMMIT failed: 25 of 180 rows cannot be typed, in fields load_count; the API's schema seems to have changed, see the quarantine"
        ),
        Damage(
            name: "every media's stats without plays",
            apply: { lake, key in
                try lake.rewritePart(of: key, stream: .mediaStats) {
                    $0.replacing(#""play_count":"#, with: #""plays":"#)
                }
            },
            message:
                "type fact_media of COMMIT failed: 2 of 2 rows cannot be typed, in fields play_count; the API's schema seems to have changed, see the quarantine"
        ),
    ]

    @Test(arguments: damages) func `it is an error that names the object and what to do, and nothing is lost`(
        damage: Damage
    ) async throws {
        let lake = try MemoryLake(visitors: 90)
        let key = try await lake.runBronze(day: 1)
        let sound = lake.copy()
        try await sound.runSilver(key)

        let bronze = lake.store.objects(bucket: "bronze")
        let etag = try #require(
            try lake.bronzeCommit(key).parts.first { $0.key == SilverBadInputTests.visitorsPart }
        ).etag
        try await damage.apply(lake, key)
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        let message = damage.message.replacing("PART", with: SilverBadInputTests.visitorsPart)
            .replacing("COMMIT", with: key).replacing("ETAG", with: etag)
        #expect(error?.description == message)
        // A refused commit has an answer that says so; nothing else is written but the quarantine.
        let isRefused = error?.errorType == "Function.SchemaChanged"
        #expect(lake.commits("silver") == (isRefused ? [key] : []))
        if isRefused { #expect(try lake.silverCommit(key).refused != nil) }
        #expect(lake.store.objects(bucket: "silver").keys.allSatisfy { !$0.hasPrefix("wistia/") })

        for (key, body) in bronze { lake.store.seed(key, bucket: "bronze", body: body) }
        try await lake.runSilver(key)
        let tables = { (lake: MemoryLake) in
            lake.store.objects(bucket: "silver").filter { !$0.key.hasPrefix("quarantine/") }
        }
        #expect(tables(lake) == tables(sound))
    }
}
