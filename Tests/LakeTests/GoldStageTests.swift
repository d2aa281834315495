import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

struct GoldStageTests {
    @Test func `the published figures of the two default media come out`() async throws {
        let lake = try MemoryLake(visitors: 150)
        try await lake.runDay(1)
        let table = FactMediaPerformance.table
        let rows = try lake.rows(table, date: "2026-01-08")
        #expect(try rows.strings(table.index(of: "media_id")) == ["gskhw4w4lm", "v08dlrgr7v"])
        #expect(try rows.int64s(table.index(of: "total_engagement_count")) == [1_297_210, 10_103_978])
        #expect(try rows.int64s(table.index(of: "total_rewatch_count")) == [57_850, 435_865])
        guard case .double(let averages) = rows.columns[table.index(of: "avg_engagement_per_second")].values
        else {
            Issue.record("avg_engagement_per_second is not a double")
            return
        }
        #expect(averages.map { ($0 * 1e6).rounded() / 1e6 } == [2975.252294, 23174.261468])
        #expect(try rows.strings(table.index(of: "play_rate_class")) == ["Medium", "High"])
        #expect(try rows.strings(table.index(of: "hours_class")) == ["Medium", "High"])
    }

    @Test func `every table has its object and the audience adds up`() async throws {
        let lake = try MemoryLake(visitors: 300)
        try await lake.runDay(1)
        for table in Wistia.gold.tables {
            _ = try lake.rows(table, date: table.partitioning == .extractionDate ? "2026-01-08" : nil)
        }
        let summary = try lake.rows(AudienceSummary.table)
        let visitors = try summary.int64s(AudienceSummary.table.index(of: "visitors")).compactMap { $0 }
        #expect(visitors.reduce(0, +) == 300)
    }

    @Test func `a day that comes late gives the next day its change`() async throws {
        let lake = try MemoryLake(visitors: 150)
        for day in 1...3 { _ = try await lake.runBronze(day: day) }
        let commits = lake.commits("bronze")
        for index in [0, 2] {
            try await lake.runSilver(commits[index])
            try await lake.runGold(commits[index])
        }
        let previous = MediaDailyChange.table.index(of: "previous_extraction_date")
        func previousDates() throws -> [Int32] {
            let rows = try lake.rows(MediaDailyChange.table, date: "2026-01-10")
            guard case .int32(let dates) = rows.columns[previous].values else { return [] }
            return dates
        }
        let first = try #require(UTCDate("2026-01-08")).daysSinceEpoch
        #expect(try previousDates() == [first, first])
        try await lake.runSilver(commits[1])
        try await lake.runGold(commits[1])
        #expect(try previousDates() == [first + 1, first + 1])
    }

    /// What bounds the search can be made anew from the days; until then no day could be computed.
    @Test(arguments: ["cut", "of another shape"])
    func `a damaged table of each media's days is made anew`(damage: String) async throws {
        let lake = try MemoryLake(visitors: 50)
        try await lake.runDay(1)
        let key = "wistia/media_days/part-0.parquet"
        let sound = try #require(lake.store.objects(bucket: "gold")[key])
        var other = MediaDays.table
        other.columns.removeLast()
        other.columns[1].name = "first_day"
        let rows = ColumnBatch(rowCount: 2, columns: Array(try lake.rows(MediaDays.table).columns.dropLast()))
        lake.store.seed(
            key, bucket: "gold",
            body: damage == "cut" ? Array(sound.dropLast(100)) : try TableFile.encode(rows, as: other))
        try await lake.runDay(2)
        let fresh = try lake.withBronzeOnly()
        for commit in fresh.commits("bronze") {
            try await fresh.runSilver(commit)
            try await fresh.runGold(commit)
        }
        #expect(fresh.store.objects(bucket: "gold") == lake.store.objects(bucket: "gold"))
    }

    @Test func `current tables are as of the newest day that silver committed`() async throws {
        let lake = try MemoryLake(visitors: 150)
        try await lake.runDay(1)
        try await lake.runDay(2)
        let before = lake.store.objects(bucket: "gold")["wistia/fact_audience_insights/part-0.parquet"]
        try await lake.runGold(lake.commits("silver")[0])
        #expect(lake.store.objects(bucket: "gold")["wistia/fact_audience_insights/part-0.parquet"] == before)
    }

    @Test func `an account without media and visitors gives empty tables`() async throws {
        var lake = try MemoryLake(visitors: 0)
        lake.environment["WISTIA_MEDIA_IDS"] = "deleted123"
        try await lake.runDay(1)
        #expect(try lake.rows(FactMediaPerformance.table, date: "2026-01-08").rowCount == 0)
        #expect(try lake.rows(KPIDaily.table, date: "2026-01-08").rowCount == 0)
        #expect(try lake.rows(FactAudienceInsights.table).rowCount == 0)
    }

    @Test func `a table that lost rows since its commit is refused`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try await lake.runSilver(key)
        let rows = try lake.rows(FactVisitors.table).gathered(at: Array(0..<149))
        lake.store.seed(
            "wistia/fact_visitors/part-0.parquet", bucket: "silver",
            body: try TableFile.encode(rows, as: FactVisitors.table))
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(key) }
        #expect(error?.description.contains("accepted 150 rows, the table holds 149") == true)
        #expect(lake.commits("gold").isEmpty)
    }

    @Test func `a file that is not the table is refused with its name`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try await lake.runSilver(key)
        lake.store.seed("wistia/fact_visitors/part-0.parquet", bucket: "silver", body: Array("PAR1".utf8))
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(key) }
        #expect(
            error?.description.hasPrefix(
                "read s3://silver/wistia/fact_visitors/part-0.parquet failed: it is not a file of fact_visitors"
            ) == true)
    }

    @Test func `the ledger has what was found, the report what was read`() async throws {
        let lake = try MemoryLake(visitors: 150) { $0.newPerDay = 5 }
        try await lake.runDay(1)
        let key = try await lake.runBronze(day: 2)
        try await lake.runSilver(key)
        let answer = try await lake.gold().handle(
            MemoryLake.notification(bucket: "silver", key: key), deadline: nil)
        let silver = try lake.silverCommit(key).ledger
        let commit = try ObjectJSON.decode(
            GoldCommit.self, from: try #require(lake.store.objects(bucket: "gold")[key]), of: key)
        let found = try ["dim_media", "fact_media", "fact_visitors"].map {
            let accepted = try #require(silver[$0]).accepted
            return ($0, TableLedger(read: accepted, accepted: accepted))
        }
        #expect(commit.ledger == Dictionary(uniqueKeysWithValues: found))
        let rowsRead = try #require(
            String(decoding: answer, as: UTF8.self).firstMatch(of: /"rows_read" : (\{[^}]*\})/)
        ).1.filter { !$0.isWhitespace }
        #expect(
            rowsRead == #"{"dim_media":2,"fact_media":2,"fact_media_engagement":872,"fact_visitors":155}"#)
    }
}
