import Foundation
import Parquet
import Tables
import TestSupport
import Testing

@testable import Clickstream
@testable import Lake

/// Files as they really come: every line is a row, a repeat, or named in the quarantine.
struct TypedFilesTests {
    struct Expected: Decodable {
        var lines: Int?
        var accepted: Int
        var duplicate: Int
        var quarantined: [String: Int]
    }

    private static let landedAt = "2025-12-08T04:15:31Z"

    @Test(.enabled(if: SharedData.isThere)) func `a file's lines end as they should`() async throws {
        let files = try JSONDecoder().decode(
            [String: Expected].self, from: Data(SharedData.bytes("clickstream/dirty/expected.json")))
        // What file 13 repeats stands in another file, and bronze keeps no file that cannot be read to its end.
        let readable = files.filter { $0.value.lines != nil && !$0.key.hasPrefix("13") }
        #expect(readable.count >= 11)
        for (name, expected) in readable.sorted(by: { $0.key < $1.key }) {
            let lake = ClickstreamLake()
            let key = try await lake.play(
                name, SharedData.bytes("clickstream/dirty/\(name)"), at: Self.landedAt)
            let commit = try lake.silverCommit(key)
            let ledger = try #require(commit.ledger["events"])
            #expect(ledger.read == expected.lines, "\(name)")
            #expect(ledger.accepted == expected.accepted, "\(name)")
            #expect(ledger.duplicate == expected.duplicate, "\(name)")
            #expect(try lake.quarantined(commit) == expected.quarantined, "\(name)")
        }
    }

    @Test(
        .enabled(if: SharedData.isThere),
        arguments: [["01-clean", "13-repeats-of-01"], ["13-repeats-of-01", "01-clean"]])
    func `a line that stands in two files is one event`(names: [String]) async throws {
        let lake = ClickstreamLake()
        for name in names {
            try await lake.play(
                name, SharedData.bytes("clickstream/dirty/\(name).jsonl.gz"), at: Self.landedAt)
        }
        #expect(try lake.rows(of: Events.table, in: "silver").rowCount == 180)
    }

    @Test(.enabled(if: SharedData.isThere)) func `REES46's rows go through the same tables`() async throws {
        var lake = ClickstreamLake()
        lake.environment["CLICKSTREAM_FORMAT"] = "rees46"
        let bytes = try SharedData.bytes("clickstream/rees46/2019-oct-first-1000.csv")
        let key = try await lake.play("oct.csv", bytes, at: "2019-11-01T00:00:00Z")
        let commit = try lake.silverCommit(key)
        #expect(commit.ledger["events"] == TableLedger(read: 1_000, accepted: 1_000))
        // The same rows under another name are the same events.
        try await lake.play("again.csv", bytes, at: "2019-11-02T00:00:00Z")
        let rows = BatchView(try lake.rows(of: Events.table, in: "silver"), as: Events.table)
        #expect(rows.rowCount == 1_000)
        let prices = rows.integers("price").values
        // 1,000 lines of the file, summed by hand: awk -F, 'NR>1{s+=$7}END{printf "%.2f", s}'
        #expect(prices.reduce(0, +) == TypedFilesTests.priceSum(of: bytes))
    }

    /// The sum of the seventh column in ten-thousandths.
    private static func priceSum(of file: [UInt8]) -> Int64 {
        String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst().reduce(0) {
            let price = $1.split(separator: ",", omittingEmptySubsequences: false)[6].split(separator: ".")
            let cents =
                price.count > 1 ? Int64(price[1].padding(toLength: 2, withPad: "0", startingAt: 0)) : 0
            return $0 + ((Int64(price[0]) ?? 0) * 100 + (cents ?? 0)) * 100
        }
    }

    private static let event =
        #"{"timestamp":"2025-12-08T04:15:00Z","user_id":"u","session_id":"s","event_type":"page_view","product_id":"p"}"#

    @Test func `a file whose gzip ends in zeros is typed as bronze kept it`() async throws {
        let lake = ClickstreamLake()
        let file = try Gzip.compress(Array((Self.event + "\n").utf8)) + [UInt8](repeating: 0, count: 512)
        let key = try await lake.play("padded.jsonl.gz", file, at: Self.landedAt)
        #expect(try lake.silverCommit(key).ledger["events"] == TableLedger(read: 1, accepted: 1))
    }

    @Test func `a number that is too long spoils no other one on its line`() async throws {
        let lake = ClickstreamLake()
        let line =
            #"{"timestamp":1765167300000001000,"user_id":"u","event_type":"page_view","product_id":"p","trace":123456789012345678901234,"order":18446744073709551615}"#
        let key = try await lake.play("long.jsonl", Array(line.utf8), at: Self.landedAt)
        #expect(try lake.silverCommit(key).ledger["events"] == TableLedger(read: 1, accepted: 1))
        let rows = BatchView(try lake.rows(of: Events.table, in: "silver"), as: Events.table)
        #expect(rows.integers("event_at").values == [1_765_167_300_000_001])
        #expect(
            rows.strings("extra").text(at: 0)
                == #"{"order":18446744073709551615,"trace":1.2345678901234569e+23}"#)
    }

    @Test func `a summary that was left behind is made again by the same event`() async throws {
        let lake = ClickstreamLake()
        let key = try await lake.play("one.jsonl", Array(Self.event.utf8), at: Self.landedAt)
        let summaries = lake.store.objects(bucket: "silver").filter { $0.key.contains("event_summaries") }
        let (place, whole) = try #require(summaries.first)
        // A death between the slot and its summary leaves the summary of an earlier slot.
        lake.store.seed(place, bucket: "silver", body: [1, 2, 3])
        try await lake.deliver([key])
        #expect(lake.store.objects(bucket: "silver")[place] == whole)
    }

    @Test func `rows that differ in what the key does not have are told apart, and odd headers harm nobody`()
        async throws
    {
        var lake = ClickstreamLake()
        lake.environment["CLICKSTREAM_FORMAT"] = "rees46"
        let header = "event_time,event_type,product_id,brand,price,user_id,user_session,\"a \"\"b\\c\"\n"
        let rows = ["x,1.0", "y,1.00"].map { "2019-10-01 00:00:00 UTC,view,1,\($0),3,s,odd\n" }.joined()
        let key = try await lake.play("two.csv", Array((header + rows).utf8), at: "2019-11-01T00:00:00Z")
        #expect(try lake.silverCommit(key).ledger["events"] == TableLedger(read: 2, accepted: 2))
        // Without a header that can be read no row is one.
        let broken = try await lake.play(
            "broken.csv", Array(("\"open\n" + rows).utf8), at: "2019-11-02T00:00:00Z")
        #expect(try lake.silverCommit(broken).ledger["events"] == TableLedger(read: 2, quarantined: 2))
    }

    @Test func `equal rows of one file are as many events, and no more when the file comes again`()
        async throws
    {
        var lake = ClickstreamLake()
        lake.environment["CLICKSTREAM_FORMAT"] = "rees46"
        let header =
            "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        let row = "2019-10-01 00:00:00 UTC,purchase,1,2,a.b,brand,10.50,3,s\n"
        for name in ["one.csv", "two.csv"] {
            try await lake.play(name, Array((header + row + row).utf8), at: "2019-11-01T00:00:00Z")
        }
        #expect(try lake.rows(of: Events.table, in: "silver").rowCount == 2)
        let revenue = BatchView(try lake.rows(of: HourlyRevenue.table, in: "gold"), as: HourlyRevenue.table)
        #expect(revenue.integers("revenue").values == [210_000])
    }
}
