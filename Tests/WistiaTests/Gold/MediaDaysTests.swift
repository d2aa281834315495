import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct MediaDaysTests {
    static let table = MediaDays.table
    static let ids = FactMedia.table.only(["media_id"])

    static func widen(_ spans: ColumnBatch = table.emptyRows, by media: [String], on date: Int32)
        -> ColumnBatch
    {
        MediaDays.widened(
            spans, by: ids.make(["media_id"], media.map { [.string($0)] }), of: ids, date: date)
    }

    static func literals(_ spans: ColumnBatch) -> [[Literal]] {
        table.literals(spans, table.columns.map(\.name))
    }

    @Test func `begin with the first day, sorted`() throws {
        let spans = Self.widen(by: ["b", "c", "a"], on: 9)
        #expect(Self.literals(spans) == [["a", 9, 9], ["b", 9, 9], ["c", 9, 9]])
        try Self.table.check(spans)
        #expect(Self.widen(by: [], on: 9) == Self.table.emptyRows)
    }

    @Test func `widen to either side and take in media in order`() throws {
        var spans = Self.widen(by: ["d", "b"], on: 9)
        spans = Self.widen(spans, by: ["e", "b", "a"], on: 11)
        spans = Self.widen(spans, by: ["c", "d"], on: 7)
        #expect(
            Self.literals(spans) == [
                ["a", 11, 11], ["b", 9, 11], ["c", 7, 7], ["d", 7, 9], ["e", 11, 11],
            ])
        try Self.table.check(spans)
        #expect(Self.widen(spans, by: ["b", "d"], on: 9) == spans)
        #expect(Self.widen(spans, by: [], on: 20) == spans)
    }

    @Test func `take the media of a whole fact_media as of its ids alone`() {
        let facts = FactMedia.table.make(["media_id", "play_count"], [["b", 1], ["a", 2]])
        #expect(
            MediaDays.widened(MediaDays.table.emptyRows, by: facts, of: FactMedia.table, date: 3)
                == Self.widen(by: ["a", "b"], on: 3))
    }

    @Test(arguments: 0..<20) func `do not depend on the order or number of days`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let days = (0..<6).map { _ in
            (
                media: "abcd".map(String.init).filter { _ in Bool.random(using: &generator) },
                date: Int32.random(in: -3...3, using: &generator)
            )
        }
        func spans(_ days: [(media: [String], date: Int32)]) -> ColumnBatch {
            days.reduce(Self.table.emptyRows) { Self.widen($0, by: $1.media, on: $1.date) }
        }
        #expect(spans((days + days).shuffled(using: &generator)) == spans(days))
        var expected: [[Literal]] = []
        for id in ["a", "b", "c", "d"] {
            let dates = days.filter { $0.media.contains(id) }.map(\.date)
            guard let first = dates.min(), let last = dates.max() else { continue }
            expected.append([.string(id), .integer(Int64(first)), .integer(Int64(last))])
        }
        #expect(Self.literals(spans(days)) == expected)
    }

    @Test(
        arguments: [
            (4, "", "abc"), (5, "", "abc"), (6, "a", "abc"), (7, "a", "abc"), (8, "ab", "bc"),
            (9, "abc", "b"),
            (10, "abc", ""),
        ] as [(Int32, String, String)])
    func `tell which media an earlier or a later day may have`(date: Int32, before: String, after: String) {
        let spans = MediaSpans(
            Self.table.make(
                ["media_id", "first_extraction_date", "last_extraction_date"],
                [["a", 5, 8], ["b", 7, 10], ["c", 8, 9], ["elsewhere", 0, 99]]))
        func ids(_ text: String) -> Set<[UInt8]> { Set(text.map { Array(String($0).utf8) }) }
        #expect(spans.media(ids("abcx"), before: date) == ids(before))
        #expect(spans.media(ids("abcx"), after: date) == ids(after))
    }

    @Test func `know nothing without rows`() {
        let spans = MediaSpans(Self.table.emptyRows)
        #expect(spans.media([Array("a".utf8)], before: .max).isEmpty)
        #expect(spans.media([Array("a".utf8)], after: .min).isEmpty)
    }
}
