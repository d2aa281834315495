import ClickstreamGenerator
import HTTP
import JSON
import Testing

struct JSONLinesTests {
    private static let names = [
        "timestamp", "user_id", "session_id", "event_type", "product_id", "quantity", "price", "category",
        "search_query",
    ]

    @Test func `every line has the nine fields in order and with their types`() throws {
        let parser = JSONParser()
        for line in try makeFile().lines {
            try parser.withDocument(line) { root in
                let object = try #require(root.object)
                #expect(object.map { String(decoding: $0.name, as: UTF8.self) } == Self.names)
                let type = try #require(root.member("event_type")?.string)
                let hasProduct = type != "search"
                let hasPrice = hasProduct && type != "page_view"
                let kinds = object.map(\.value.kind)
                let product: JSONKind = hasProduct ? .string : .null
                let price: JSONKind = hasPrice ? .number : .null
                #expect(
                    kinds == [
                        .string, .string, .string, .string, product, price, price, product,
                        hasProduct ? .null : .string,
                    ])
            }
        }
    }

    @Test func `values are spelled as Python spells them`() throws {
        let pattern =
            #/\{"timestamp": "2025-12-08T04:15:[012]\d\.\d{6}\+00:00", "user_id": "u_[1-9]\d{4}", "session_id": "s_[1-9]\d{4}", "event_type": "([a-z_]+)", "product_id": (?:null|"p_[1-6]00[1-5]"), "quantity": (?:null|[1-5]), "price": (?:null|[1-9]\d{0,2}\.(?:\d[1-9]|\d)), "category": (?:null|"[a-z]+"), "search_query": (?:null|"[a-z ]+")\}/#
        let lines = try makeFile().textLines
        #expect(lines.count == 1_000)
        for line in lines {
            #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
        }
    }

    @Test(arguments: [
        ("2025-12-08T04:15:02Z", "2025-12-08T04:15:02+00:00"),
        ("2025-12-08T04:15:02.000001Z", "2025-12-08T04:15:02.000001+00:00"),
        ("2025-12-08T04:15:02.25Z", "2025-12-08T04:15:02.250000+00:00"),
        ("2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999+00:00"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000+00:00"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00+00:00"),
    ])
    func `six digits of a second vanish if all are 0`(start: String, expected: String) throws {
        let moment = try #require(Timestamp(rfc3339: start))
        let file = try makeFile {
            $0.eventCount = 3
            $0.spanSeconds = 0
            $0.start = moment
        }
        for line in file.textLines {
            #expect(line.hasPrefix("{\"timestamp\": \"\(expected)\", \"user_id\""))
        }
    }

    @Test func `the last line has no line feed, and no events are no bytes`() throws {
        let text = try makeFile().text
        #expect(text.count { $0 == UInt8(ascii: "\n") } == 999)
        #expect(text.last == UInt8(ascii: "}"))
        #expect(try makeFile { $0.eventCount = 0 }.text == [])
    }

    @Test func `events are in order of time and fill the span`() throws {
        let lines = try makeFile { $0.spanSeconds = 100 }.textLines
        let times = try lines.map { try #require(Timestamp(rfc3339: String($0.dropFirst(15).prefix(32)))) }
        #expect(times == times.sorted())
        let start = try #require(Timestamp(rfc3339: "2025-12-08T04:15:02Z"))
        let (first, last) = try (#require(times.first), #require(times.last))
        #expect(first >= start && first < start.adding(seconds: 2))
        #expect(last < start.adding(seconds: 100) && last > start.adding(seconds: 98))
    }

    @Test func `types, categories, products and numbers are spread as stated`() throws {
        let reader = JSONReader()
        var rows: [JSONReader.Row] = []
        let count = 20_000
        for line in try makeFile({ $0.eventCount = count }).lines {
            guard case .row(let row) = reader.read(line) else {
                Issue.record("an ordinary line is not read")
                return
            }
            rows.append(row)
        }
        func share(_ rows: [JSONReader.Row], where isCounted: (JSONReader.Row) -> Bool) -> Double {
            Double(rows.count(where: isCounted)) / Double(rows.count)
        }
        func isNear(_ value: Double, _ expected: Double, by tolerance: Double) -> Bool {
            abs(value - expected) < tolerance
        }
        for (type, expected) in [
            ("page_view", 0.5), ("add_to_cart", 0.2), ("remove_from_cart", 0.1), ("purchase", 0.1),
            ("search", 0.1),
        ] {
            #expect(isNear(share(rows) { $0.texts[2] == type }, expected, by: 0.015), "\(type)")
        }
        let withProduct = rows.filter { $0.texts[3] != nil }
        #expect(Set(withProduct.map { $0.texts[3] }).count == 30)
        for (digit, category) in ["electronics", "clothing", "home", "books", "sports", "toys"].enumerated() {
            let ofCategory = withProduct.filter { $0.texts[4] == category }
            #expect(isNear(share(withProduct) { $0.texts[4] == category }, 1 / 6, by: 0.015), "\(category)")
            #expect(
                Set(ofCategory.compactMap { $0.texts[3] }) == Set((1...5).map { "p_\(digit + 1)00\($0)" }))
        }
        let priced = rows.filter { $0.price != nil }
        for quantity in 1...5 as ClosedRange<Int64> {
            #expect(isNear(share(priced) { $0.quantity == quantity }, 0.2, by: 0.025))
        }
        let prices = priced.compactMap(\.price)
        #expect(prices.allSatisfy { (9.99...299.99).contains($0) })
        #expect(isNear(prices.reduce(0, +) / Double(prices.count), 154.99, by: 4))
        let queries = rows.compactMap { $0.texts[5] }
        #expect(Set(queries).count == 8)
        let users = rows.compactMap { $0.texts[0] }
        #expect(Set(users).count > 15_000)
        #expect(zip(users, rows).count { $0.dropFirst(2) == $1.texts[1]?.dropFirst(2) ?? "" } < 10)
    }

    @Test(arguments: [1, 6, 31, 5_994, 5_995, 6_000])
    func `a catalogue has as many products as asked for, each of one category`(count: Int) throws {
        let file = try makeFile {
            $0.eventCount = count < 100 ? 2_000 : 10_000
            $0.productCount = count
        }
        let pattern = #/"product_id": "p_(\d)(\d+)".*"category": "([a-z]+)"/#
        var categories: [Substring: Set<Substring>] = [:]
        var products: Set<Substring> = []
        for line in file.textLines {
            guard let match = line.firstMatch(of: pattern) else { continue }
            categories[match.1, default: []].insert(match.3)
            products.insert(line[match.1.startIndex..<match.2.endIndex])
        }
        #expect(categories.values.allSatisfy { $0.count == 1 })
        #expect(categories.count == min(6, count))
        #expect(count < 100 ? products.count == count : products.count > count / 2 && products.count <= count)
        #expect(Set(products.map(\.count)) == [count > 5_994 ? 5 : 4])
    }
}
