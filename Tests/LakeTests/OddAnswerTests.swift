import Foundation
import Parquet
import Tables
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// Answers of the API that are odd but no reason to stop: what silver and gold make of them.
struct OddAnswerTests {
    private let day = "2026-01-08"

    /// A lake whose first commit was changed in one stream, through silver and gold.
    private func make(
        stream: Lake.Stream, _ change: (String) -> String, rows: (Int) -> Int = { $0 }
    ) async throws -> (lake: MemoryLake, commit: SilverCommit) {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: stream, change, rows: rows)
        try await lake.runSilver(key)
        try await lake.runGold(key)
        return (lake, try lake.silverCommit(key))
    }

    @Test func `one visitor with a string where a number belongs costs that visitor`() async throws {
        let (lake, commit) = try await make(stream: .visitors) {
            $0.replacing(/"play_count":\d+/, with: #""play_count":"7""#, maxReplacements: 1)
        }
        let ledger = try #require(commit.ledger["fact_visitors"])
        #expect(ledger.quarantined == 1)
        // The closing re-scan read the visitor again, as he is.
        #expect(ledger.accepted + ledger.duplicate == ledger.read - 1)
        #expect(try lake.rows(FactVisitors.table).rowCount == 150)
        #expect(try lake.rows(FactAudienceInsights.table).rowCount == 150)
    }

    /// It has no row that could replace them.
    @Test func `an engagement answer without cells leaves those that the day has`() async throws {
        let lake = try MemoryLake(visitors: 50)
        try await lake.runSilver(try await lake.runBronze(day: 1))
        let before = try lake.rows(FactMediaEngagement.table, date: day)
        let key = try await lake.runBronzeAgain()
        try lake.rewritePart(of: key, stream: .mediaEngagement) {
            $0.replacing(/"engagement_data":\[[^\]]*\]/, with: #""engagement_data":[]"#)
                .replacing(/"rewatch_data":\[[^\]]*\]/, with: #""rewatch_data":[]"#)
        }
        try await lake.runSilver(key)
        #expect(try lake.rows(FactMediaEngagement.table, date: day) == before)
    }

    @Test func `a visitor who comes twice on a page counts once`() async throws {
        let (lake, commit) = try await make(stream: .visitors) { text in
            guard let start = text.range(of: #"{"visitor_key""#),
                let end = text.range(of: #",{"visitor_key""#, range: start.upperBound..<text.endIndex)
            else { return text }
            return text.replacingCharacters(
                in: start.lowerBound..<start.lowerBound,
                with: String(text[start.lowerBound..<end.lowerBound]) + ",")
        } rows: {
            $0 + 1
        }
        #expect(commit.ledger["fact_visitors"] == TableLedger(read: 251, accepted: 150, duplicate: 101))
        #expect(try lake.rows(FactVisitors.table).rowCount == 150)
    }

    @Test(arguments: [
        (#""org":null"#, "org_name"), (#""org":{}"#, "org_title"), (#""name":"","org":null"#, "name"),
        (#""name":null,"org":null"#, "name"), (#""email":"","org":null"#, "email"),
    ])
    func `what is empty or null is null`(member: String, column: String) async throws {
        let (lake, commit) = try await make(stream: .visitors) {
            $0.replacing(
                /"visitor_identity":\{(?:[^{}]|\{[^{}]*\})*\}/, with: #""visitor_identity":{\#(member)}"#)
        }
        #expect(commit.ledger["fact_visitors"]?.quarantined == 0)
        let values = try lake.rows(FactVisitors.table).strings(FactVisitors.table.index(of: column))
        #expect(values.count == 150)
        #expect(values.allSatisfy { $0 == nil })
    }

    /// Every field of the table that an answer does not know stands in the commit, with how often it came.
    @Test func `a new field is counted`() async throws {
        let (_, commit) = try await make(stream: .mediaStats) {
            $0.replacing(#"{"load_count""#, with: #"{"load_cost":1.5,"load_count""#)
        }
        #expect(commit.unknownFields == ["fact_media": ["load_cost": 2]])
    }

    /// One answer is no change of the API, though it holds half of the cells.
    @Test(arguments: [
        (#""rewatch_data":[1,2,3]"#, 436), (#""rewatch_data":[]"#, 436), (#""rewatch_data":null"#, 1),
        (#""rewatch_data":{"0":1}"#, 1),
    ])
    func `arrays of unequal length cost their answer and not the run`(member: String, quarantined: Int)
        async throws
    {
        let (lake, commit) = try await make(stream: .mediaEngagement) {
            $0.replacing(/"rewatch_data":\[[^\]]*\]/, with: member, maxReplacements: 1)
        }
        #expect(
            commit.ledger["fact_media_engagement"]
                == TableLedger(read: 436 + quarantined, accepted: 436, quarantined: quarantined))
        #expect(commit.quarantine.keys.sorted() == ["fact_media_engagement"])
        #expect(try points(lake) == [nil, 436])
    }

    @Test(arguments: [
        ("{}", 1), (#"{"engagement":null,"engagement_data":null,"rewatch_data":null}"#, 1), ("null", 1),
        (#"{"engagement":0,"engagement_data":[],"rewatch_data":[]}"#, 0),
    ])
    func `a media without engagement has its other figures`(body: String, quarantined: Int) async throws {
        let (lake, commit) = try await make(stream: .mediaEngagement) { text in
            let line = text.prefix { $0 != "\n" }
            guard let start = line.range(of: #""body":"#)?.upperBound else { return text }
            return line[..<start] + body + "}" + text.dropFirst(line.count)
        }
        #expect(
            commit.ledger["fact_media_engagement"]
                == TableLedger(read: 436 + quarantined, accepted: 436, quarantined: quarantined))
        #expect(try points(lake) == [nil, 436])
        #expect(try lake.rows(FactMedia.table, date: day).rowCount == 2)
        #expect(try lake.rows(KPIDaily.table, date: day).rowCount == 1)
    }

    private func points(_ lake: MemoryLake) throws -> [Int64?] {
        let table = FactMediaPerformance.table
        return try lake.rows(table, date: day).int64s(table.index(of: "engagement_points"))
            .sorted { ($0 ?? 0) < ($1 ?? 0) }
    }
}
