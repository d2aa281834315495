import HTTP
import Lake
import Parquet
import Tables

/// What follows from a day's media, and from the visitors.
enum WistiaGold {
    private static let mediaTables = [DimMedia.table, FactMedia.table, FactMediaEngagement.table]

    static func compute(_ changes: Changes, _ lake: GoldLake) async throws {
        async let current: Void =
            changes.partitions(of: [FactVisitors.table]).isEmpty
            ? () : lake.attempt(.whole) { try await replaceCurrentTables($0) }
        for partition in changes.partitions(of: mediaTables) {
            guard let day = partition.extractionDate else { continue }
            try await lake.attempt(partition) { lake in
                try await noteSnapshot(of: day, lake)
                try await replaceDailyTables(of: day, lake)
                try await replaceLaterChanges(than: day, lake)
            }
        }
        try await current
    }

    // MARK: A day

    private static func replaceDailyTables(of day: UTCDate, _ lake: GoldLake) async throws {
        let partition = PartitionKey.extractionDate(day)
        try await lake.replace(
            [
                FactMediaPerformance.table, KPIDaily.table, Ranking.topMediaByEngagement.table,
                Ranking.bottomMediaByDropOff.table, MediaRetention.table, MediaDailyChange.table,
            ], in: partition
        ) { inputs in
            let media = try await inputs.rows(of: DimMedia.table, in: partition)
            let facts = try await inputs.rows(of: FactMedia.table, in: partition)
            let cells = try await inputs.rows(of: FactMediaEngagement.table, in: partition)
            let earlier = try await earlierSnapshots(than: day, of: facts, lake, inputs)
            let days = MediaDay.join(media: media, facts: facts, cells: cells)
            let performance = FactMediaPerformance.make(days, media: media, facts: facts)
            try GoldInvariants.checkPerformance(performance, facts: facts)
            let kpi = KPIDaily.make(days, facts: facts, extractionDate: day.daysSinceEpoch)
            try GoldInvariants.checkKPI(kpi, performance: performance)
            let retention = MediaRetention.make(media: media, facts: facts, cells: cells)
            try GoldInvariants.checkRetention(retention, performance: performance, cells: cells)
            return [
                GoldOutput(FactMediaPerformance.table, performance), GoldOutput(KPIDaily.table, kpi),
                GoldOutput(
                    Ranking.topMediaByEngagement.table,
                    Ranking.topMediaByEngagement.make(performance: performance)),
                GoldOutput(
                    Ranking.bottomMediaByDropOff.table,
                    Ranking.bottomMediaByDropOff.make(performance: performance)),
                GoldOutput(MediaRetention.table, retention),
                GoldOutput(MediaDailyChange.table, MediaDailyChange.make(facts: facts, earlier: earlier)),
            ]
        }
    }

    // MARK: Changes from snapshot to snapshot

    /// Notes which media a day's snapshot has, before anything looks for earlier or later ones.
    ///
    /// Of two runs for two days, each notes its own before it reads the spans, so one of them sees both.
    private static func noteSnapshot(of day: UTCDate, _ lake: GoldLake) async throws {
        try await lake.replace([MediaDays.table], in: .whole) { inputs in
            let table = FactMedia.table.only(["media_id"])
            var current: ColumnBatch?
            do {
                current = try await inputs.current(MediaDays.table)
            } catch let error as LakeError where error.kind == "UnreadableTable" {
                // It follows from the days, and without it no day could be computed again.
            }
            if let known = current {
                let facts = try await inputs.rows(of: table, in: .extractionDate(day))
                let ids = Set(MediaIDs.list(of: facts, as: table))
                if !MediaSpans(known).media(boundedBy: day.daysSinceEpoch).isSubset(of: ids) { current = nil }
            }
            var spans = current ?? MediaDays.table.emptyRows
            // A lake of a release without this table has days that nobody noted, and a day can lose media.
            let days = current == nil ? try await lake.extractionDates(of: FactMedia.table) : [day]
            for day in days {
                let facts = try await inputs.rows(of: table, in: .extractionDate(day))
                spans = MediaDays.widened(spans, by: facts, of: table, date: day.daysSinceEpoch)
            }
            return [GoldOutput(MediaDays.table, spans)]
        }
    }

    private static func spans(_ inputs: GoldInputs, _ lake: GoldLake) async throws -> MediaSpans {
        MediaSpans(try await inputs.gold(MediaDays.table, in: .whole) ?? MediaDays.table.emptyRows)
    }

    /// The earlier days' counters, newest first, down to the day by which every media that an earlier day can have was found.
    private static func earlierSnapshots(
        than day: UTCDate, of facts: ColumnBatch, _ lake: GoldLake, _ inputs: GoldInputs
    ) async throws -> [ColumnBatch] {
        let spans = try await spans(inputs, lake)
        var missing = spans.media(
            Set(MediaIDs.list(of: facts, as: FactMedia.table)), before: day.daysSinceEpoch)
        var earlier: [ColumnBatch] = []
        guard !missing.isEmpty else { return [] }
        for other in try await lake.extractionDates(of: FactMedia.table).reversed() where other < day {
            missing = spans.media(missing, before: other.daysSinceEpoch + 1)
            if missing.isEmpty { break }
            let batch = try await inputs.rows(of: FactMedia.counters, in: .extractionDate(other))
            earlier.append(batch)
            missing.subtract(MediaIDs.list(of: batch, as: FactMedia.counters))
        }
        return earlier
    }

    /// Computes the changes of the later days whose newest earlier snapshot of some media is this day's, or was it before.
    ///
    /// That is the next day that has a snapshot and, for media missing there, the days after it. Which media these may be is
    /// said by their spans, which never narrow: so it does not matter what became of the day itself, or of an earlier try.
    private static func replaceLaterChanges(than day: UTCDate, _ lake: GoldLake) async throws {
        var waiting: Set<[UInt8]>?
        for later in try await lake.extractionDates(of: FactMedia.table) where later > day {
            if let waiting, waiting.isEmpty { return }
            let partition = PartitionKey.extractionDate(later)
            let awaited = waiting
            try await lake.replace([MediaDailyChange.table], in: partition) { inputs in
                let spans = try await spans(inputs, lake)
                let facts = try await inputs.rows(of: FactMedia.table, in: partition)
                waiting = spans.media(
                    awaited ?? spans.media(around: day.daysSinceEpoch), after: later.daysSinceEpoch
                )
                .subtracting(MediaIDs.list(of: facts, as: FactMedia.table))
                let earlier = try await earlierSnapshots(than: later, of: facts, lake, inputs)
                return [
                    GoldOutput(MediaDailyChange.table, MediaDailyChange.make(facts: facts, earlier: earlier))
                ]
            }
        }
    }

    // MARK: Visitors

    private static func replaceCurrentTables(_ lake: GoldLake) async throws {
        try await lake.replace([FactAudienceInsights.table, AudienceSummary.table], in: .whole) { inputs in
            let asOf = try await lake.newestExtractionDate()
            let visitors = try await inputs.rows(of: FactVisitors.table, in: .whole)
            let insights = FactAudienceInsights.make(visitors: visitors, asOf: asOf?.daysSinceEpoch ?? 0)
            let summary = AudienceSummary.make(insights: insights)
            try GoldInvariants.checkInsights(insights, visitors: visitors)
            try GoldInvariants.checkSummary(summary, insights: insights)
            return [
                GoldOutput(FactAudienceInsights.table, insights), GoldOutput(AudienceSummary.table, summary),
            ]
        }
    }
}
