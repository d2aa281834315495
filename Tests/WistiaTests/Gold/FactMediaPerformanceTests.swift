import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct FactMediaPerformanceTests {
    static let table = FactMediaPerformance.table

    static func make(
        media: [[Literal]] = [], facts: [[Literal]], cells: [Engagement] = []
    ) -> ColumnBatch {
        FactMediaPerformance.make(
            media: DimMedia.table.make(["media_id", "title", "duration_seconds", "extraction_date"], media),
            facts: FactMedia.table.make(["media_id", "play_count", "play_rate", "hours_watched"], facts),
            cells: Engagement.rows(cells))
    }

    @Test func `has fact_media's columns first`() {
        #expect(
            Self.table.columns.map(\.name) == [
                "media_id", "load_count", "play_count", "play_rate", "hours_watched", "engagement",
                "visitors",
                "snapshot_ts", "extraction_date", "title", "engagement_points", "total_engagement_count",
                "total_rewatch_count", "avg_engagement_per_second", "play_rate_class", "hours_class",
                "engagement_class", "completion_rate", "drop_off_rate", "median_watch_seconds",
            ])
    }

    @Test func `keeps every media of fact_media, sorted, and only those`() {
        let rows = Self.make(
            media: [["a", "Alpha", 3, 0], ["c", nil, 3, 0], ["d", "Delta", 3, 0]],
            facts: [["c", 10, 0.5, 1], ["a", 10, 0.5, 1], ["b", 10, 0.5, 1]],
            cells: [Engagement("a", [10, 5]), Engagement("d", [1, 1, 1]), Engagement("c", [4])])
        #expect(
            Self.table.literals(rows, ["media_id", "title", "engagement_points", "total_engagement_count"])
                == [["a", "Alpha", 2, 15], ["b", nil, nil, nil], ["c", nil, 1, 4]])
    }

    @Test func `the order of the inputs does not matter`() {
        let media: [[Literal]] = [["a", "Alpha", 3, 0], ["b", "Beta", 3, 0]]
        let facts: [[Literal]] = [["a", 10, 0.5, 1], ["b", 20, 0.1, 2]]
        let cells = [Engagement("a", [10, 5], rewatch: [1, 0]), Engagement("b", [4, 3], rewatch: [0, 2])]
        #expect(
            Self.make(media: media, facts: facts, cells: cells)
                == Self.make(media: media.reversed(), facts: facts.reversed(), cells: cells.reversed()))
    }

    @Test func `a media without cells has null figures, not zeros`() {
        let rows = Self.make(facts: [["a", 10, 0.5, 1]])
        #expect(
            Self.table.literals(
                rows,
                [
                    "title", "engagement_points", "total_engagement_count", "total_rewatch_count",
                    "avg_engagement_per_second", "completion_rate", "drop_off_rate", "median_watch_seconds",
                ]) == [[nil, nil, nil, nil, nil, nil, nil, nil]])
    }

    @Test func `a media without plays has sums but no rates`() {
        let rows = Self.make(facts: [["a", 0, 0, 0]], cells: [Engagement("a", [2, 1], rewatch: [1, 0])])
        #expect(
            Self.table.literals(
                rows,
                [
                    "engagement_points", "total_engagement_count", "total_rewatch_count",
                    "avg_engagement_per_second", "completion_rate", "drop_off_rate", "median_watch_seconds",
                ]) == [[2, 3, 1, 1.5, nil, nil, nil]])
    }

    @Test func `rewatches do not count as plays that got that far`() {
        let rows = Self.make(
            facts: [["a", 10, 0.5, 1]], cells: [Engagement("a", [12, 9, 9, 3], rewatch: [2, 2, 5, 0])])
        // net 10, 7, 4, 3; the completion cell is 2 of 0…3.
        #expect(
            Self.table.literals(rows, ["completion_rate", "drop_off_rate", "median_watch_seconds"])
                == [[0.4, 0.6, 2]])
    }

    @Test func `scaled cells need the media's duration for seconds only`() {
        let cells = Engagement("a", [Int64](repeating: 10, count: 500) + [Int64](repeating: 4, count: 500))
        let facts: [[Literal]] = [["a", 10, 0.5, 1]]
        let figures = ["completion_rate", "median_watch_seconds"]
        #expect(
            Self.table.literals(
                Self.make(media: [["a", "A", 3_000, 0]], facts: facts, cells: [cells]), figures)
                == [[0.4, 1_500]])
        #expect(
            Self.table.literals(
                Self.make(media: [["a", "A", nil, 0]], facts: facts, cells: [cells]), figures)
                == [[0.4, nil]])
    }

    @Test func `no media, no rows`() {
        let rows = Self.make(media: [["a", "A", 3, 0]], facts: [], cells: [Engagement("a", [1])])
        #expect(rows.rowCount == 0)
        #expect(throws: Never.self) { try Self.table.check(rows) }
    }

    /// A body of 436 cells with the published first and last five and the published sums; the cells between them,
    /// which nobody published, share the rest evenly.
    static func published(_ head: [Int64], _ tail: [Int64], sum: Int64) -> [Int64] {
        let rest = sum - head.reduce(0, +) - tail.reduce(0, +)
        let count = Int64(436 - head.count - tail.count)
        return head + (0..<count).map { rest / count + ($0 < rest % count ? 1 : 0) } + tail
    }

    @Test func `the published figures of 2026-01-08 come out`() {
        let rows = Self.make(
            media: [["gskhw4w4lm", "One", 435.456, 20_461], ["v08dlrgr7v", "Two", 435.456, 20_461]],
            facts: [
                ["gskhw4w4lm", 16_681, 0.154_951_939_170_771_35, 336.975_662_056_32],
                ["v08dlrgr7v", 43_810, 0.435_039_411_677_690_67, 2_651.986_969_632],
            ],
            cells: [
                Engagement(
                    "gskhw4w4lm",
                    Self.published(
                        [16_108, 9_796, 9_394, 8_996, 8_649], [1_790, 1_785, 1_780, 1_754, 2_060],
                        sum: 1_297_210),
                    rewatch: Self.published([1_542, 663, 629, 570, 542], [53, 52, 52, 48, 133], sum: 57_850)),
                Engagement(
                    "v08dlrgr7v",
                    Self.published(
                        [45_074, 40_660, 40_227, 39_499, 38_867], [15_529, 15_386, 15_225, 14_965, 15_719],
                        sum: 10_103_978),
                    rewatch: Self.published(
                        [4_645, 2_517, 2_502, 2_390, 2_286], [440, 436, 414, 400, 738], sum: 435_865)),
            ])
        #expect(
            Self.table.literals(
                rows,
                [
                    "media_id", "engagement_points", "total_engagement_count", "total_rewatch_count",
                    "play_rate_class", "hours_class",
                ]) == [
                    ["gskhw4w4lm", 436, 1_297_210, 57_850, "Medium", "Medium"],
                    ["v08dlrgr7v", 436, 10_103_978, 435_865, "High", "High"],
                ])
        let averages = Self.table.literals(rows, "avg_engagement_per_second").map { average in
            guard case .double(let value) = average else { return "none" }
            return "\((value * 1_000_000).rounded() / 1_000_000)"
        }
        #expect(averages == ["2975.252294", "23174.261468"])
        #expect(Self.table.literals(rows, "engagement_class") == ["Low", "High"])
    }
}
