import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct RankingTests {
    static func make(_ rows: [[Literal]]) -> ColumnBatch {
        FactMediaPerformance.table.make(
            ["media_id", "title", "engagement", "drop_off_rate", "play_count", "extraction_date"], rows)
    }

    @Test func `top media come by engagement, ties by media_id, nulls not at all`() {
        // The tied ones are out of order on purpose.
        let performance = Self.make([
            ["d", "D", 0.5, nil, 4, 9], ["b", nil, 0.5, nil, 2, 9], ["a", "A", 0.2, nil, 1, 9],
            ["c", "C", 0.9, nil, 3, 9],
        ])
        let table = Ranking.topMediaByEngagement.table
        let rows = Ranking.topMediaByEngagement.make(performance: performance)
        #expect(
            table.literals(rows, table.columns.map(\.name)) == [
                [1, "c", "C", 0.9, 3, 9], [2, "b", nil, 0.5, 2, 9], [3, "d", "D", 0.5, 4, 9],
                [4, "a", "A", 0.2, 1, 9],
            ])
    }

    @Test func `bottom media come by drop-off, greatest first, nulls not at all`() {
        let performance = Self.make([
            ["a", "A", 0.9, 0.1, 1, 9], ["b", "B", 0.9, nil, 2, 9], ["c", "C", 0.9, 1.0, 3, 9],
            ["d", "D", 0.9, 0.0, 4, 9],
        ])
        let table = Ranking.bottomMediaByDropOff.table
        let rows = Ranking.bottomMediaByDropOff.make(performance: performance)
        #expect(
            table.columns.map(\.name)
                == ["rank", "media_id", "title", "drop_off_rate", "play_count", "extraction_date"])
        #expect(
            table.literals(rows, ["rank", "media_id", "drop_off_rate"])
                == [[1, "c", 1.0], [2, "a", 0.1], [3, "d", 0.0]])
    }

    @Test(arguments: [0, 1, 9, 10, 11, 40])
    func `there are at most ten ranks`(mediaCount: Int) throws {
        let performance = Self.make(
            (0..<mediaCount).map { [.string("m\(10 + $0)"), nil, .double(Double($0)), .double(0.5), 1, 9] })
        let top = Ranking.topMediaByEngagement.make(performance: performance)
        let bottom = Ranking.bottomMediaByDropOff.make(performance: performance)
        #expect(
            Ranking.topMediaByEngagement.table.literals(top, "rank")
                == (0..<min(10, mediaCount)).map { .integer(Int64($0) + 1) })
        #expect(
            Ranking.bottomMediaByDropOff.table.literals(bottom, "media_id")
                == (0..<min(10, mediaCount)).map { .string("m\(10 + $0)") })
        try Ranking.topMediaByEngagement.table.check(top)
        try Ranking.bottomMediaByDropOff.table.check(bottom)
    }
}
