import JSON
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct FactMediaTests {
    static let observed = #"""
        {"load_count":110734,"play_count":43810,"play_rate":0.43503941167769067,"hours_watched":2651.986969632,
         "engagement":0.500445,"visitors":94642}
        """#

    @Test func `types the counters and takes media and time from the exchange`() {
        let rows = build([(Self.observed, makeOrigin(subject: "v08dlrgr7v"))])
        #expect(
            rows.batch.lines == [
                "v08dlrgr7v|110734|43810|0.43503941167769067|2651.986969632|0.500445|94642|1767837600000000|20461"
            ])
        #expect(rows.ledger == TableLedger(read: 1, accepted: 1))
        rows.expectSound(FactMedia.table)
    }

    @Test func `takes whole hours, and ratios of nothing as null`() {
        let body =
            #"{"load_count":0,"play_count":0,"play_rate":null,"hours_watched":0,"engagement":null,"visitors":0,"actions":[1]}"#
        let rows = build([(body, makeOrigin(subject: "m"))])
        #expect(rows.batch.lines == ["m|0|0|-|0.0|-|0|1767837600000000|20461"])
        #expect(rows.unknownFields.isEmpty)
        rows.expectSound(FactMedia.table)
    }

    @Test(arguments: [
        (#""load_count":1,"#, "", "load_count: must be a whole number of 64 bits (absent)"),
        (#""play_count":2"#, #""play_count":2.5"#, "play_count: must be a whole number of 64 bits (number)"),
        (#""play_rate":0.5,"#, "", "play_rate: must be a number or null (absent)"),
        (#""play_rate":0.5"#, #""play_rate":"0.5""#, "play_rate: must be a number or null (string)"),
        (#""hours_watched":1"#, #""hours_watched":null"#, "hours_watched: must be a number (null)"),
        (#""engagement":1,"#, "", "engagement: must be a number or null (absent)"),
        (#""engagement":1"#, #""engagement":{}"#, "engagement: must be a number or null (object)"),
        (#""visitors":3"#, #""visitors":[3]"#, "visitors: must be a whole number of 64 bits (array)"),
    ])
    func `refuses counters that cannot be typed`(part: String, replacement: String, refusal: String) {
        let body =
            #"{"load_count":1,"play_count":2,"play_rate":0.5,"hours_watched":1,"engagement":1,"visitors":3}"#
        let rows = build([
            (body, makeOrigin(subject: "a")),
            (
                body.replacing(part, with: replacement),
                makeOrigin(part: "raw/0002.jsonl.gz", line: 9, subject: "b")
            ),
            (body, makeOrigin(subject: "c")),
        ])
        #expect(rows.refusals == ["0 \(refusal)"])
        #expect(rows.rejected.map(\.partKey) == ["raw/0002.jsonl.gz"])
        #expect(rows.rejected.map(\.line) == [9])
        #expect(rows.batch.lines.map { $0.prefix(1) } == ["a", "c"])
        #expect(rows.ledger == TableLedger(read: 3, accepted: 2, quarantined: 1))
        rows.expectSound(FactMedia.table)
    }

    @Test(arguments: [("[]", "array"), ("null", "null"), ("\"\"", "string")])
    func `refuses a body that is no object`(body: String, type: String) {
        #expect(build([(body, makeOrigin(subject: "m"))]).refusals == ["0 body: must be an object (\(type))"])
    }

    @Test(arguments: [nil, ""]) func `refuses an answer whose exchange names no media`(media: String?) {
        let rows = build([(Self.observed, makeOrigin(subject: media))])
        #expect(rows.refusals == ["0 media_id: must be named by the exchange (absent)"])
    }

    @Test
    func
        `keeps the newest exchange of all of the day's runs, and the first run's row where the second failed`()
    {
        func body(_ loads: Int) -> String { Self.observed.replacing("110734", with: "\(loads)") }
        let deliveries = [
            (body(1), makeOrigin(answeredAt: 10, subject: "a")),
            (body(2), makeOrigin(answeredAt: 10, subject: "b")),
            (body(3), makeOrigin(answeredAt: 20, subject: "a")),
            ("{}", makeOrigin(answeredAt: 21, subject: "b")),
            (body(5), makeOrigin(answeredAt: 20, subject: "a")),
        ]
        for order in [deliveries, deliveries.reversed()] {
            let rows = build(order)
            #expect(rows.batch.columns[1].text(0) == "5")
            #expect(rows.batch.columns[1].text(1) == "2")
            #expect(rows.ledger == TableLedger(read: 5, accepted: 2, duplicate: 2, quarantined: 1))
            rows.expectSound(FactMedia.table)
        }
    }

    @Test(.enabled(if: WistiaSamples.areExpected)) func `types every recorded answer`() throws {
        var builder = makeBuilder(of: FactMedia.table)
        try JSONParser().withDocument(try WistiaSamples.read("observed/media_stats_snapshots.json")) { root in
            for (line, snapshot) in (try #require(root.array)).enumerated() {
                builder.append(
                    try #require(snapshot.member("response")),
                    from: makeOrigin(line: line, subject: try #require(snapshot.member("media_id")?.string)))
            }
        }
        try JSONParser().withDocument(try WistiaSamples.read("official-docs-2016/stats_media_show.json")) {
            builder.append($0, from: makeOrigin(subject: "docs"))
        }
        let rows = builder.finish()
        #expect(rows.refusals == [])
        #expect(rows.unknownFields.isEmpty)
        #expect(rows.ledger == TableLedger(read: 6, accepted: 4, duplicate: 2))
        #expect(
            rows.batch.lines.first?.hasPrefix("(v08dlrgr7v by value)|110694|43810|0.4350761882621468|")
                == true)
        rows.expectSound(FactMedia.table)
    }

    private func build(_ deliveries: [(String, Origin)]) -> TypedRows {
        WistiaTests.build(FactMedia.table, deliveries)
    }
}
