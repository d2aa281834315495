import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// fact_visitors, made anew from bronze, is the table that was built in order, and little is read for it.
struct VisitorsRebuildTests {
    typealias Crawl = DeletedVisitorTests.Crawl

    private static let key = "wistia/fact_visitors/part-0.parquet"

    /// Sixty days with a full crawl on every seventh; on each day somebody new comes, and on most somebody leaves.
    private static var sixtyDays: [Crawl] {
        (0..<60).map { day in
            let isFull = day % 7 == 0
            let visitors = (max(0, day - (isFull ? 20 : 2))...day).map { "v\($0)" }
            return Crawl(visitors: visitors.joined(separator: " "), isFull: isFull)
        }
    }

    private func make(_ crawls: [Crawl], _ environment: [String: String] = [:]) async throws -> MemoryLake {
        var lake = try await DeletedVisitorTests.make(crawls)
        lake.environment.merge(environment) { $1 }
        for commit in lake.commits("bronze") { try await lake.runSilver(commit) }
        return lake
    }

    private func table(_ lake: MemoryLake) throws -> [UInt8] {
        try #require(lake.store.objects(bucket: "silver")[VisitorsRebuildTests.key])
    }

    /// Answers a commit again and gives the keys of the parts that were read before the table was written.
    private func partsRead(_ lake: MemoryLake, answering commit: String) async throws -> [String] {
        lake.store.clearJournal()
        try await lake.runSilver(commit)
        return lake.store.journal.filter { $0.operation == .get && $0.bucket == "bronze" }.map(\.key)
            .filter { $0.hasPrefix("raw/") }
    }

    @Test func `of sixty days only the parts since the second newest full crawl are read`() async throws {
        let lake = try await make(VisitorsRebuildTests.sixtyDays)
        let expected = try table(lake)
        let commits = lake.commits("bronze")
        // The newest commit's own parts, which any answer reads.
        let own = try await partsRead(lake, answering: commits[59])
        try await lake.store.delete(VisitorsRebuildTests.key, bucket: "silver")
        let read = try await partsRead(lake, answering: commits[59])
        #expect(try table(lake) == expected)
        // Full crawls were on days 0, 7, … 49, 56; those of day 49 and later may hold somebody who stays.
        let visitors = try commits[49...58].flatMap { key in
            try lake.bronzeCommit(key).parts.filter { $0.stream == .visitors }.map(\.key)
        }
        #expect(read.sorted() == (own + visitors).sorted())
        let all = try commits.reduce(0) { $0 + (try lake.bronzeCommit($1).parts.count) }
        #expect(all > 15 * visitors.count)
        // Of commits that cannot matter not even the list of parts is read.
        let listed = Set(
            lake.store.journal.filter { $0.operation == .get && $0.bucket == "bronze" }.map(\.key))
        #expect(commits.filter { listed.contains($0) }.count <= 58)
    }

    @Test(
        arguments: [
            [full("a b c"), full("a b"), recent("c"), full("a b"), full("a d")],
            [full("a b c"), full(""), full(""), recent("c"), full("a b")],
            [full("a b c"), .init(visitors: "a odd", isRefused: true), recent("c"), full("a b")],
            [recent("a b c"), recent("b")],
            [full("a b c d")] + Array(repeating: full("a"), count: 9),
            [full("a b c d")] + Array(repeating: full("a"), count: 6),
            [recent("z"), full("a b").on(2), full("a").on(2), recent("b").on(2), full("a"), full("a")],
        ]) func `gone, damaged or an older release's, the table becomes what it was`(crawls: [Crawl])
        async throws
    {
        let lake = try await make(crawls)
        let expected = lake.store.objects(bucket: "silver")
        let rows = try lake.rows(FactVisitors.table)
        let older = try TableFile.encode(rows, as: FactVisitors.table)
        for commit in lake.commits("bronze") {
            for found in [nil, Array("PAR1".utf8), older] {
                try await lake.store.delete(VisitorsRebuildTests.key, bucket: "silver")
                if let found { lake.store.seed(VisitorsRebuildTests.key, bucket: "silver", body: found) }
                try await lake.runSilver(commit)
                #expect(lake.store.objects(bucket: "silver") == expected)
            }
        }
    }

    @Test func `another policy for personal fields gives what it would have given from the start`()
        async throws
    {
        let crawls = [full("a b c"), full("a b"), recent("c"), full("a b"), full("a d")]
        let dropping = try await make(crawls, ["PII_MODE": "drop"])
        var lake = try await make(crawls)
        lake.environment["PII_MODE"] = "drop"
        #expect(try table(lake) != table(dropping))
        try await lake.runSilver(lake.commits("bronze")[1])
        #expect(try table(lake) == table(dropping))
    }

    @Test func `silver's commits of an older release, damaged or gone, are done without`() async throws {
        let lake = try await make([full("a b c"), full("a b"), recent("c"), full("a b"), full("a d")])
        let expected = try table(lake)
        let commits = lake.commits("silver")
        for index in [0, 1, 3] {
            var commit = try lake.silverCommit(commits[index])
            commit.since = [:]
            switch index {
            case 0: lake.store.seed(commits[0], bucket: "silver", body: try ObjectJSON.encode(commit))
            case 1: lake.store.seed(commits[1], bucket: "silver", body: Array("{".utf8))
            default: try await lake.store.delete(commits[3], bucket: "silver")
            }
        }
        try await lake.store.delete(VisitorsRebuildTests.key, bucket: "silver")
        try await lake.runSilver(commits[4])
        #expect(try table(lake) == expected)
    }

    @Test func `a damaged part is missed where its rows belong in the table, and nowhere else`() async throws
    {
        let lake = try await make([full("a b"), full("a b"), recent("b"), full("a"), full("a")])
        let expected = try table(lake)
        let commits = lake.commits("bronze")
        func damage(_ index: Int) throws -> String {
            let parts = try lake.bronzeCommit(commits[index]).parts
            let part = try #require(parts.first { $0.stream == .visitors })
            lake.store.seed(part.key, bucket: "bronze", body: Array("damaged".utf8))
            return part.key
        }
        _ = try damage(0)
        try await lake.store.delete(VisitorsRebuildTests.key, bucket: "silver")
        try await lake.runSilver(commits[4])
        #expect(try table(lake) == expected)

        let key = try damage(3)
        try await lake.store.delete(VisitorsRebuildTests.key, bucket: "silver")
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(commits[4]) }
        #expect(error?.errorType == "Function.RowsLacking")
        #expect(error?.description.contains("\(commits[3]): read s3://bronze/\(key) failed") == true)
    }

    @Test func `when the time is up the table stays as it was, and the error says what to do`() async throws {
        let lake = try await make([full("a b c"), full("a b"), recent("c"), recent("a"), full("a b")])
        let older = try TableFile.encode(try lake.rows(FactVisitors.table), as: FactVisitors.table)
        lake.store.seed(VisitorsRebuildTests.key, bucket: "silver", body: older)
        let commits = lake.commits("bronze")
        let slow = try lake.bronzeCommit(commits[3]).parts.map(\.key)
        lake.store.setBeforeHook { operation, key in
            if operation == .get, slow.contains(key) { lake.time.advance(seconds: 100) }
        }
        let error = await #expect(throws: LakeError.self) {
            _ = try await lake.silver().handle(
                MemoryLake.notification(bucket: "bronze", key: commits[4]),
                deadline: lake.time.now().adding(seconds: 100))
        }
        #expect(
            error?.description
                == "make s3://silver/\(VisitorsRebuildTests.key) anew failed: the time was up after 1 of up to 4 commits; it is as it was; raise silver's time-out or memory and send the event again"
        )
        #expect(error?.errorType == "Function.RebuildTimeUp")
        #expect(try table(lake) == older)
        lake.store.setBeforeHook(nil)
        try await lake.runSilver(commits[4])
        #expect(try table(lake) != older)
    }
}

private func full(_ visitors: String) -> DeletedVisitorTests.Crawl { .init(visitors: visitors) }

private func recent(_ visitors: String) -> DeletedVisitorTests.Crawl {
    .init(visitors: visitors, isFull: false)
}
