import JSON
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct FactMediaEngagementTests {
    @Test func `makes a row of each cell`() {
        let rows = build([
            (
                #"{"engagement":0.75,"engagement_data":[154,152],"rewatch_data":[13,17]}"#,
                makeOrigin(subject: "m")
            )
        ])
        #expect(
            rows.batch.lines == [
                "m|1767837600000000|0|154|13|0.75|20461", "m|1767837600000000|1|152|17|0.75|20461",
            ])
        #expect(rows.ledger == TableLedger(read: 2, accepted: 2))
        rows.expectSound(FactMediaEngagement.table)
    }

    @Test(arguments: [
        ("[1,2,3]", "[1]", "rewatch_data", [1: "absent", 2: "absent"], 1),
        ("[1]", "[1,2,3]", "engagement_data", [1: "absent", 2: "absent"], 1),
        ("[]", "[1,2,3]", "engagement_data", [0: "absent", 1: "absent", 2: "absent"], 0),
        ("[1,null,3]", "[1,2,3]", "engagement_data", [1: "null"], 1),
        ("[1,2,3]", "[1,2,\"3\"]", "rewatch_data", [2: "string"], 2),
        ("[1,2.5,{}]", "[1,2,3]", "engagement_data", [1: "number", 2: "object"], 1),
        ("[[],2,3]", "[1,2,3]", "engagement_data", [0: "array"], 0),
    ])
    func `refuses every cell of an answer where one is missing or no whole number`(
        watched: String, rewatched: String, field: String, types: [Int: String], first: Int
    ) {
        let rows = build([
            (
                #"{"engagement":1,"engagement_data":\#(watched),"rewatch_data":\#(rewatched)}"#,
                makeOrigin(subject: "m")
            )
        ])
        #expect(
            rows.refusals
                == (0..<3).map { cell in
                    guard let type = types[cell] else {
                        return
                            "\(cell) \(field): must be in an answer of sound cells only, of which cell \(first) is not (number)"
                    }
                    return "\(cell) \(field): must have a whole number of 64 bits for each cell (\(type))"
                })
        #expect(rows.batch.rowCount == 0)
        #expect(rows.ledger == TableLedger(read: 3, quarantined: 3))
        rows.expectSound(FactMediaEngagement.table)
    }

    @Test func `names each field that fails, once a cell`() {
        let rows = build([
            (
                #"{"engagement":1,"engagement_data":[1,"2",3],"rewatch_data":[null,null,0]}"#,
                makeOrigin(subject: "m")
            )
        ])
        #expect(
            rows.refusals == [
                "0 rewatch_data: must have a whole number of 64 bits for each cell (null)",
                "1 engagement_data: must have a whole number of 64 bits for each cell (string)",
                "2 rewatch_data: must be in an answer of sound cells only, of which cell 0 is not (number)",
            ])
    }

    @Test(arguments: [
        ("{}", "engagement: must be a number or null (absent)"),
        (
            #"{"engagement":"1","engagement_data":[1],"rewatch_data":[1]}"#,
            "engagement: must be a number or null (string)"
        ),
        (#"{"engagement":1}"#, "engagement_data: must be an array (absent)"),
        (
            #"{"engagement":1,"engagement_data":null,"rewatch_data":[]}"#,
            "engagement_data: must be an array (null)"
        ),
        (#"{"engagement":1,"engagement_data":[1]}"#, "rewatch_data: must be an array (absent)"),
        (
            #"{"engagement":1,"engagement_data":[1],"rewatch_data":{}}"#,
            "rewatch_data: must be an array (object)"
        ),
        ("[]", "body: must be an object (array)"),
    ])
    func `refuses an answer without arrays as one row`(body: String, refusal: String) {
        let rows = build([(body, makeOrigin(subject: "m"))])
        #expect(rows.refusals == ["0 \(refusal)"])
        #expect(rows.ledger == TableLedger(read: 1, quarantined: 1))
        rows.expectSound(FactMediaEngagement.table)
    }

    @Test func `refuses an answer whose exchange names no media`() {
        let rows = build([(#"{"engagement":1,"engagement_data":[1],"rewatch_data":[1]}"#, makeOrigin())])
        #expect(rows.refusals == ["0 media_id: must be named by the exchange (absent)"])
    }

    @Test func `takes a media that nobody played, and engagement that is null`() {
        let rows = build([
            (
                #"{"engagement":null,"engagement_data":[],"rewatch_data":[],"beta":1}"#,
                makeOrigin(subject: "a")
            ),
            (#"{"engagement":null,"engagement_data":[0],"rewatch_data":[0]}"#, makeOrigin(subject: "b")),
        ])
        #expect(rows.batch.lines == ["b|1767837600000000|0|0|0|-|20461"])
        #expect(rows.ledger == TableLedger(read: 1, accepted: 1))
        #expect(rows.unknownFields == ["beta": 1])
        rows.expectSound(FactMediaEngagement.table)
    }

    @Test func `lets a media's newest sound answer win as a whole`() {
        let deliveries = [
            (
                #"{"engagement":0.1,"engagement_data":[1,2,3],"rewatch_data":[0,0,0]}"#,
                makeOrigin(answeredAt: 10, subject: "b")
            ),
            (
                #"{"engagement":0.2,"engagement_data":[4,5],"rewatch_data":[1,1]}"#,
                makeOrigin(answeredAt: 20, subject: "b")
            ),
            (
                #"{"engagement":0.3,"engagement_data":[6],"rewatch_data":[0]}"#,
                makeOrigin(answeredAt: 10, subject: "a")
            ),
            // Newer, but with a cell that cannot be typed.
            (
                #"{"engagement":0.4,"engagement_data":[7,"x",7],"rewatch_data":[0,0,0]}"#,
                makeOrigin(answeredAt: 20, subject: "a")
            ),
            // Newer, but one array is shorter.
            (
                #"{"engagement":0.4,"engagement_data":[7,7],"rewatch_data":[0]}"#,
                makeOrigin(answeredAt: 30, subject: "b")
            ),
        ]
        for order in [deliveries, deliveries.reversed()] {
            let rows = build(order)
            #expect(
                rows.batch.lines == ["a|10|0|6|0|0.3|20461", "b|20|0|4|1|0.2|20461", "b|20|1|5|1|0.2|20461"])
            #expect(rows.ledger == TableLedger(read: 11, accepted: 3, duplicate: 3, quarantined: 5))
            rows.expectSound(FactMediaEngagement.table)
        }
    }

    @Test(.enabled(if: WistiaSamples.areExpected)) func `types the documented answer`() throws {
        var builder = makeBuilder(of: FactMediaEngagement.table)
        try JSONParser().withDocument(
            try WistiaSamples.read("official-docs-2016/stats_media_engagement.json")
        ) {
            builder.append($0, from: makeOrigin(subject: "m"))
        }
        let rows = builder.finish()
        #expect(rows.batch.columns[3].values == .int64([154, 152, 152, 151, 148]))
        #expect(rows.batch.columns[4].values == .int64([13, 17, 19, 19, 15]))
        #expect(rows.ledger == TableLedger(read: 5, accepted: 5))
    }

    private func build(_ deliveries: [(String, Origin)]) -> TypedRows {
        WistiaTests.build(FactMediaEngagement.table, deliveries)
    }
}
