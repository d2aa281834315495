import AWS
import HTTP
import LambdaRuntime
import Logging
import Parquet
import Synchronization
import Tables
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// Whom two full crawls in a row miss, the account has deleted.
struct DeletedVisitorTests {
    /// A run of bronze by day: whom it showed, in clear, and whether it read the whole list.
    struct Crawl: Sendable {
        var visitors: String
        var isFull = true
        var isRefused = false
        /// Whether the visitor who cannot be typed has no key either.
        var isNameless = false
        /// The day on which the API answered; nil means the run's own, later days being further down.
        var day: Int?

        /// The same, answered on another day.
        func on(_ day: Int) -> Crawl {
            var crawl = self
            crawl.day = day
            return crawl
        }
    }

    /// A lake whose bronze holds the crawls, a day each from 2026-01-08 on.
    ///
    /// One of bronze's own runs is the template of each day, so that media are there too. Everybody's activity falls from
    /// day to day, which must not matter to who is there. Each object is as old as its run.
    static func make(_ crawls: [Crawl]) async throws -> MemoryLake {
        let source = try MemoryLake(visitors: 3)
        for (index, crawl) in crawls.enumerated() {
            let before = Set(source.store.objects(bucket: "bronze").keys)
            let key = try await source.runBronze(day: index + 1)
            let moment = Timestamp(
                microsecondsSinceEpoch: Int64(MemoryLake.date(ofDay: crawl.day ?? index + 1).daysSinceEpoch)
                    * 86_400_000_000
            ).adding(seconds: 7_205 + Double(index) * 60)
            let rows = crawl.visitors.split(separator: " ").map { name in
                #"{"visitor_key":\#(crawl.isNameless && name == "odd" ? "null" : "\"\(name)\""),"created_at":"2026-01-01T00:00:00Z","last_active_at":"\#(MemoryLake.date(ofDay: -index))T00:00:00Z","last_event_key":"e\#(index)","load_count":\#(crawl.isRefused && name == "odd" ? "null" : "1"),"play_count":1,"identifying_event_key":null,"visitor_identity":{"name":"","email":null,"org":{"name":null,"title":null}},"user_agent_details":{"browser":"Firefox","browser_version":"1","platform":"Linux","mobile":false}}"#
            }
            let line =
                #"{"url":"https://api.example/visitors","status":200,"fetched_at":"\#(moment.iso8601)","page":1,"body":[\#(rows.joined(separator: ","))]}"#
            var commit = try source.bronzeCommit(key)
            let kept = try #require(commit.parts.firstIndex { $0.stream == .visitors })
            var part = commit.parts[kept]
            let bytes = try Gzip.compress(Array((line + "\n").utf8))
            source.store.seed(part.key, bucket: "bronze", body: bytes)
            part.etag = MemoryObjectStore.etag(of: bytes).value
            (part.lines, part.rows) = (1, rows.count)
            commit.parts.removeAll { $0.stream == .visitors }
            commit.parts.append(part)
            commit.ledger[Stream.visitors.rawValue]?.rowsInParts = rows.count
            commit.isFullCrawl = crawl.isFull
            source.store.seed(key, bucket: "bronze", body: try ObjectJSON.encode(commit))
            for (key, body) in source.store.objects(bucket: "bronze") where !before.contains(key) {
                source.store.seed(
                    key, bucket: "bronze", body: body, modifiedAt: moment.adding(seconds: 30))
            }
        }
        return try source.withBronzeOnly()
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func visitors(_ lake: MemoryLake, _ table: Table = FactVisitors.table) throws -> String {
        try lake.rows(table).strings(0).map { $0 ?? "-" }.joined(separator: " ")
    }

    @Test(
        arguments: [
            ([full("a b"), full("a")], "a b"),
            ([full("a b"), full("a"), full("a")], "a"),
            ([full("a b"), full("a"), recent("b"), full("a")], "a b"),
            ([full("a b"), full("a"), recent("b"), full("a"), full("a")], "a"),
            ([full("a b"), recent("a"), recent("a"), recent("a")], "a b"),
            ([full("a b"), full("a"), recent("a"), full("a")], "a"),
            ([full("a b"), full("a"), full("a b"), full("a")], "a b"),
            ([full("a b"), full("a"), full("a"), recent("b")], "a b"),
            ([full("a b"), full("a"), full("a"), full("a b")], "a b"),
            ([full("a b"), full("a"), full("a"), recent("b"), full("a"), full("a")], "a"),
            ([recent("a b"), full("a"), full("a")], "a"),
            // A list that is suddenly short is another account's, or a fault.
            ([full("a b"), full(""), full("")], "a b"),
            ([full("a b"), recent("a"), full(""), full("")], "a b"),
            ([full("a b c d"), full("x"), full("x")], "a b c d x"),
            ([full("a b c d"), full("a b c"), full("b"), full("b")], "a b c d"),
            ([full("a b c d"), full("a b"), full("a b")], "a b"),
            ([full("a b c d"), full("a b"), full("a"), full("a")], "a b c d"),
            ([full(""), full("")], ""),
            // Two on one day may share a fault.
            ([full("a b"), full("a").on(2), full("a").on(2)], "a b"),
            ([full("a b"), full("a").on(2), full("a").on(2), full("a")], "a"),
            ([full("a b"), full("a").on(2), full("a b").on(2), full("a")], "a b"),
            // An account that did shrink is believed once the larger crawls are no longer kept.
            ([full("a b c d")] + Array(repeating: full("a"), count: 7), "a b c d"),
            ([full("a b c d")] + Array(repeating: full("a"), count: 8), "a"),
            ([full("a b c d")] + Array(repeating: full(""), count: 8), ""),
        ] as [([Crawl], String)])
    func `two misses in a row take a visitor out, one does not`(crawls: [Crawl], expected: String)
        async throws
    {
        let lake = try await DeletedVisitorTests.make(crawls)
        for commit in lake.commits("bronze") {
            try await lake.runSilver(commit)
            try await lake.runGold(commit)
        }
        #expect(try visitors(lake) == expected)
        #expect(try visitors(lake, FactAudienceInsights.table) == expected)
        let summary = try lake.rows(AudienceSummary.table)
        let counts = try summary.int64s(AudienceSummary.table.index(of: "visitors"))
        #expect(counts.reduce(0) { $0 + ($1 ?? 0) } == Int64(expected.split(separator: " ").count))
    }

    @Test(
        arguments: [
            [full("a b c"), full("a b"), full("a b")],
            [full("a b c"), full("a b"), full("a b"), recent("c")],
            [full("a b c"), recent("b"), full("a c"), full("a c")],
            [full("a b c"), full("a b"), recent("c"), full("a b")],
            // A short crawl, and one that comes late and shows that others are short.
            [full("a b c"), full("a"), full("a"), recent("b")],
            [recent("b"), full("a b c"), full("a"), full("a")],
            // Whom the short ones had taken out, and the late one does not show, must be back.
            [recent("z"), full("a b c"), full("a"), full("a")],
            // Two of a day, of which the second may come first.
            [full("a b").on(1), recent("b").on(1), full("a").on(1), full("a").on(2)],
            [full("a b c"), full("").on(2), full("a b").on(2), full("a b")],
        ]) func `every order of delivery gives the same bytes`(crawls: [Crawl]) async throws
    {
        let inOrder = try await DeletedVisitorTests.make(crawls)
        let commits = inOrder.commits("bronze")
        for commit in commits { try await inOrder.runSilver(commit) }
        for commit in commits { try await inOrder.runGold(commit) }
        for order in permutations(Array(commits.indices)) {
            let lake = try inOrder.withBronzeOnly()
            for index in order {
                try await lake.runSilver(commits[index])
                try await lake.runGold(commits[index])
            }
            try expectEqual(lake, inOrder, "\(order)")
            // Again, as a late redelivery of each.
            for index in order { try await lake.runSilver(commits[index]) }
            for index in order { try await lake.runGold(commits[index]) }
            try expectEqual(lake, inOrder, "again \(order)")
        }
    }

    private func expectEqual(_ lake: MemoryLake, _ other: MemoryLake, _ comment: Comment) throws {
        for bucket in ["silver", "gold"] {
            let expected = other.store.objects(bucket: bucket)
            let found = lake.store.objects(bucket: bucket)
            #expect(Set(found.keys) == Set(expected.keys))
            #expect(expected.keys.filter { found[$0] != expected[$0] } == [], comment)
        }
    }

    @Test func `the log says that a full crawl is short, and what to do`() async throws {
        let lake = try await DeletedVisitorTests.make([full("a b c"), full("a"), recent("a")])
        let warnings = try await warnings(of: lake, answering: lake.commits("bronze")).filter {
            $0.contains("less than half")
        }
        #expect(warnings.count == 1)
        for text in [
            #""level":"WARN"#, #""rows":"1""#, #""earlier_rows":"3""#, #""days_left":"7""#,
            "look whether the credentials are the right account's",
        ] {
            #expect(warnings.first?.contains(text) == true, "\(text) in \(warnings)")
        }
    }

    @Test func `reprocessing, reconciling and making the table anew give the same bytes`() async throws {
        let inOrder = try await DeletedVisitorTests.make([
            full("a b c"), full("a b"), recent("c"), full("a b"), full("a d"),
        ])
        for commit in inOrder.commits("bronze") { try await inOrder.runSilver(commit) }
        #expect(try visitors(inOrder) == "a b d")
        let expected = inOrder.store.objects(bucket: "silver")

        for event in [MemoryLake.reprocess(), MemoryLake.reconcile] {
            let lake = try inOrder.withBronzeOnly()
            try await lake.send(event, to: "silver")
            #expect(lake.store.objects(bucket: "silver") == expected)
            try await lake.send(MemoryLake.reprocess(to: "2026-01-08"), to: "silver")
            #expect(lake.store.objects(bucket: "silver") == expected)
        }

        let key = "wistia/fact_visitors/part-0.parquet"
        try await inOrder.store.delete(key, bucket: "silver")
        try await inOrder.runSilver(inOrder.commits("bronze")[0])
        #expect(inOrder.store.objects(bucket: "silver") == expected)
        // A release that knew of no deletions left it so.
        inOrder.store.seed(
            key, bucket: "silver",
            body: try TableFile.encode(inOrder.rows(FactVisitors.table), as: FactVisitors.table))
        try await inOrder.runSilver(inOrder.commits("bronze")[1])
        #expect(inOrder.store.objects(bucket: "silver") == expected)
    }

    @Test func `the loser of a race against the second crawl takes out whom it missed`() async throws {
        let lake = try await DeletedVisitorTests.make([full("a b"), full("a"), full("a")])
        let commits = lake.commits("bronze")
        try await lake.runSilver(commits[0])
        let once = MemoryFlag()
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key == "wistia/fact_visitors/part-0.parquet", once.raise() {
                try await lake.runSilver(commits[2])
            }
        }
        try await lake.runSilver(commits[1])
        lake.store.setBeforeHook(nil)
        #expect(try visitors(lake) == "a")
        let inOrder = try lake.withBronzeOnly()
        for commit in commits { try await inOrder.runSilver(commit) }
        #expect(lake.store.objects(bucket: "silver") == inOrder.store.objects(bucket: "silver"))
    }

    @Test func `how many were deleted is in the answer and not in the commit`() async throws {
        let lake = try await DeletedVisitorTests.make([full("a b c"), full("a b"), full("a b")])
        let counts = try await {
            var counts: [String] = []
            for commit in lake.commits("bronze") {
                let answer = try await lake.silver().handle(
                    MemoryLake.notification(bucket: "bronze", key: commit), deadline: nil)
                let text = String(decoding: answer, as: UTF8.self)
                counts += text.matches(of: /"deleted" : (\d+)/).map { String($0.1) }
            }
            return counts
        }()
        #expect(counts == ["0", "0", "1"])
        let commit = try #require(lake.commits("silver").last)
        let body = try #require(lake.store.objects(bucket: "silver")[commit])
        #expect(!String(decoding: body, as: UTF8.self).contains("deleted"))
    }

    @Test func `a visitor who cannot be typed but whose key can be read was seen, and holds up no deletion`()
        async throws
    {
        let odd = Crawl(visitors: "a odd", isRefused: true)
        let lake = try await DeletedVisitorTests.make([full("a odd b"), odd, odd, odd])
        for commit in lake.commits("bronze") { try await lake.runSilver(commit) }
        #expect(try visitors(lake) == "a odd")
        let bytes = lake.store.objects(bucket: "silver")["wistia/fact_visitors/part-0.parquet"]
        // It was not he himself who was seen last, but it was him.
        try await lake.store.delete("wistia/fact_visitors/part-0.parquet", bucket: "silver")
        try await lake.runSilver(lake.commits("bronze")[1])
        #expect(lake.store.objects(bucket: "silver")["wistia/fact_visitors/part-0.parquet"] == bytes)
        try await lake.runSilver(lake.commits("bronze")[0])
        #expect(lake.store.objects(bucket: "silver")["wistia/fact_visitors/part-0.parquet"] == bytes)
    }

    /// Who is shown and cannot be typed is not deleted, and no row tells who it was.
    @Test func `a full crawl with a visitor whose key cannot be read does not tell who was deleted`()
        async throws
    {
        let odd = Crawl(visitors: "a odd", isRefused: true, isNameless: true)
        let lake = try await DeletedVisitorTests.make([
            full("a odd b"), odd, odd, odd, full("a odd"),
        ])
        for commit in lake.commits("bronze") { try await lake.runSilver(commit) }
        #expect(try visitors(lake) == "a b odd")
        let healed = try await DeletedVisitorTests.make([
            full("a odd b"), odd, full("a odd"), odd, full("a odd"),
        ])
        for commit in healed.commits("bronze") { try await healed.runSilver(commit) }
        #expect(try visitors(healed) == "a odd")
    }

    @Test func `gold refuses a table that lacks a visitor seen since the second newest crawl`() async throws {
        let lake = try await DeletedVisitorTests.make([full("a b"), full("a c"), full("a c")])
        let commits = lake.commits("bronze")
        for commit in commits { try await lake.runSilver(commit) }
        let key = "wistia/fact_visitors/part-0.parquet"
        let bytes = try #require(lake.store.objects(bucket: "silver")[key])
        let file = try TableFile(bytes, of: FactVisitors.table, resource: key)
        lake.store.seed(
            key, bucket: "silver",
            body: try TableFile.encode(
                file.rows().gathered(at: [0]), as: FactVisitors.table, metadata: file.metadata))
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(commits[2]) }
        #expect(error?.description.contains("accepted 2 rows, the table holds 1 seen since") == true)
        // The first commit's visitors may be gone by rights.
        try await lake.runGold(commits[0])
    }

    @Test(arguments: [true, false])
    func `gold holds an older release's table to a commit's rows unless it may lack some`(mayLack: Bool)
        async throws
    {
        let lake = try await DeletedVisitorTests.make([full("a b"), full("a"), full("a")])
        let commits = lake.commits("bronze")
        for commit in commits { try await lake.runSilver(commit) }
        var options = WriterOptions()
        if mayLack { options.keyValueMetadata = [("medallion.full_crawls", "b@2 a@1")] }
        lake.store.seed(
            "wistia/fact_visitors/part-0.parquet", bucket: "silver",
            body: try ParquetFile.encode(
                schema: FactVisitors.table.schema, batch: try lake.rows(FactVisitors.table), options: options
            ))
        if mayLack { return try await lake.runGold(commits[0]) }
        let error = await #expect(throws: LakeError.self) { try await lake.runGold(commits[0]) }
        #expect(error?.description.contains("accepted 2 rows, the table holds 1") == true)
    }

    @Test func `the log says of a table made anew too that a full crawl has visitors in quarantine`()
        async throws
    {
        let lake = try await DeletedVisitorTests.make([
            full("a odd"), Crawl(visitors: "a odd", isRefused: true, isNameless: true), recent("a"),
        ])
        let commits = lake.commits("bronze")
        for commit in commits { try await lake.runSilver(commit) }
        try await lake.store.delete("wistia/fact_visitors/part-0.parquet", bucket: "silver")
        let warnings = try await warnings(of: lake, answering: [commits[2]])
        #expect(warnings.contains { $0.contains("is gone and is made anew from bronze") })
        #expect(
            warnings.count {
                $0.contains("a complete reading with rows that cannot be typed, nor their keys be read")
            } == 1)
    }

    /// Lets silver answer commits and gives the lines of its log that warn.
    private func warnings(of lake: MemoryLake, answering commits: [String]) async throws -> [String] {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in
            LambdaLogHandler(
                label: "silver", configuration: LogConfiguration(format: .json, level: .warning),
                time: lake.time
            ) { line in lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
        }
        let silver = try SilverFunction(
            sources: [Wistia.silver], configuration: lake.configuration, platform: lake.platform,
            logger: logger)
        for commit in commits {
            _ = try await silver.handle(MemoryLake.notification(bucket: "bronze", key: commit), deadline: nil)
        }
        return lines.all.withLock { $0 }
    }

    private func permutations(_ items: [Int]) -> [[Int]] {
        guard let first = items.first else { return [[]] }
        return permutations(Array(items.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }
}

private func full(_ visitors: String) -> DeletedVisitorTests.Crawl { .init(visitors: visitors) }

private func recent(_ visitors: String) -> DeletedVisitorTests.Crawl {
    .init(visitors: visitors, isFull: false)
}
