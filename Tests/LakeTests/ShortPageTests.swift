import AWS
import HTTP
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Lists of which a page holds fewer rows than were asked for, and which go on behind it all the same.
struct ShortPageTests {
    struct Crash: Error {}

    /// The sandbox as an API that puts fewer rows on a page than were asked for.
    private struct CappedTransport: Transport {
        var transport: SandboxTransport
        var rowsPerPage: Int

        func send(_ request: Request) async throws -> Response {
            var request = request
            request.url = request.url.replacing("&per_page=100", with: "&per_page=\(rowsPerPage)")
            return try await transport.send(request)
        }
    }

    /// Turns the account to a day and runs bronze for it, of an API with so many rows on a page; gives the commit's key.
    private func runBronze(_ lake: MemoryLake, day: Int, rowsPerPage: Int) async throws -> String {
        lake.sandbox.turn(toDay: day)
        if day > 1 { lake.time.advance(seconds: 86_400) }
        var platform = lake.platform
        platform.transport = CappedTransport(
            transport: SandboxTransport(sandbox: lake.sandbox, time: lake.time), rowsPerPage: rowsPerPage)
        _ = try await BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger
        ).handle(MemoryLake.schedule(day: day), deadline: nil)
        return try #require(lake.commits("bronze").last)
    }

    @Test(arguments: [50, 99, 7])
    func `a run that reads what is new loses nobody where pages are short`(rowsPerPage: Int) async throws {
        let lake = try MemoryLake(visitors: 1_000) { $0.newPerDay = 300 }
        try await lake.runDay(1)
        for (day, visitors) in [(2, 1_300), (3, 1_600)] {
            let key = try await runBronze(lake, day: day, rowsPerPage: rowsPerPage)
            #expect(try !lake.bronzeCommit(key).isFullCrawl)
            try await lake.runSilver(key)
            #expect(try lake.rows(FactVisitors.table).rowCount == visitors)
        }
        // The pages are as long as they were again.
        try await lake.runDay(4)
        #expect(try lake.rows(FactVisitors.table).rowCount == 1_900)
    }

    @Test(arguments: [(50, 50), (99, 26), (7, 358)])
    func `a full crawl loses nobody where pages are short`(rowsPerPage: Int, pages: Int) async throws {
        let lake = try MemoryLake(visitors: 2_500)
        let key = try await runBronze(lake, day: 1, rowsPerPage: rowsPerPage)
        let commit = try lake.bronzeCommit(key)
        #expect(commit.isFullCrawl)
        #expect(try commit.crawl.visitorPageCount == pages)
        try await lake.runSilver(key)
        #expect(try lake.rows(FactVisitors.table).rowCount == 2_500)
    }

    @Test(arguments: [51, 100, 120])
    func `the media list loses nothing where pages are short`(media: Int) async throws {
        let lake = try MemoryLake(visitors: 10) { $0.syntheticMedia = media - 2 }
        let key = try await runBronze(lake, day: 1, rowsPerPage: 50)
        #expect(try lake.bronzeCommit(key).ledger["media_stats"]?.requests == media)
    }

    /// The whole account became active in the last three minutes, so that nothing but an empty page would end the re-scan.
    @Test func `a re-scan whose pages are all alike is noticed`() async throws {
        let lake = try MemoryLake(visitors: 0)
        lake.sandbox.turn(toDay: 1)
        lake.sandbox.activate(new: 20)
        let secondPages = Counter()
        var platform = lake.platform
        platform.transport = FaultTests.Tampered(
            transport: SandboxTransport(sandbox: lake.sandbox, time: lake.time)
        ) { request in
            // The crawl is told where the list ends, the re-scan is not.
            guard request.url.contains("/stats/visitors.json?page=2&"), secondPages.next() > 1 else {
                return nil
            }
            var request = request
            request.url = request.url.replacing("?page=2&", with: "?page=1&")
            return try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
        }
        let function = try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        let error = await #expect(throws: LakeError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        #expect(error == .endlessList(subject: "visitors page 2"))
    }

    /// What an attempt read that took a page of few rows for the end is gone on with: it lacks the page behind it.
    @Test(arguments: [1, 2])
    func `parts that end with a short page lead to one more request for visitors`(day: Int) async throws {
        // On the second day everybody on the last page but its last rows is new, so that it is read to its end.
        let lake = try MemoryLake(visitors: day == 1 ? 350 : 20) { $0.newPerDay = 330 }
        if day == 2 { try await lake.runDay(1) }
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key.hasPrefix("commits/") { throw Crash() }
        }
        await #expect(throws: Crash.self) { try await lake.runBronze(day: day) }
        lake.store.setBeforeHook(nil)
        let date = MemoryLake.date(ofDay: day)
        for key in lake.store.objects(bucket: "bronze").keys where key.contains("extraction_date=\(date)/") {
            let isMediaList = key.contains("/media/")
            guard isMediaList || key.contains("/visitors/") else { continue }
            let part = try await lake.store.get(key, bucket: "bronze", range: nil)
            let lines = String(decoding: try Gzip.decompress(part.body), as: UTF8.self)
                .split(separator: "\n").filter { line in
                    isMediaList ? line.contains("?page=1&") : !line.contains("?page=5&")
                }
            let kept = isMediaList ? lines.prefix(1) : lines[...]
            let text = kept.joined(separator: "\n") + "\n"
            lake.store.seed(
                key, bucket: "bronze", body: try Gzip.compress(Array(text.utf8)),
                metadata: part.attributes.metadata)
        }
        let asked = try #require(lake.sandbox.requestCounts["/stats/visitors"])
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: day), deadline: nil)
        // The page behind the last one, and the re-scan once more, since it is to come after the whole list.
        #expect(lake.sandbox.requestCounts["/stats/visitors"] == asked + 2)
        let key = try #require(lake.commits("bronze").last)
        #expect(try lake.bronzeCommit(key).isFullCrawl)
        try await lake.runSilver(key)
        #expect(try lake.rows(FactVisitors.table).rowCount == 350)
    }
}
