import HTTP
import JSON
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// The moment of an answer is the server's: hosts have clocks of their own.
struct ServerClockTests {
    @Test func `a run whose clock is ahead does not keep a later answer out`() async throws {
        let lake = try MemoryLake(visitors: 150)
        // This host's clock is half an hour ahead.
        lake.time.advance(seconds: 1_800)
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: 1), deadline: nil)
        lake.time.advance(seconds: -1_500)
        lake.sandbox.activate(returning: 40)
        let event = #"{"id":"b","time":"2026-01-08T02:05:00Z","source":"wistia","full":true}"#
        _ = try await lake.bronze().handle(Array(event.utf8), deadline: nil)
        let commits = lake.commits("bronze")
        try #require(commits.count == 2)
        let alone = try lake.withBronzeOnly()
        try await alone.runSilver(commits[1])
        for commit in commits { try await lake.runSilver(commit) }
        #expect(try lake.rows(FactVisitors.table) == alone.rows(FactVisitors.table))
    }

    private func answeredAt(_ members: String) throws -> Timestamp {
        var origin = Origin(partKey: "", line: 1, answeredAt: 0, subject: nil)
        try JSONParser().withDocument(Array("{\(members),\"page\":1,\"body\":[]}".utf8)) {
            _ = try PartFormat.exchanges.open($0, &origin)
        }
        return Timestamp(microsecondsSinceEpoch: origin.answeredAt)
    }

    /// The header names a second; nobody on the answer can have been active after that second's end.
    @Test(arguments: [
        (#""date":"2026-01-08T02:00:05Z","#, "2026-01-08T02:00:05.25Z", "2026-01-08T02:00:05.25Z"),
        (#""date":"2026-01-08T02:00:05Z","#, "2026-01-08T02:30:00Z", "2026-01-08T02:00:05.999999Z"),
        (#""date":"2026-01-08T02:00:05Z","#, "2026-01-08T01:30:00Z", "2026-01-08T02:00:05.999999Z"),
        // As the first releases wrote it, and an answer without the header.
        ("", "2026-01-08T02:30:00Z", "2026-01-08T02:30:00Z"),
    ])
    func `an answer is of the second that its Date names`(date: String, fetched: String, expected: String)
        throws
    {
        #expect(
            try answeredAt(#"\#(date)"fetched_at":"\#(fetched)""#) == Timestamp(rfc3339: expected))
    }
}
