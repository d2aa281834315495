import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct MediaDailyChangeTests {
    static let table = MediaDailyChange.table

    static func make(_ rows: [[Literal]]) -> ColumnBatch {
        FactMedia.table.make(["media_id", "load_count", "play_count", "visitors", "extraction_date"], rows)
    }

    /// As earlier days are read: the counters alone.
    static func makeEarlier(_ rows: [[Literal]]) -> ColumnBatch {
        FactMedia.counters.make(
            ["media_id", "load_count", "play_count", "visitors", "extraction_date"], rows)
    }

    @Test func `counters are compared with the newest earlier snapshot of each media`() {
        let rows = MediaDailyChange.make(
            facts: Self.make([["a", 20, 12, 9, 10], ["b", 5, 5, 5, 10], ["c", 1, 1, 1, 10]]),
            earlier: [
                Self.makeEarlier([["a", 15, 10, 10, 9], ["d", 1, 1, 1, 9]]),
                Self.makeEarlier([["a", 1, 1, 1, 7], ["b", 2, 4, 5, 7]]),
            ])
        #expect(
            Self.table.literals(rows, Self.table.columns.map(\.name)) == [
                ["a", 5, 2, -1, 9, 10], ["b", 3, 1, 0, 7, 10], ["c", nil, nil, nil, nil, 10],
            ])
    }

    @Test func `the order of the earlier snapshots does not matter, nor do later ones`() {
        let facts = Self.make([["a", 20, 12, 9, 10]])
        let earlier = [
            Self.makeEarlier([["a", 15, 10, 10, 9]]), Self.makeEarlier([["a", 1, 1, 1, 7]]),
            Self.makeEarlier([["a", 99, 99, 99, 11]]),
            Self.makeEarlier([["a", 98, 98, 98, 10]]), FactMedia.counters.empty,
        ]
        let expected: [[Literal]] = [[5, 9]]
        for order in [earlier, earlier.reversed()] {
            let rows = MediaDailyChange.make(facts: facts, earlier: order)
            #expect(Self.table.literals(rows, ["load_count_change", "previous_extraction_date"]) == expected)
        }
    }

    @Test func `a first day has no changes`() {
        let rows = MediaDailyChange.make(
            facts: Self.make([["b", 1, 1, 1, 10], ["a", 2, 2, 2, 10]]), earlier: [])
        #expect(
            Self.table.literals(rows, ["media_id", "load_count_change", "previous_extraction_date"])
                == [["a", nil, nil], ["b", nil, nil]])
        #expect(MediaDailyChange.make(facts: FactMedia.table.empty, earlier: []).rowCount == 0)
    }

    @Test func `differences beyond the range stay at its end`() {
        let rows = MediaDailyChange.make(
            facts: Self.make([["a", .integer(.max), .integer(.min), 0, 10]]),
            earlier: [Self.makeEarlier([["a", -1, 1, 0, 9]])])
        #expect(
            Self.table.literals(rows, ["load_count_change", "play_count_change"])
                == [[.integer(.max), .integer(.min)]])
    }
}
