import JSON
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct DimMediaTests {
    @Test func `types a media of v1 with all that it may have`() {
        let rows = Self.build(
            #"""
            [{"id":181279,"hashed_id":"abcde12345","name":"Introducing","description":"<p>x</p>",
              "project":{"id":22570,"name":"Slimlist","hashed_id":"12345hdkbu"},"type":"Video","section":"Trailers",
              "status":"ready","progress":1.0,"thumbnail":{"url":"u","width":1,"height":2},"duration":126,
              "created":"2010-08-15T18:47:39+00:00","updated":"2010-08-21T21:47:00+00:00","assets":[{"url":"u"}],
              "embedCode":"<object/>","archived":false,"share_link":"https://example.wistia.com/medias/abcde12345"}]
            """#)
        #expect(
            rows.batch.lines == [
                "abcde12345|Introducing|https://example.wistia.com/medias/abcde12345|1281898059000000|1282427220000000|126.0"
                    + "|Video|ready|false|Slimlist|1767837600000000|20461"
            ])
        #expect(rows.unknownFields.isEmpty)
        rows.expectSound(DimMedia.table)
    }

    @Test func `types a media of the modern API, given as one object`() {
        let rows = Self.build(
            #"""
            {"id":1,"hashed_id":"gskhw4w4lm","progress":1.0,"type":"Video","archived":true,"name":"Ads","duration":435.456,
             "created":"2025-01-13T00:31:55+00:00","updated":"2025-05-01T14:46:32+00:00","description":"","protected":null,
             "status":"ready","section":"S","subfolder":{"hashed_id":"0","anything":1},"tags":[],"assets":[],
             "folder":{"id":2,"hashed_id":"1","name":"Folder"}}
            """#)
        #expect(
            rows.batch.lines == [
                "gskhw4w4lm|Ads|-|1736728315000000|1746110792000000|435.456|Video|ready|true|Folder|1767837600000000|20461"
            ])
        #expect(rows.unknownFields.isEmpty)
        rows.expectSound(DimMedia.table)
    }

    @Test func `takes what may be absent, null or empty as null`() {
        let rows = Self.build(
            "[\(Self.media("a")),"
                + Self.media(
                    "b",
                    with:
                        #","share_link":"","duration":null,"status":"","archived":null,"project":null,"folder":null"#
                )
                + ",\(Self.media("c", with: #","project":{},"folder":{"name":"F"}"#))"
                + ",\(Self.media("d", with: #","project":{"name":"P"},"folder":{"name":"F"}"#))]")
        #expect(
            rows.batch.lines == [
                "a|N|-|0|1000000|-|Audio|-|-|-|1767837600000000|20461",
                "b|N|-|0|1000000|-|Audio|-|-|-|1767837600000000|20461",
                "c|N|-|0|1000000|-|Audio|-|-|F|1767837600000000|20461",
                "d|N|-|0|1000000|-|Audio|-|-|P|1767837600000000|20461",
            ])
        rows.expectSound(DimMedia.table)
    }

    @Test(arguments: [
        (#"{"name":"N"}"#, "hashed_id: must be a string that is not empty (absent)"),
        (#"{"hashed_id":7}"#, "hashed_id: must be a string that is not empty (number)"),
        (#"{"hashed_id":"b","name":""}"#, "name: must be a string that is not empty (string)"),
        (media("b", with: #","created":null"#), "created: must be an ISO 8601 timestamp with a zone (null)"),
        (
            media("b", with: #","updated":"2010-02-30T00:00:00Z""#),
            "updated: must be an ISO 8601 timestamp with a zone (string)"
        ),
        (media("b", with: #","duration":"126""#), "duration: must be a number or null (string)"),
        (media("b", with: #","type":null"#), "type: must be a string that is not empty (null)"),
        (media("b", with: #","status":1"#), "status: must be a string or null (number)"),
        (media("b", with: #","archived":0"#), "archived: must be true, false or null (number)"),
        (media("b", with: #","share_link":[]"#), "share_link: must be a string or null (array)"),
        (media("b", with: #","project":"P""#), "project: must be an object or null (string)"),
        (media("b", with: #","folder":{"name":1}"#), "folder.name: must be a string or null (number)"),
        ("7", "body: must be an object (number)"),
    ])
    func `refuses a media that cannot be typed and keeps its neighbours`(row: String, refusal: String) {
        let rows = Self.build("[\(Self.media("c")),\(row),\(Self.media("a"))]")
        #expect(rows.refusals == ["1 \(refusal)"])
        #expect(rows.batch.lines.map { $0.prefix(1) } == ["a", "c"])
        #expect(rows.ledger == TableLedger(read: 3, accepted: 2, quarantined: 1))
        rows.expectSound(DimMedia.table)
    }

    @Test func `keeps each media's newest row of all of the day's runs`() {
        let first = (
            #"[\#(Self.media("a", name: "a1")),\#(Self.media("b", name: "b1"))]"#,
            makeOrigin(answeredAt: 1)
        )
        let second = (#"[\#(Self.media("a", name: "a2"))]"#, makeOrigin(answeredAt: 2))
        for order in [[first, second], [second, first], [first, second, first, second]] {
            let rows = WistiaTests.build(DimMedia.table, order)
            #expect(rows.batch.columns[1].text(0) == "a2")
            #expect(rows.batch.columns[1].text(1) == "b1")
            #expect(rows.ledger.accepted == 2)
            #expect(rows.ledger.duplicate == (order.count == 2 ? 1 : 4))
            rows.expectSound(DimMedia.table)
        }
    }

    @Test(
        .enabled(if: WistiaSamples.areExpected),
        arguments: [
            ("official-docs-2016/data_medias_show.json", "How They Work - Zappos", "167.0"),
            ("wistia-api-go/MediasShow.json", "How They Work - Zappos", "167.0"),
            ("vitorv-fixtures/media_metadata.json", "Sample VSL Youtube Paid Ads", "435.456"),
            ("wistiapy/test_media.json", "Introducing the Slimlist 2", "126.0"),
        ])
    func `types every recorded media`(path: String, title: String, duration: String) throws {
        var builder = makeBuilder(of: DimMedia.table)
        try JSONParser().withDocument(try WistiaSamples.read(path)) {
            builder.append($0, from: makeOrigin())
        }
        let rows = builder.finish()
        #expect(rows.refusals == [])
        #expect(rows.unknownFields.isEmpty)
        #expect(rows.batch.columns[1].text(0) == title)
        #expect(rows.batch.columns[5].text(0) == duration)
        rows.expectSound(DimMedia.table)
    }

    private static func build(_ body: String) -> TypedRows {
        WistiaTests.build(DimMedia.table, [(body, makeOrigin())])
    }

    /// The least that a media needs; members in `more` override these.
    static func media(_ id: String, name: String = "N", with more: String = "") -> String {
        #"{"hashed_id":"\#(id)","name":"\#(name)","type":"Audio","created":"1970-01-01T00:00:00Z","#
            + #""updated":"1970-01-01T00:00:01Z"\#(more)}"#
    }
}
