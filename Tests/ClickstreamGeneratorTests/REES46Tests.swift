import HTTP
import Testing

@testable import ClickstreamGenerator

struct REES46Tests {
    /// A row as published.
    static var row:
        Regex<
            (
                Substring, Substring, Substring, Substring, Substring, Substring, Substring, Substring,
                Substring, Substring
            )
        >
    {
        #/(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC,(view|cart|purchase),(\d{7,8}),(\d{19}),([a-z_.]*),([a-z0-9_.-]*),(\d+\.\d\d),(\d{9}),([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})/#
    }

    /// What a lake should make of a row.
    private static func read(_ line: [UInt8]) -> OddOutcome {
        if line.isEmpty { return .skipped }
        guard let text = String(validating: line, as: UTF8.self) else { return .quarantined }
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.first == "\"" && $0.last == "\"" ? $0.dropFirst().dropLast() : $0 }
        guard fields.count == 9, fields[0].hasSuffix(" UTC"),
            let moment = Timestamp(rfc3339: fields[0].dropLast(4) + "Z"), moment.date.components.year >= 2000,
            !fields[1].isEmpty, !fields[7].isEmpty, let price = Double(fields[6]), (0...1e9).contains(price)
        else { return .quarantined }
        return .kept
    }

    @Test func `has a header, a line feed after each row and as many rows as events`() throws {
        let file = try makeFile { $0.shape = .rees46 }
        let lines = file.textLines
        #expect(lines.count == 1_002)
        #expect(
            lines[0]
                == "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
        )
        #expect(lines[1_001] == "")
        for line in lines[1...1_000] {
            #expect(line.wholeMatch(of: Self.row) != nil, "\(line)")
        }
        let empty = try makeFile {
            $0.shape = .rees46
            $0.eventCount = 0
        }
        #expect(empty.textLines == [lines[0], ""])
    }

    @Test func `a product is always of the same category, brand and price, and a session of one user`() throws
    {
        var products: [Substring: Set<String>] = [:]
        var sessions: [Substring: Set<Substring>] = [:]
        var types: [Substring: Int] = [:]
        for seed in [1, 2] as [UInt64] {
            let file = try makeFile {
                $0.shape = .rees46
                $0.seed = seed
                $0.eventCount = 5_000
                $0.productCount = 200
            }
            for line in file.textLines.dropFirst().dropLast() {
                let match = try #require(line.wholeMatch(of: Self.row))
                products[match.3, default: []].insert("\(match.4) \(match.5) \(match.6) \(match.7)")
                sessions[match.9, default: []].insert(match.8)
                types[match.2, default: 0] += 1
            }
        }
        #expect(products.count == 200)
        #expect(products.values.allSatisfy { $0.count == 1 })
        #expect(sessions.values.allSatisfy { $0.count == 1 })
        #expect((9_500...9_700).contains(types["view"] ?? 0))
        #expect((130...270).contains(types["cart"] ?? 0))
        #expect((130...270).contains(types["purchase"] ?? 0))
    }

    @Test(arguments: REES46OddRow.allCases)
    func `a second reading comes to the same outcome`(oddity: REES46OddRow) {
        for index in 0..<200 {
            var random = SplitMix64(seed: 5, purpose: .odd, index: index)
            let event = REES46Event(at: 1_569_888_000_000_000, productCount: 500, &random)
            var text = TextBuffer()
            oddity.append(event, to: &text, &random)
            #expect(Self.read(text.bytes) == oddity.outcome, "\(String(decoding: text.bytes, as: UTF8.self))")
        }
    }

    @Test func `repeats and odd rows are counted exactly`() throws {
        let file = try makeFile {
            $0.shape = .rees46
            $0.repeatShare = 0.2
            $0.lateShare = 0.1
            $0.oddShare = 0.3
            $0.eventCount = 500
        }
        let outcomes = file.lines.dropFirst().dropLast().map(Self.read)
        #expect(outcomes.count == 500)
        #expect(file.counts.repeats == 100)
        #expect(file.counts.late == 50)
        #expect(file.counts.odd == 150)
        #expect(outcomes.count { $0 == .quarantined } == file.counts.quarantined)
        #expect(outcomes.count { $0 == .skipped } == file.counts.skipped)
        #expect(file.counts.accepted == outcomes.count { $0 == .kept } - 100)
        // Whether in quotes or not; two equal rows that are no repeat need the same user, product and second.
        let plain = file.lines.dropFirst().dropLast().map { $0.filter { $0 != UInt8(ascii: "\"") } }
        #expect(plain.filter { !$0.isEmpty }.count - Set(plain.filter { !$0.isEmpty }).count == 100)
    }
}
