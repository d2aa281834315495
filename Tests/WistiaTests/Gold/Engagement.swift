import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

/// A media's engagement as one of the API's bodies has it.
struct Engagement {
    var mediaID: String
    var engagementData: [Int64]
    var rewatchData: [Int64]

    init(_ mediaID: String, _ engagementData: [Int64], rewatch rewatchData: [Int64]? = nil) {
        self.mediaID = mediaID
        self.engagementData = engagementData
        self.rewatchData = rewatchData ?? [Int64](repeating: 0, count: engagementData.count)
    }

    /// Rows of fact_media_engagement, in the order given.
    static func rows(_ media: [Engagement]) -> ColumnBatch {
        FactMediaEngagement.table.make(
            ["media_id", "engagement_idx", "engagement_count", "rewatch_count", "extraction_date"],
            media.flatMap { media in
                zip(media.engagementData, media.rewatchData).enumerated().map { index, counts in
                    [
                        .string(media.mediaID), .integer(Int64(index)), .integer(counts.0),
                        .integer(counts.1),
                        .integer(Int64(day)),
                    ]
                }
            })
    }
}

extension FactMediaPerformance {
    /// The rows of a day's tables of silver.
    static func make(media: ColumnBatch, facts: ColumnBatch, cells: ColumnBatch) -> ColumnBatch {
        make(MediaDay.join(media: media, facts: facts, cells: cells), media: media, facts: facts)
    }
}

extension KPIDaily {
    /// The row of a day's tables of silver.
    static func make(media: ColumnBatch, facts: ColumnBatch, cells: ColumnBatch, extractionDate: Int32)
        -> ColumnBatch
    {
        make(
            MediaDay.join(media: media, facts: facts, cells: cells), facts: facts,
            extractionDate: extractionDate)
    }
}
