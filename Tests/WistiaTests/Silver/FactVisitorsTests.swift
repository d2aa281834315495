import Digest
import JSON
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct FactVisitorsTests {
    static let key = Array("an obviously fake key of 32 bytes".utf8)

    @Test func `types a visitor as the API sends one`() {
        let rows = build(
            #"""
            [{"visitor_key":"1767733_a","created_at":"2026-01-06T21:03:42.000Z","last_active_at":"2026-01-06T21:03:24.000Z",
              "last_event_key":"1767733_e","load_count":1,"play_count":2,"identifying_event_key":null,
              "visitor_identity":{"name":"","email":null,"org":{"name":null,"title":null}},
              "user_agent_details":{"browser":"Instagram","browser_version":"410","platform":"iOS (iPhone)","mobile":true}}]
            """#)
        #expect(
            rows.batch.lines == [
                "1767733_a|1767733422000000|1767733404000000|1767733_e|1|2|-|-|-|-|-|Instagram|410|iOS (iPhone)|true|1767837600000000"
            ])
        #expect(rows.ledger == TableLedger(read: 1, accepted: 1))
        #expect(rows.unknownFields.isEmpty)
        rows.expectSound(FactVisitors.table)
    }

    @Test(arguments: [
        (visitor(identity: "null"), "-|-|-|-|Chrome|45|mac|false"),
        (visitor(identity: "{}"), "-|-|-|-|Chrome|45|mac|false"),
        (visitor(identity: #"{"name":null,"email":"","org":null}"#), "-|-|-|-|Chrome|45|mac|false"),
        (
            visitor(identity: #"{"name":"Ann","email":" A@B.example ","org":{"name":"Lemons","title":""}}"#),
            "Ann| A@B.example |Lemons|-|Chrome|45|mac|false"
        ),
        (visitor(agent: "null"), "-|-|-|-|-|-|-|-"),
        (visitor(agent: "{}"), "-|-|-|-|-|-|-|-"),
        (
            visitor(agent: #"{"browser":"","browser_version":"","platform":null,"mobile":null}"#),
            "-|-|-|-|-|-|-|-"
        ),
        (
            visitor(without: ["visitor_identity", "user_agent_details", "identifying_event_key"]),
            "-|-|-|-|-|-|-|-"
        ),
    ])
    func `takes what may be absent, null or empty as null`(row: String, expected: String) {
        let rows = build("[\(row)]")
        #expect(rows.refusals == [])
        #expect(
            rows.batch.lines.map { $0.split(separator: "|")[7..<15].joined(separator: "|") } == [expected])
        rows.expectSound(FactVisitors.table)
    }

    @Test(arguments: [
        (visitor(without: ["visitor_key"]), "visitor_key: must be a string that is not empty (absent)"),
        (visitor(with: ["visitor_key": "\"\""]), "visitor_key: must be a string that is not empty (string)"),
        (visitor(with: ["visitor_key": "null"]), "visitor_key: must be a string that is not empty (null)"),
        (visitor(with: ["visitor_key": "7"]), "visitor_key: must be a string that is not empty (number)"),
        (
            visitor(with: ["created_at": "\"yesterday\""]),
            "created_at: must be an ISO 8601 timestamp with a zone (string)"
        ),
        (
            visitor(with: ["created_at": "1767733422"]),
            "created_at: must be an ISO 8601 timestamp with a zone (number)"
        ),
        (
            visitor(without: ["last_active_at"]),
            "last_active_at: must be an ISO 8601 timestamp with a zone (absent)"
        ),
        (
            visitor(with: ["last_event_key": "false"]),
            "last_event_key: must be a string that is not empty (boolean)"
        ),
        (visitor(with: ["load_count": "1.5"]), "load_count: must be a whole number of 64 bits (number)"),
        (visitor(with: ["load_count": "\"1\""]), "load_count: must be a whole number of 64 bits (string)"),
        (
            visitor(with: ["play_count": "18446744073709551615"]),
            "play_count: must be a whole number of 64 bits (number)"
        ),
        (
            visitor(with: ["identifying_event_key": "[]"]),
            "identifying_event_key: must be a string or null (array)"
        ),
        (visitor(identity: "[]"), "visitor_identity: must be an object or null (array)"),
        (visitor(identity: #"{"name":1}"#), "visitor_identity.name: must be a string or null (number)"),
        (visitor(identity: #"{"email":{}}"#), "visitor_identity.email: must be a string or null (object)"),
        (visitor(identity: #"{"org":"x"}"#), "visitor_identity.org: must be an object or null (string)"),
        (
            visitor(identity: #"{"org":{"title":true}}"#),
            "visitor_identity.org.title: must be a string or null (boolean)"
        ),
        (visitor(agent: "\"Chrome\""), "user_agent_details: must be an object or null (string)"),
        (
            visitor(agent: #"{"browser_version":45}"#),
            "user_agent_details.browser_version: must be a string or null (number)"
        ),
        (
            visitor(agent: #"{"mobile":"yes"}"#),
            "user_agent_details.mobile: must be true, false or null (string)"
        ),
        ("{}", "visitor_key: must be a string that is not empty (absent)"),
        ("null", "body: must be an object (null)"),
        ("[]", "body: must be an object (array)"),
    ])
    func `refuses a row that cannot be typed and keeps its neighbours`(row: String, refusal: String) {
        let rows = build("[\(Self.visitor("a")),\(row),\(Self.visitor("c"))]")
        #expect(rows.refusals == ["1 \(refusal)"])
        #expect(rows.batch.lines.map { $0.prefix(1) } == ["a", "c"])
        #expect(rows.ledger == TableLedger(read: 3, accepted: 2, quarantined: 1))
        #expect(rows.rejected.first?.partKey == "raw/0001.jsonl.gz")
        #expect(rows.rejected.first?.line == 1)
        rows.expectSound(FactVisitors.table)
    }

    @Test(arguments: [("\"text\"", "string"), ("7", "number"), ("null", "null"), ("true", "boolean")])
    func `counts a body that is no list as one refused row`(body: String, type: String) {
        let rows = build(body)
        #expect(rows.refusals == ["0 body: must be an object (\(type))"])
        #expect(rows.ledger == TableLedger(read: 1, quarantined: 1))
    }

    @Test func `makes nothing of an empty page`() {
        let rows = build("[]")
        #expect(rows.ledger == TableLedger())
        #expect(rows.batch.rowCount == 0)
        rows.expectSound(FactVisitors.table)
    }

    @Test func `reads members in any order and lets the last of two count`() {
        let rows = build(
            #"""
            {"user_agent_details":{"mobile":false,"browser":"Firefox"},"play_count":3.0,"load_count":9,"play_count":4,
             "last_event_key":"e","last_active_at":"2026-01-06T00:00:00Z","created_at":"2026-01-05T00:00:00Z","visitor_key":"v"}
            """#)
        #expect(
            rows.batch.lines == [
                "v|1767571200000000|1767657600000000|e|9|4|-|-|-|-|-|Firefox|-|-|false|1767837600000000"
            ])
    }

    @Test func `counts fields that it does not know, also in rows that it refuses`() {
        let rows = build(
            #"""
            [{"visitor_key":"v","tags":[1],"visitor_identity":{"phone":"1","org":{"size":2}},"user_agent_details":{"os":{}}},
             {"tags":null,"user_agent_details":{"os":1}}]
            """#)
        #expect(
            rows.unknownFields == [
                "tags": 2, "visitor_identity.phone": 1, "visitor_identity.org.size": 1,
                "user_agent_details.os": 2,
            ])
        #expect(rows.ledger == TableLedger(read: 2, quarantined: 2))
    }

    @Test func `bounds the names of unknown fields`() {
        let members =
            (0..<1_500).map { "\"field\($0)\":1" } + ["\"\(String(repeating: "x", count: 5_000))\":1"]
        let rows = build("{\(members.joined(separator: ","))}")
        #expect(rows.unknownFields.count == 1_001)
        #expect(rows.unknownFields["(others)"] == 501)
    }

    @Test(arguments: [
        // Of two that were under way at once the later activity, however late the other came.
        (Delivery(active: 5, answered: 100), Delivery(active: 6, answered: 50)),
        // The later answer, where the other had come before it can have been made.
        (Delivery(active: 6, answered: 100), Delivery(active: 0, answered: 907)),
        // Two that can have been made at the same moment: the activity, and then the arrival.
        (Delivery(active: 0, answered: 909), Delivery(active: 9, answered: 10)),
        (Delivery(active: 5, answered: 50), Delivery(active: 5, answered: 51)),
        // An activity later than the arrival counts as the arrival.
        (Delivery(active: 9, answered: 2), Delivery(active: 3, answered: 3)),
        // Where all times are equal, the other columns; where a row stands in bronze counts for nothing.
        (Delivery(), Delivery()),
        (Delivery(), Delivery(index: 1)), (Delivery(index: 1), Delivery()),
        (Delivery(), Delivery(part: "raw/0002.jsonl.gz")), (Delivery(part: "raw/0002.jsonl.gz"), Delivery()),
        (Delivery(), Delivery(line: 2)), (Delivery(line: 2), Delivery()),
    ])
    func `keeps the greatest of a visitor's rows, however they arrive`(lesser: Delivery, greater: Delivery) {
        let lines = [(lesser, "a lesser row"), (greater, "b greater row")].map { delivery, label in
            let row = Self.visitor(active: delivery.active, with: ["last_event_key": "\"\(label)\""])
            let others = (0..<delivery.index).map { _ in "{}," }.joined()
            let midnight: Int64 = 1_767_657_600_000_000
            let origin = makeOrigin(
                part: delivery.part, line: delivery.line, answeredAt: midnight + delivery.answered * 1_000_000
            )
            return ("[\(others)\(row)]", origin)
        }
        for deliveries in [lines, lines.reversed()] {
            let rows = WistiaTests.build(FactVisitors.table, deliveries)
            #expect(rows.batch.columns[3].text(0) == "b greater row")
            #expect(rows.ledger.accepted == 1)
            #expect(rows.ledger.duplicate == 1)
            #expect(rows.ledger.addsUp)
        }
    }

    @Test(arguments: 0..<20) func `makes the same of parts read side by side as of parts read in turn`(
        seed: Int
    ) throws {
        var generator = SeededGenerator(state: UInt64(seed))
        let deliveries = (1...6).map { part in
            let rows = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                let key = "abcde".randomElement(using: &generator).map(String.init) ?? ""
                let extra = Bool.random(using: &generator) ? ["tags": "1"] : [:]
                return Bool.random(using: &generator)
                    ? Self.visitor(
                        key, active: Int.random(in: 0...1, using: &generator),
                        with: extra.merging(["load_count": "\(Int.random(in: 0...99, using: &generator))"]) {
                            $1
                        })
                    : "{}"
            }
            let origin = makeOrigin(
                part: "raw/\(part).jsonl.gz", answeredAt: Int64.random(in: 0...1, using: &generator))
            return ("[\(rows.joined(separator: ","))]", origin)
        }
        func typed(_ part: some Sequence<(String, Origin)>) -> TypedRows {
            WistiaTests.build(FactVisitors.table, Array(part))
        }
        var shared = typed(deliveries[..<2])
        try shared.append(typed(deliveries[2..<3]), of: FactVisitors.table)
        try shared.append(typed(deliveries[3...]), of: FactVisitors.table)
        #expect(shared == typed(deliveries))
        var turned = typed(deliveries[3...].reversed())
        try turned.append(typed(deliveries[..<3]), of: FactVisitors.table)
        #expect(turned.batch == typed(deliveries).batch)
        #expect(turned.ledger == typed(deliveries).ledger)
    }

    @Test(arguments: 0..<300) func `survives damaged bytes with nothing unaccounted for`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let identity = #"{"name":"Ann \u00e9","email":"a@b.example","org":{"name":null,"title":""}}"#
        let rows = "abc".map { Self.visitor(String($0), with: ["play_count": "1.0e1"], identity: identity) }
        var bytes = Array("[\(rows.joined(separator: ",\n "))]".utf8)
        let alphabet = Array("[]{},:\"\\0e-.tn ".utf8) + [0x00, 0x80, 0xC3, 0xFF]
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let position = bytes.indices.randomElement(using: &generator) ?? 0
            bytes[position] = alphabet.randomElement(using: &generator) ?? 0
        }
        var builder = makeBuilder(of: FactVisitors.table, personalData: .hash(key: Self.key))
        do {
            try JSONParser().withDocument(bytes) { builder.append($0, from: makeOrigin()) }
        } catch {
            #expect(error is JSONError)
        }
        builder.finish().expectSound(FactVisitors.table)
    }

    @Test func `sorts by key bytewise, however long the keys and their common beginnings`() {
        var generator = SeededGenerator(state: 7)
        for beginning in ["", "17", "1767733_aaaaaaaa", "é"] {
            let keys = (0..<500).map { number in
                let length = Int.random(in: 0...20, using: &generator)
                return beginning
                    + (0..<length).map { _ in
                        ["a", "b", "0", "ü", "\u{1}"].randomElement(using: &generator) ?? ""
                    }
                    .joined() + (number % 3 == 0 ? "" : "x")
            }.filter { !$0.isEmpty }
            let escaped = keys.map { $0.replacing("\u{1}", with: "\\u0001") }
            let rows = build("[\(escaped.map { Self.visitor($0) }.joined(separator: ","))]")
            let expected = Set(keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect((0..<rows.batch.rowCount).map { rows.batch.columns[0].text($0) } == expected)
            #expect(rows.ledger.duplicate == keys.count - expected.count)
            rows.expectSound(FactVisitors.table)
        }
    }

    @Test func `hashes personal fields under the key`() {
        let identity =
            #"{"name":"Ann É","email":"  Ann@Example.COM\n","org":{"name":"Lemons","title":"Boss"}}"#
        let rows = build("[\(Self.visitor(identity: identity))]", personalData: .hash(key: Self.key))
        func code(_ text: String) -> String {
            HMACSHA256.authenticationCode(for: Array(text.utf8), key: Self.key).hexEncoded
        }
        #expect(
            rows.batch.columns[7...10].map { $0.text(0) } == [
                code("Ann É"), code("ann@example.com"), code("Lemons"), code("Boss"),
            ])
        #expect(code("ann@example.com").count == 64)
        rows.expectSound(FactVisitors.table)
    }

    @Test func `hashes an e-mail address to a known code`() {
        // printf 'ann@example.com' | openssl dgst -sha256 -hmac 'an obviously fake key of 32 bytes'
        let rows = build(
            "[\(Self.visitor(identity: #"{"email":"ANN@example.com"}"#))]", personalData: .hash(key: Self.key)
        )
        #expect(
            rows.batch.columns[8].text(0)
                == "a947b361362055f95a6cb0ca0d7f42014fbe6bdd4fa4b6fbec88c8fb4e8b8a50")
    }

    @Test(arguments: [PersonalDataPolicy.hash(key: key), .drop, .keep])
    func `takes the empty string as null under every policy`(policy: PersonalDataPolicy) {
        let identity = #"{"name":"","email":"","org":{"name":"","title":""}}"#
        let rows = build("[\(Self.visitor(identity: identity))]", personalData: policy)
        #expect(rows.batch.columns[7...10].map { $0.text(0) } == ["-", "-", "-", "-"])
    }

    @Test func `hashes no e-mail address that is white space`() {
        let rows = build(
            "[\(Self.visitor(identity: #"{"email":" \t "}"#))]", personalData: .hash(key: Self.key))
        #expect(rows.batch.columns[8].text(0) == "-")
    }

    @Test func `drops personal fields`() {
        let identity = #"{"name":"Ann","email":"a@b.example","org":{"name":"Lemons","title":"Boss"}}"#
        let rows = build("[\(Self.visitor(identity: identity))]", personalData: .drop)
        #expect(rows.batch.columns[7...10].map { $0.text(0) } == ["-", "-", "-", "-"])
        #expect(rows.batch.columns[11].text(0) == "Chrome")
    }

    @Test(.enabled(if: WistiaSamples.areExpected)) func `types every recorded visitor`() throws {
        let page = try WistiaSamples.read("cntaylortrace316/visitors_page_masked.json")
        var builder = makeBuilder(of: FactVisitors.table, personalData: .hash(key: Self.key))
        try JSONParser().withDocument(page) { builder.append($0, from: makeOrigin()) }
        let rows = builder.finish()
        #expect(rows.refusals == [])
        #expect(rows.ledger == TableLedger(read: 73, accepted: 73))
        #expect(rows.unknownFields.isEmpty)
        rows.expectSound(FactVisitors.table)
        for path in [
            "observed/visitor_shape_2026.json", "official-docs-2016/stats_visitors_list.json",
            "official-docs-2016/stats_visitors_show.json",
        ] {
            var builder = makeBuilder(of: FactVisitors.table, personalData: .keep)
            try JSONParser().withDocument(try WistiaSamples.read(path)) {
                builder.append($0, from: makeOrigin())
            }
            let rows = builder.finish()
            #expect(rows.refusals == [] && rows.unknownFields.isEmpty && rows.ledger.accepted >= 1, "\(path)")
        }
    }

    /// Seconds since midnight, and where the row stands.
    struct Delivery: Sendable {
        var active = 1
        var answered: Int64 = 60
        var index = 0
        var part = "raw/0001.jsonl.gz"
        var line = 1
    }

    private func build(_ body: String, personalData: PersonalDataPolicy = .keep) -> TypedRows {
        WistiaTests.build(FactVisitors.table, [(body, makeOrigin())], personalData: personalData)
    }

    static func visitor(
        _ key: String = "b", active: Int = 0, with changes: [String: String] = [:],
        without removed: [String] = [],
        identity: String = "null",
        agent: String = #"{"browser":"Chrome","browser_version":"45","platform":"mac","mobile":false}"#
    ) -> String {
        var members = [
            "visitor_key": "\"\(key)\"", "created_at": "\"2026-01-05T00:00:00Z\"",
            "last_active_at": "\"2026-01-06T00:00:0\(active)Z\"", "last_event_key": "\"e\"",
            "load_count": "1",
            "play_count": "2", "identifying_event_key": "null", "visitor_identity": identity,
            "user_agent_details": agent,
        ]
        members.merge(changes) { $1 }
        for name in removed { members[name] = nil }
        return "{"
            + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
            + "}"
    }
}
