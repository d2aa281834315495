import JSON
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

/// The API's own answers, typed by silver and summed up by gold.
struct SilverToGoldTests {
    static func make(
        _ media: [(id: String, statistics: String, engagement: String)]
    ) -> (facts: TypedRows, cells: TypedRows) {
        var facts = makeBuilder(of: FactMedia.table)
        var cells = makeBuilder(of: FactMediaEngagement.table)
        for (line, media) in media.enumerated() {
            facts.append(media.statistics, from: makeOrigin(line: line + 1, subject: media.id))
            cells.append(media.engagement, from: makeOrigin(line: line + 1, subject: media.id))
        }
        return (facts.finish(), cells.finish())
    }

    @Test func `figures come from the bodies`() throws {
        let (facts, cells) = Self.make([
            (
                "b",
                #"{"load_count":9,"play_count":10,"play_rate":0.5,"hours_watched":2.5,"engagement":0.5,"visitors":8}"#,
                #"{"engagement":0.5,"engagement_data":[12,8,5,4],"rewatch_data":[2,0,1,0]}"#
            ),
            (
                "a",
                #"{"load_count":3,"play_count":0,"play_rate":0,"hours_watched":0,"engagement":0,"visitors":3}"#,
                #"{"engagement":0,"engagement_data":[],"rewatch_data":[]}"#
            ),
        ])
        let media = DimMedia.table.empty
        let table = FactMediaPerformance.table
        let performance = FactMediaPerformance.make(media: media, facts: facts.batch, cells: cells.batch)
        #expect(
            table.literals(
                performance,
                [
                    "media_id", "engagement_points", "total_engagement_count", "completion_rate",
                    "median_watch_seconds",
                ]
            ) == [["a", nil, nil, nil, nil], ["b", 4, 29, 0.4, 2]])
        let kpi = KPIDaily.make(media: media, facts: facts.batch, cells: cells.batch, extractionDate: 20_461)
        #expect(
            KPIDaily.table.literals(kpi, ["total_media_count", "total_plays", "completion_rate"])
                == [[2, 10, 0.4]])
        try GoldInvariants.checkPerformance(performance, facts: facts.batch)
        try GoldInvariants.checkKPI(kpi, performance: performance)
    }

    @Test func `an answer that silver refused neither shortens a media nor looks like viewers leaving`() {
        let (facts, cells) = Self.make([
            (
                "a",
                #"{"load_count":9,"play_count":10,"play_rate":0.5,"hours_watched":2.5,"engagement":0.5,"visitors":8}"#,
                #"{"engagement":0.5,"engagement_data":[10,"x",9,2],"rewatch_data":[0,0,0,0]}"#
            )
        ])
        #expect(cells.ledger == TableLedger(read: 4, quarantined: 4))
        let performance = FactMediaPerformance.make(
            media: DimMedia.table.empty, facts: facts.batch, cells: cells.batch)
        #expect(
            FactMediaPerformance.table.literals(
                performance, ["engagement_points", "total_engagement_count", "median_watch_seconds"])
                == [[nil, nil, nil]])
    }
}
