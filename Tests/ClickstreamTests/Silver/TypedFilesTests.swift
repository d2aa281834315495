import Foundation
import Parquet
import Tables
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
