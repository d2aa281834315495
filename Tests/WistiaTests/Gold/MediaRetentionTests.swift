import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

struct MediaRetentionTests {
    static let table = MediaRetention.table

    static func make(media: [[Literal]] = [], facts: [[Literal]] = [], cells: [Engagement]) -> ColumnBatch {
        MediaRetention.make(
            media: DimMedia.table.make(["media_id", "duration_seconds"], media),
            facts: FactMedia.table.make(["media_id", "play_count"], facts), cells: Engagement.rows(cells))
    }

    @Test func `every cell has its second and the share of plays that reached it`() {
        let rows = Self.make(
            facts: [["a", 10], ["b", 4]],
            cells: [Engagement("b", [4, 1]), Engagement("a", [12, 6], rewatch: [1, 1])])
        #expect(
            Self.table.literals(rows, Self.table.columns.map(\.name)) == [
                ["a", 0, 0.0, 1.1, 20_461], ["a", 1, 1.0, 0.5, 20_461], ["b", 0, 0.0, 1.0, 20_461],
                ["b", 1, 1.0, 0.25, 20_461],
            ])
    }

    @Test func `the share is null without plays and for a media that fact_media lacks`() {
        let rows = Self.make(
            facts: [["a", 0], ["c", 2]],
            cells: [Engagement("a", [3]), Engagement("b", [3]), Engagement("c", [1])])
        #expect(
            Self.table.literals(rows, ["media_id", "retained_ratio"])
                == [["a", nil], ["b", nil], ["c", 0.5]])
    }

    @Test func `scaled cells are placed by the duration, and nowhere without one`() {
        let cells = [Int64](repeating: 1, count: 1_000)
        let rows = Self.make(
            media: [["a", 2_500], ["b", nil]], cells: [Engagement("a", cells), Engagement("b", cells)])
        #expect(rows.rowCount == 2_000)
        let positions = Self.table.literals(rows, "position_seconds")
        #expect(positions[0...2] == [0.0, 2.5, 5.0])
        #expect(positions[999] == 2_497.5)
        #expect(positions[1_000...].allSatisfy { $0 == .null })
    }

    @Test func `no cells, no rows`() {
        #expect(Self.make(facts: [["a", 1]], cells: []).rowCount == 0)
    }
}
