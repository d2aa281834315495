import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct KPIDailyTests {
    static let table = KPIDaily.table

    static func make(media: [[Literal]] = [], facts: [[Literal]], cells: [Engagement] = []) -> ColumnBatch {
        KPIDaily.make(
            media: DimMedia.table.make(["media_id", "duration_seconds"], media),
            facts: FactMedia.table.make(
                ["media_id", "play_count", "hours_watched", "engagement", "visitors", "extraction_date"],
                facts),
            cells: Engagement.rows(cells), extractionDate: 20_461)
    }

    @Test func `sums the account's media in one row`() {
        let rows = Self.make(
            facts: [
                ["a", 30, 1.5, 0.5, 7, 20_461], ["b", 10, 2.5, 0.25, 5, 20_461], ["c", 0, 0, 0, 0, 20_461],
            ],
            cells: [Engagement("a", [30, 20, 20, 6]), Engagement("b", [10, 10, 1]), Engagement("c", [0])])
        let names = Self.table.columns.map(\.name)
        #expect(
            names == [
                "total_media_count", "total_plays", "total_hours_watched", "media_visitors_sum",
                "average_engagement_rate", "mean_media_engagement", "completion_rate", "median_watch_seconds",
                "extraction_date",
            ])
        #expect(Self.table.literals(rows, names) == [[3, 40, 4.0, 12, 0.4375, 0.25, 0.75, 3, 20_461]])
    }

    @Test func `rates are null where no media has plays and cells`() {
        let rates = [
            "average_engagement_rate", "mean_media_engagement", "completion_rate", "median_watch_seconds",
        ]
        let unplayed = Self.make(facts: [["a", 0, 0, 0, 0, 1]], cells: [Engagement("a", [3])])
        #expect(Self.table.literals(unplayed, rates) == [[nil, 0.0, nil, nil]])
        let bare = Self.make(facts: [["a", 5, 1, 0.5, 1, 1]])
        #expect(Self.table.literals(bare, rates) == [[0.5, 0.5, nil, nil]])
    }

    @Test func `a media of unknown length counts for completion but not for seconds`() {
        let rows = Self.make(
            media: [["a", 2], ["b", nil]],
            facts: [["a", 10, 0, 0, 0, 1], ["b", 10, 0, 0, 0, 1]],
            cells: [Engagement("a", [10, 4]), Engagement("b", [Int64](repeating: 5, count: 1_000))])
        #expect(Self.table.literals(rows, ["completion_rate", "median_watch_seconds"]) == [[0.75, 1]])
    }

    @Test func `a day without media has no row`() {
        let rows = Self.make(facts: [], cells: [Engagement("a", [3])])
        #expect(rows == Self.table.emptyRows)
    }
}
