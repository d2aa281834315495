import HTTP
import Tables
import Testing

@testable import Lake
@testable import Wistia

struct ObjectLayoutTests {
    private func makeRun() throws -> Run {
        Run(
            source: "wistia", eventID: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
            eventTime: try #require(Timestamp(rfc3339: "2026-01-08T02:00:00Z")))
    }

    @Test func `a run is named by its event's time and id`() throws {
        let run = try makeRun()
        #expect(run.id == "20260108T020000Z-53dc4d37")
        #expect(run.extractionDate.description == "2026-01-08")
    }

    @Test(arguments: ["by hand", "53dc4d37", "00000000-0000-0000-0000-00000000000g", ""])
    func `an event id that is no UUID is hashed`(id: String) throws {
        let time = try #require(Timestamp(rfc3339: "2026-01-08T23:59:59Z"))
        let tag = try #require(
            Run(source: "wistia", eventID: id, eventTime: time).id.split(separator: "-").last)
        #expect(tag.count == 8)
        #expect(tag.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }

    @Test func `keys are as the design lays them out`() throws {
        let run = try makeRun()
        #expect(
            ObjectLayout.partKey(stream: .mediaStats, run: run, number: 1)
                == "raw/wistia/media_stats/extraction_date=2026-01-08/20260108T020000Z-53dc4d37-0001.jsonl.gz"
        )
        #expect(
            ObjectLayout.partKey(stream: .media, run: run, number: 12, format: "csv", isGzip: false)
                == "raw/wistia/media/extraction_date=2026-01-08/20260108T020000Z-53dc4d37-0012.csv")
        #expect(
            ObjectLayout.commitKey(run: run) == "commits/wistia/2026-01-08/20260108T020000Z-53dc4d37.json")
        #expect(
            ObjectLayout.continuationKey(run: run, number: 2)
                == "continuations/wistia/20260108T020000Z-53dc4d37/0002.json")
        #expect(ObjectLayout.stateKey(source: "wistia") == "state/wistia.json")
        #expect(
            ObjectLayout.partitionKey(
                source: "wistia", table: "dim_media", partition: .extractionDate(run.extractionDate))
                == "wistia/dim_media/extraction_date=2026-01-08/part-0.parquet")
        #expect(
            ObjectLayout.partitionKey(source: "wistia", table: "fact_visitors", partition: .whole)
                == "wistia/fact_visitors/part-0.parquet")
        #expect(
            ObjectLayout.quarantineKey(table: "fact_visitors", run: run)
                == "quarantine/wistia/fact_visitors/extraction_date=2026-01-08/20260108T020000Z-53dc4d37.jsonl.gz"
        )
    }

    @Test func `a commit's key gives its run back`() throws {
        let run = try makeRun()
        #expect(ObjectLayout.run(ofCommitKey: ObjectLayout.commitKey(run: run)) == run)
    }

    @Test(arguments: [
        "commits/wistia/2026-01-08", "commits/wistia/2026-13-08/a.json", "commits/wistia/2026-01-08/a.txt",
        "raw/wistia/2026-01-08/a.json", "commits/wistia/2026-01-08/a/b.json", "",
        "commits/wistia/2026-01-08/zzz.json", "commits/wistia/2026-01-09/20260108T020000Z-53dc4d37.json",
        "commits/wistia/2026-01-08/20260108T020000Z-53DC4D37.json",
    ])
    func `other keys are no commits`(key: String) {
        #expect(ObjectLayout.run(ofCommitKey: key) == nil)
    }

    @Test(
        arguments: [
            ("p-0012.jsonl.gz", 12), ("p-10000.jsonl.gz", 10_000), ("p-12.jsonl.gz", nil),
            ("p-00x2.jsonl.gz", nil), ("q-0012.jsonl.gz", nil),
        ] as [(String, Int?)])
    func `a part's number stands in its key`(key: String, number: Int?) {
        #expect(ObjectLayout.partNumber(ofKey: key, prefix: "p-") == number)
    }

    @Test(
        arguments: [
            ("p-0012.csv", 12, "csv", false), ("p-0012.csv.gz", nil, "csv", false),
            ("p-0012.csv.gz", 12, "csv", true), ("p-0012.jsonl", nil, "csv", false),
        ] as [(String, Int?, String, Bool)])
    func `a part's key says whether it is gzipped`(key: String, number: Int?, format: String, isGzip: Bool) {
        #expect(ObjectLayout.partNumber(ofKey: key, prefix: "p-", format: format, isGzip: isGzip) == number)
    }
}
