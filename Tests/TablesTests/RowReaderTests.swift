import JSON
import Parquet
import TestSupport
import Testing

@testable import Tables

struct RowReaderTests {
    static let table = Table(
        name: "things", layer: .silver, partitioning: .whole, grain: "thing", key: ["id"], upsert: Upsert(),
        deletion: Deletion(seenAt: "seen_at", withinSeconds: 0),
        columns: [
            Column("id", .string, from: "id", "The id."),
            Column(
                "name", .string, nullable: true, from: .firstMember(["title", "about.name", "alias"]),
                "A name."),
            Column("size", .int64, nullable: true, from: "about.size", unit: "bytes", "The size."),
            Column("rank", .int32, nullable: true, from: .presentMember("rank"), unit: "rank", "The rank."),
            Column("share", .double, nullable: true, from: "about.share.ratio", unit: "ratio", "A share."),
            Column("open", .boolean, nullable: true, from: "open", "Whether it is open."),
            Column("made_at", .timestampMicroseconds, nullable: true, from: "made", "When it was made."),
            Column("seen_at", .timestampMicroseconds, from: .answeredAt, "When it was seen."),
            Column("extraction_date", .date, from: .extractionDate, "The day."),
        ])

    static func reader(_ table: Table = table, ignoring: [String] = ["raw", "about.raw"]) -> RowReader {
        RowReader(table, ignoring: ignoring, TypingContext(extractionDate: 7, personalData: .keep))
    }

    static func read(_ text: String, as table: Table = table, subject: String? = nil) -> TypedRows {
        var reader = reader(table)
        reader.append(
            text, from: Origin(partKey: "p", line: 1, answeredAt: 5, subject: subject, isList: subject == nil)
        )
        return reader.finish()
    }

    /// One row, without id and what does not come from the record.
    static func values(_ members: String) -> String? {
        let rows = read(#"{"id":"i",\#(members)}"#)
        return rows.batch.lines.first?.split(separator: "|").dropFirst().dropLast(2).joined(separator: "|")
    }

    @Test func `types a record with every member`() {
        let rows = Self.read(
            #"""
            {"id":"i","title":"T","about":{"name":"N","size":9,"share":{"ratio":0.5},"raw":[1]},"rank":3,"open":true,
             "made":"1970-01-01T00:00:01Z","raw":{"anything":{}},"alias":"A"}
            """#)
        #expect(rows.batch.lines == ["i|T|9|3|0.5|true|1000000|5|7"])
        #expect(rows.unknownFields.isEmpty)
        #expect(rows.ledger == TableLedger(read: 1, accepted: 1))
    }

    @Test(arguments: [
        (#""rank":null"#, "-|-|-|-|-|-"),
        (#""rank":null,"about":null"#, "-|-|-|-|-|-"),
        (#""rank":null,"about":{}"#, "-|-|-|-|-|-"),
        (#""rank":null,"about":{"share":null,"size":null}"#, "-|-|-|-|-|-"),
        (#""rank":null,"about":{"share":{}}"#, "-|-|-|-|-|-"),
        (#""rank":1,"about":{"share":{"ratio":2}}"#, "-|-|1|2.0|-|-"),
        (#""rank":1.0e1,"open":null,"made":null"#, "-|-|10|-|-|-"),
    ])
    func `takes what is absent or null, or lies in what is, as null`(members: String, expected: String) {
        #expect(Self.values(members) == expected)
    }

    @Test(arguments: [
        (#""title":"T","about":{"name":"N"},"alias":"A""#, "T"),
        (#""alias":"A","about":{"name":"N"}"#, "N"),
        (#""title":null,"about":{"name":"","size":1},"alias":"A""#, "A"),
        (#""title":"","alias":"A""#, "A"),
        (#""title":"""#, "-"),
        (#""title":"","about":null,"alias":null"#, "-"),
    ])
    func `takes the first of several members that has a value`(members: String, expected: String) {
        #expect(
            Self.values(#""rank":null,"# + members)?.split(separator: "|").first.map(String.init) == expected)
    }

    @Test(arguments: [
        (#"{"rank":1}"#, "id: must be a string that is not empty (absent)"),
        (#"{"id":"i"}"#, "rank: must be a whole number of 32 bits or null (absent)"),
        (#"{"id":"i","rank":2147483648}"#, "rank: must be a whole number of 32 bits or null (number)"),
        (#"{"id":"i","rank":0.5}"#, "rank: must be a whole number of 32 bits or null (number)"),
        (#"{"id":"i","rank":1,"about":7}"#, "about: must be an object or null (number)"),
        (#"{"id":"i","rank":1,"about":[]}"#, "about: must be an object or null (array)"),
        (#"{"id":"i","rank":1,"about":{"share":"x"}}"#, "about.share: must be an object or null (string)"),
        (
            #"{"id":"i","rank":1,"about":{"share":{"ratio":"x"}}}"#,
            "about.share.ratio: must be a number or null (string)"
        ),
        (
            #"{"id":"i","rank":1,"about":{"size":""}}"#,
            "about.size: must be a whole number of 64 bits or null (string)"
        ),
        (#"{"id":"i","rank":1,"title":1}"#, "title: must be a string or null (number)"),
        (#"{"id":"i","rank":1,"title":"","alias":1}"#, "alias: must be a string or null (number)"),
        (
            #"{"id":"i","rank":1,"title":null,"about":{"name":{}}}"#,
            "about.name: must be a string or null (object)"
        ),
        (#"{"id":"i","rank":1,"open":"true"}"#, "open: must be true, false or null (string)"),
        (
            #"{"id":"i","rank":1,"made":""}"#,
            "made: must be an ISO 8601 timestamp with a zone or null (string)"
        ),
        ("[]", "body: must be an object (array)"),
        ("1", "body: must be an object (number)"),
    ])
    func `names what cannot be typed`(record: String, refusal: String) {
        let rows = Self.read("[\(record)]")
        #expect(rows.refusals == ["0 \(refusal)"])
        #expect(rows.ledger == TableLedger(read: 1, quarantined: 1))
    }

    @Test func `takes back a row that fails in any column, so that all columns stay equally long`() {
        let good = #"{"id":"a","title":"T","rank":1,"about":{"size":2,"share":{"ratio":3}},"open":true}"#
        let bad = [
            #""about":{"size":"x"}"#, #""rank":"x""#, #""about":{"share":{"ratio":"x"}}"#, #""open":"x""#,
            #""made":"x""#,
        ].map { #"{"id":"a longer id","title":"a longer title","rank":1,\#($0)}"# }
        let rows = Self.read("[\(bad.joined(separator: ",")),\(good),\(bad.joined(separator: ","))]")
        #expect(rows.batch.lines == ["a|T|2|1|3.0|true|-|5|7"])
        #expect(rows.ledger == TableLedger(read: 11, accepted: 1, quarantined: 10))
        #expect(rows.batch.columns.allSatisfy { $0.count == 1 })
    }

    @Test(arguments: [
        (#""title":"a","title":"b","rank":1"#, "b|-|1|-|-|-"),
        (#""rank":1,"title":"a","rank":null"#, "a|-|-|-|-|-"),
        (#""rank":"x","rank":2"#, "-|-|2|-|-|-"),
        (#""about":{"size":1,"size":2},"rank":1"#, "-|2|1|-|-|-"),
        // The last object alone counts, and not what an earlier one held besides.
        (#""about":{"name":"N","size":1,"share":{"ratio":1}},"about":{"size":2},"rank":1"#, "-|2|1|-|-|-"),
        (#""about":{"size":1},"about":null,"rank":1"#, "-|-|1|-|-|-"),
        (#""about":{"share":{"ratio":1},"share":{}},"rank":1"#, "-|-|1|-|-|-"),
    ])
    func `lets the last of two members of one name count`(members: String, expected: String) {
        #expect(Self.values(members) == expected)
    }

    @Test func `reads members in any order`() {
        #expect(
            Self.values(
                #""made":"1970-01-01T00:00:01Z","open":false,"about":{"share":{"ratio":1},"size":2},"rank":3"#
            )
                == "-|2|3|1.0|false|1000000")
    }

    @Test func `counts unknown names by path, also of refused rows, and not those that are ignored`() {
        let rows = Self.read(
            #"""
            [{"id":"i","rank":1,"raw":1,"about":{"raw":2,"new":3,"share":{"new":4}},"new":5,"new":6},
             {"new":{"deeper":1},"about":{"new":1}}]
            """#)
        #expect(rows.unknownFields == ["new": 3, "about.new": 2, "about.share.new": 1])
        #expect(rows.ledger == TableLedger(read: 2, accepted: 1, quarantined: 1))
    }

    /// The sighting keeps a row that the table has; a row without any key may be anybody's.
    @Test(arguments: [
        (#"{"id":"i","rank":"x"}"#, ["i": 5], true), (#"{"rank":"x","id":"i"}"#, ["i": 5], true),
        (#"{"id":"","rank":"x"}"#, [:], false), (#"{"id":1}"#, [:], false), ("7", [:], false),
        (#"{"id":"i","rank":1}"#, [:], true),
    ])
    func `notes the key of a row that cannot be typed`(record: String, seenAt: [String: Int64], areAll: Bool)
    {
        let rows = Self.read("[\(record)]")
        #expect(rows.sightings.seenAt == seenAt)
        #expect(rows.sightings.areAll == areAll)
    }

    static let figures = Table(
        name: "figures", layer: .silver, partitioning: .extractionDate, grain: "thing, day",
        key: ["id", "extraction_date"], upsert: Upsert(order: [.column("seen_at")]),
        columns: [
            Column("id", .string, from: .subject("thing_id"), "The id."),
            Column("count", .int64, from: "count", unit: "things", "How many."),
            Column("seen_at", .timestampMicroseconds, from: .answeredAt, "When the answer had arrived."),
            Column("extraction_date", .date, from: .extractionDate, "The day."),
        ])

    @Test(arguments: [nil, ""]) func `refuses a record whose line does not say what it is about`(
        subject: String?
    ) {
        let rows = Self.read(#"{"count":1}"#, as: Self.figures, subject: subject)
        #expect(rows.refusals == ["0 thing_id: must be named by the exchange (absent)"])
    }

    @Test func `takes what a line is about from the line`() {
        #expect(Self.read(#"{"count":1}"#, as: Self.figures, subject: "é").batch.lines == ["é|1|5|7"])
    }

    @Test(arguments: ["[]", #"[{"count":1}]"#, #"[{"count":1},{"count":2}]"#])
    func `refuses a list where one record was asked for`(body: String) {
        let rows = Self.read(body, as: Self.figures, subject: "i")
        #expect(rows.refusals == ["0 body: must be an object (array)"])
        #expect(rows.ledger == TableLedger(read: 1, quarantined: 1))
    }

    @Test func `keeps one row a key, the greatest`() {
        var reader = Self.reader(Self.figures)
        for (count, time) in [(3, 1), (1, 2), (2, 2), (9, 0)] as [(Int, Int64)] {
            reader.append(
                #"{"count":\#(count)}"#, from: Origin(partKey: "p", line: 1, answeredAt: time, subject: "i"))
        }
        let rows = reader.finish()
        #expect(rows.batch.lines == ["i|2|2|7"])
        #expect(rows.ledger == TableLedger(read: 4, accepted: 1, duplicate: 3))
        #expect(rows.firstAnsweredAt == 0)
    }

    @Test func `refuses rows that do not meet a rule of severity quarantine, after all columns were there`() {
        let table = Table(
            name: "spans", layer: .silver, partitioning: .whole, grain: "span", key: ["id"], upsert: Upsert(),
            columns: [
                Column("id", .string, from: "id", "The id."),
                Column(
                    "first", .int64, nullable: true, from: "span.first", unit: "s",
                    rules: [.notAfter("last", .quarantine), .atLeast(0, .quarantine), .within(0...5)],
                    "The first second."),
                Column("last", .int64, nullable: true, from: "span.last", unit: "s", "The last second."),
                Column(
                    "kind", .string, nullable: true, from: .firstMember(["kind", "type"]),
                    rules: [.oneOf(["a", "b"], .quarantine)], "The kind."),
            ])
        let rows = Self.read(
            #"""
            [{"id":"1","span":{"first":2,"last":1}},{"id":"2","span":{"first":-1,"last":1}},{"id":"3","kind":"c"},
             {"id":"4","type":"c"},{"id":"5","span":{"first":2,"last":2},"kind":"a"},{"id":"6","span":{"first":9}},
             {"id":"7"}]
            """#, as: table)
        #expect(
            rows.refusals == [
                "0 span.first: must be not after last (number)", "1 span.first: must be at least 0 (number)",
                "2 kind: must be one of a, b (string)", "3 type: must be one of a, b (string)",
            ])
        #expect(rows.batch.lines == ["5|2|2|a", "6|9|-|-", "7|-|-|-"])
        #expect(table.violations(in: rows.batch) == ["first from 0 to 5": 1])
    }
}
