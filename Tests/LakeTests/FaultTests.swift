import AWS
import Foundation
import HTTP
import Parquet
import Synchronization
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// Each test is a way to lose, double or invent rows, or to get stuck.
struct FaultTests {
    struct Crash: Error {}

    /// Answers like the sandbox, but for the requests that a closure takes over.
    struct Tampered: Transport {
        var transport: SandboxTransport
        var tamper: @Sendable (Request) async throws -> Response?

        func send(_ request: Request) async throws -> Response {
            if let response = try await tamper(request) { return response }
            return try await transport.send(request)
        }
    }

    private func bronze(_ lake: MemoryLake, tamper: @escaping @Sendable (Request) async throws -> Response?)
        throws
        -> BronzeFunction
    {
        var platform = lake.platform
        platform.transport = Tampered(
            transport: SandboxTransport(sandbox: lake.sandbox, time: lake.time), tamper: tamper)
        return try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
    }

    /// The sandbox's answer with visitors, of whom the first has no activity to be ordered by.
    private func disorderly(_ request: Request, _ lake: MemoryLake) async throws -> Response {
        var response = try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
        let text = String(decoding: response.body, as: UTF8.self)
        response.body = Array(
            text.replacing(/"last_active_at":"[^"]*"/, with: #""last_active_at":null"#, maxReplacements: 1)
                .utf8)
        return response
    }

    @Test(arguments: [
        ("/stats/visitors?page=3&", #"{"error":"try later"}"#, "object"),
        ("/stats/visitors?page=1&", "null", "null"),
        ("/medias?page=1&", #"{"medias":[]}"#, "object"), ("/stats/visitors?page=2&", #""text""#, "string"),
    ])
    func `a page that is no array stops the run and loses nothing`(url: String, body: String, found: String)
        async throws
    {
        let lake = try MemoryLake(visitors: 450)
        let once = MemoryFlag()
        let function = try bronze(lake) { request in
            let path = request.url.replacing(".json", with: "")
            return path.contains(url.replacing("&", with: "")) && once.raise()
                ? Response(status: 200, body: Array(body.utf8)) : nil
        }
        let error = await #expect(throws: LakeError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        #expect(error?.description.contains("the answer is a JSON \(found), not an array") == true)
        #expect(lake.commits("bronze").isEmpty)
        try await lake.runDay(1)
        #expect(try lake.rows(FactVisitors.table).rowCount == 450)
    }

    /// The second attempt's older pages and the first one's newer ones must not be mixed.
    @Test func `two attempts at one run lose nobody who moves between their pages`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let other = MemoryFlag()
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, key.contains("/visitors/"), other.raise() else { return }
            lake.sandbox.activate(returning: 40)
            // This attempt dies after its part, before it has read everything.
            let pages = Counter()
            let function = try bronze(lake) { request in
                guard request.url.contains("/stats/visitors"), pages.next() > 2 else { return nil }
                throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
            }
            await #expect(throws: WistiaError.self) {
                _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
            }
        }
        let commit = try await lake.runBronze(day: 1)
        lake.store.setBeforeHook(nil)
        try await lake.runSilver(commit)
        #expect(try lake.rows(FactVisitors.table).rowCount == 250)
        var writers = 0
        for part in try lake.bronzeCommit(commit).parts where part.stream == .visitors {
            if try await lake.metadata(of: part)["lap-pages"] == nil { writers += 1 }
        }
        #expect(writers == 2)
    }

    /// An attempt that is incremental and dies in its re-scan, between an attempt's first answer and the part that it writes.
    private func dieInRescan(_ lake: MemoryLake) async throws {
        let lapPages = Counter()
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors"), request.url.contains("page=1&"),
                lapPages.next() == 2
            else { return nil }
            throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
        }
        await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 2), deadline: nil)
        }
    }

    /// What an attempt left that read everything must not keep an incremental one from its commit.
    @Test func `a run whose attempts disagree on what to read reads everything`() async throws {
        let lake = try MemoryLake(visitors: 3_000) { $0.newPerDay = 24 }
        try await lake.runDay(1)
        lake.sandbox.turn(toDay: 2)
        lake.time.advance(seconds: 86_400)
        let other = MemoryFlag()
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key.contains("/visitors/"), other.raise() { try await dieInRescan(lake) }
        }
        // Its first page shows disorder, so that it reads everything; it dies before the end.
        let pages = Counter()
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors") else { return nil }
            let count = pages.next()
            if count == 12 {
                throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
            }
            guard count == 1 else { return nil }
            return try await disorderly(request, lake)
        }
        await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 2), deadline: nil)
        }
        lake.store.setBeforeHook(nil)
        let commit = try await lake.runBronze(day: 2)
        #expect(try lake.bronzeCommit(commit).isFullCrawl)
        try await lake.runSilver(commit)
        #expect(try lake.rows(FactVisitors.table).rowCount == 3_024)
    }

    /// Page 3 is what page 2 was: the list has moved on by exactly one page, and does have an end.
    @Test(arguments: [1, 2])
    func `an attempt goes on after exactly a page of visitors came`(day: Int) async throws {
        let lake = try MemoryLake(visitors: 450) { $0.newPerDay = 300 }
        if day == 2 {
            try await lake.runDay(1)
            lake.sandbox.turn(toDay: 2)
            lake.time.advance(seconds: 86_400)
        }
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors"), request.url.contains("page=3&") else { return nil }
            throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
        }
        await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: day), deadline: nil)
        }
        lake.sandbox.activate(new: 100)
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: day), deadline: nil)
        let commit = try #require(lake.commits("bronze").last)
        try await lake.runSilver(commit)
        #expect(try lake.rows(FactVisitors.table).rowCount == (day == 1 ? 550 : 850))
    }

    /// An attempt that asks for visitors so often, hears no server's clock, and dies.
    private func dying(_ lake: MemoryLake, on count: Int) throws -> BronzeFunction {
        let pages = Counter()
        return try bronze(lake) { request in
            guard request.url.contains("/stats/visitors") else { return nil }
            if pages.next() == count {
                throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
            }
            var response = try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
            response.headers["Date"] = nil
            return response
        }
    }

    /// The attempt that began first writes last: the re-scan has to go down to its beginning.
    @Test func `a run began when the first of its attempts did`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let start = lake.time.now()
        let other = MemoryFlag()
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, key.contains("/visitors/"), other.raise() else { return }
            lake.time.advance(seconds: 600)
            await #expect(throws: WistiaError.self) {
                _ = try await dying(lake, on: 2).handle(MemoryLake.schedule(day: 1), deadline: nil)
            }
        }
        await #expect(throws: WistiaError.self) {
            _ = try await dying(lake, on: 3).handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        lake.store.setBeforeHook(nil)
        let commit = try lake.bronzeCommit(await lake.runBronze(day: 1))
        #expect(commit.parts.count { $0.stream == .visitors } > 2)
        let runStart = try #require(try commit.crawl.runStart.flatMap { Timestamp(rfc3339: $0) })
        #expect(runStart.seconds(since: start) < 60)
    }

    @Test func `a damaged part of a run that is not committed can be deleted`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let first = try dying(lake, on: 3)
        await #expect(throws: WistiaError.self) {
            _ = try await first.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        let key = try #require(
            lake.store.objects(bucket: "bronze").keys.first { $0.contains("/visitors/") })
        lake.store.seed(key, bucket: "bronze", body: [1, 2, 3])
        let error = await #expect(throws: LakeError.self) { try await lake.runBronze(day: 1) }
        #expect(
            error?.description
                == "read s3://bronze/\(key) failed: its 3 bytes are cut, damaged or no gzip; restore an earlier version of "
                + "the object, or delete it if its run is not committed: then it is read again")
        try await lake.store.delete(key, bucket: "bronze")
        let commit = try await lake.runBronze(day: 1)
        try await lake.runSilver(commit)
        #expect(try lake.rows(FactVisitors.table).rowCount == 250)
    }

    @Test(arguments: ["keep", "drop"])
    func `a change of the mode for personal fields leaves nothing of the old one`(mode: String) async throws {
        var lake = try MemoryLake(visitors: 200) { $0.identifiedPercent = 100 }
        lake.environment["PII_MODE"] = mode
        try await lake.runDay(1)
        lake.environment["PII_MODE"] = "hash"
        try await lake.runDay(2)
        for table in [FactVisitors.table, FactAudienceInsights.table] {
            let emails = try lake.rows(table).strings(table.index(of: "email"))
            #expect(emails.count == 224)
            #expect(emails.allSatisfy { $0?.count == 64 })
        }
        // The same as if it had been so from the first day.
        let replay = try lake.withBronzeOnly()
        for commit in replay.commits("bronze") { try await replay.runSilver(commit) }
        #expect(replay.store.objects(bucket: "silver") == lake.store.objects(bucket: "silver"))
    }

    @Test func `a part that lost a line is noticed`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let key = try await lake.runBronze(day: 1)
        try lake.rewritePart(of: key, stream: .visitors) { text in
            String(text[text.index(after: text.firstIndex(of: "\n") ?? text.startIndex)...])
        }
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(key) }
        #expect(
            error?.description.contains(
                "its commit names 5 lines and 250 rows, the part holds 4 and 150") == true)
        #expect(lake.commits("silver").isEmpty)
    }

    @Test func `a refused commit has no part in the day's tables, whoever is redelivered`() async throws {
        let lake = try MemoryLake(visitors: 120) { $0.syntheticMedia = 30 }
        try await lake.runDay(1)
        let good = lake.commits("bronze")[0]
        let before = lake.store.objects(bucket: "silver")
        let event = String(decoding: MemoryLake.schedule(day: 1), as: UTF8.self).replacing(
            "02:00:00Z", with: "03:00:00Z")
        _ = try await lake.bronze().handle(Array(event.utf8), deadline: nil)
        let bad = lake.commits("bronze")[1]
        try lake.rewritePart(of: bad, stream: .mediaStats) {
            $0.replacing(#""play_count":"#, with: #""plays":"#)
        }
        await #expect(throws: LakeError.self) { try await lake.runSilver(bad) }
        try await lake.runSilver(good)
        let tables = lake.store.objects(bucket: "silver").filter { $0.key.hasPrefix("wistia/") }
        #expect(tables == before.filter { $0.key.hasPrefix("wistia/") })
    }

    @Test func `a throttled API near the deadline hands over with everything that was read`() async throws {
        let lake = try MemoryLake(visitors: 600)
        let requests = Counter()
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors") else { return nil }
            let count = requests.next()
            if count <= 4 { return nil }
            if count == 5 { lake.time.advance(seconds: 230) }
            return Response(
                status: 429, headers: ["Retry-After": "60"], body: Array("Rate limit exceeded".utf8))
        }
        _ = try await function.handle(
            MemoryLake.schedule(day: 1), deadline: lake.time.now().adding(seconds: 300))
        let keys = lake.store.objects(bucket: "bronze").keys
        #expect(keys.contains { $0.hasPrefix("continuations/") })
        #expect(keys.contains { $0.contains("/visitors/") })
        let asked = lake.sandbox.requestCounts["/stats/visitors"] ?? 0
        try await lake.runDay(1)
        // Four more pages, the empty one included, and the re-scan: pages 1 to 3 and the look for the end are not asked for again.
        #expect((lake.sandbox.requestCounts["/stats/visitors"] ?? 0) - asked == 5)
        #expect(try lake.rows(FactVisitors.table).rowCount == 600)
    }

    /// Lets the others work until a condition holds, but not for ever.
    private func letOthersWork(until isMet: () -> Bool) async {
        for _ in 0..<100_000 where !isMet() { await Task.yield() }
    }

    /// A byte now and then keeps the time-out from striking, for as long as the invocation lasts.
    @Test(arguments: ["/medias.json?page=2", "/stats/medias/gskhw4w4lm.json", "/engagement", "the re-scan"])
    func `an answer that drips until the deadline hands over`(url: String) async throws {
        let lake = try MemoryLake(visitors: 50)
        let deadline = lake.time.now().adding(seconds: 300)
        let isGivenUp = MemoryFlag()
        let firstPages = Counter()
        let function = try bronze(lake) { request in
            let isMeant =
                url == "the re-scan"
                ? request.url.contains("/visitors.json?page=1&") && firstPages.next() == 2
                : request.url.contains(url)
            guard isMeant else { return nil }
            lake.time.advance(seconds: deadline.seconds(since: lake.time.now()) - 10)
            await letOthersWork(until: { Task.isCancelled })
            if Task.isCancelled { _ = isGivenUp.raise() }
            throw TransportError(kind: .timedOut, request: request, detail: "it never ends")
        }
        _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: deadline)
        #expect(isGivenUp.isUp)
        #expect(
            lake.store.objects(bucket: "bronze").keys.contains { $0.hasPrefix("continuations/") })
        try await lake.runDay(1)
        #expect(try lake.rows(FactVisitors.table).rowCount == 50)
    }

    @Test func `an answer that does not end costs neither the others nor the continuation`() async throws {
        let lake = try MemoryLake(visitors: 600)
        let requests = Counter()
        let deadline = lake.time.now().adding(seconds: 300)
        let isGivenUp = MemoryFlag()
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors"), requests.next() == 5 else { return nil }
            lake.time.advance(seconds: deadline.seconds(since: lake.time.now()) - 10)
            await letOthersWork(until: { Task.isCancelled })
            if Task.isCancelled { _ = isGivenUp.raise() }
            throw TransportError(kind: .timedOut, request: request, detail: "it never ends")
        }
        _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: deadline)
        #expect(isGivenUp.isUp)
        let keys = lake.store.objects(bucket: "bronze").keys
        #expect(keys.contains { $0.hasPrefix("continuations/") })
        let asked = lake.sandbox.requestCounts["/stats/visitors"] ?? 0
        #expect(asked == 4)
        try await lake.runDay(1)
        #expect((lake.sandbox.requestCounts["/stats/visitors"] ?? 0) - asked == 5)
        #expect(try lake.rows(FactVisitors.table).rowCount == 600)
    }

    @Test func `one bad commit does not keep reconciliation from the others`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let first = try await lake.runBronze(day: 1)
        let second = try await lake.runBronze(day: 2)
        let part = try #require(try lake.bronzeCommit(first).parts.last)
        try await lake.store.delete(part.key, bucket: "bronze")
        let reconcile = Array(
            #"{"id":"r","time":"2026-01-09T06:00:00Z","reconcile":{"source":"wistia"}}"#.utf8)
        let error = await #expect(throws: LakeError.self) {
            _ = try await lake.silver().handle(reconcile, deadline: nil)
        }
        #expect(
            error?.description.hasPrefix("silver failed for 1 of 2 commits, the others are done: \(first)")
                == true)
        #expect(lake.commits("silver") == [second])
    }

    @Test(arguments: [true, false])
    func `a conflicting write of a part is adopted or tried again`(isThere: Bool) async throws {
        let lake = try MemoryLake(visitors: 250)
        let once = MemoryFlag()
        let hook: MemoryObjectStore.Hook = { operation, key in
            guard operation == .put, key.contains("/visitors/"), once.raise() else { return }
            throw S3Error(
                code: .conditionalRequestConflict, status: 409, operation: "PutObject", resource: key,
                message: "a conflicting operation is under way")
        }
        if isThere { lake.store.setAfterHook(hook) } else { lake.store.setBeforeHook(hook) }
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        #expect(commit.ledger["visitors"] == .init(requests: 6, rowsAnswered: 350, rowsInParts: 350))
    }

    @Test(arguments: [(401, "WistiaUnauthorized"), (403, "WistiaForbidden")])
    func `a token without rights ends the run, says so and keeps what was read`(status: Int, type: String)
        async throws
    {
        let lake = try MemoryLake(visitors: 250)
        let function = try bronze(lake) { request in
            request.url.contains("/stats/visitors")
                ? Response(status: status, body: Array(#"{"error":"no"}"#.utf8)) : nil
        }
        let error = await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        #expect(error?.errorType == "Function.\(type)")
        #expect(lake.commits("bronze").isEmpty)
        #expect(lake.store.objects(bucket: "bronze").keys.contains { $0.contains("/media_engagement/") })
        try await lake.runDay(1)
        #expect(try lake.rows(FactVisitors.table).rowCount == 250)
    }

    @Test(arguments: [false, true])
    func `disorder in the re-scan reads everything, also when the run dies after it`(dies: Bool) async throws
    {
        let lake = try MemoryLake(visitors: 900)
        _ = try await lake.runBronze(day: 1)
        lake.sandbox.turn(toDay: 2)
        lake.time.advance(seconds: 86_400)
        let firstPages = Counter()
        let visitorPages = Counter()
        let function = try bronze(lake) { request in
            guard request.url.contains("/stats/visitors") else { return nil }
            if dies, visitorPages.next() == 6 {
                throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
            }
            // The first page is asked for once by the crawl and then by the re-scan.
            guard request.url.contains("&page=1&") || request.url.contains("?page=1&"), firstPages.next() == 2
            else { return nil }
            return try await disorderly(request, lake)
        }
        if dies {
            await #expect(throws: WistiaError.self) {
                _ = try await function.handle(MemoryLake.schedule(day: 2), deadline: nil)
            }
        }
        _ = try await function.handle(MemoryLake.schedule(day: 2), deadline: nil)
        let commit = try lake.bronzeCommit(try #require(lake.commits("bronze").last))
        #expect(commit.runID.hasPrefix("20260109"))
        #expect(commit.isFullCrawl)
        #expect(firstPages.next() == 4)
    }

    @Test func `a continuation that is delivered twice commits once and doubles nothing`() async throws {
        let lake = try MemoryLake(visitors: 600) { $0.latency = .seed001(scale: 10) }
        _ = try await lake.bronze().handle(
            MemoryLake.schedule(day: 1), deadline: lake.time.now().adding(seconds: 100))
        let key = try #require(
            lake.store.objects(bucket: "bronze").keys.first { $0.hasPrefix("continuations/") })
        let event = MemoryLake.notification(bucket: "bronze", key: key)
        let second = MemoryFlag()
        let ofSecond = Mutex<[UInt8]?>(nil)
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, key.contains("/visitors/"), second.raise() else { return }
            _ = try await lake.bronze().handle(event, deadline: nil)
            let commit = try #require(lake.commits("bronze").first)
            ofSecond.withLock { $0 = lake.store.objects(bucket: "bronze")[commit] }
        }
        _ = try await lake.bronze().handle(event, deadline: nil)
        lake.store.setBeforeHook(nil)
        let commit = try #require(lake.commits("bronze").first)
        #expect(lake.commits("bronze") == [commit])
        let committed = lake.store.objects(bucket: "bronze")
        // The faster delivery's commit stands.
        #expect(committed[commit] == ofSecond.withLock { $0 })
        // Delivered a third time, it finds the commit and leaves every byte as it is.
        _ = try await lake.bronze().handle(event, deadline: nil)
        #expect(lake.store.objects(bucket: "bronze") == committed)
        try await lake.runSilver(commit)
        #expect(try lake.rows(FactVisitors.table).rowCount == 600)
        let bronze = try #require(try lake.bronzeCommit(commit).ledger["visitors"])
        let silver = try #require(try lake.silverCommit(commit).ledger["fact_visitors"])
        #expect(bronze.rowsAnswered == bronze.rowsInParts)
        #expect(silver.read == bronze.rowsInParts)
        #expect(silver.accepted == 600)
        #expect(silver.read == silver.accepted + silver.duplicate)
        #expect(silver.duplicate > 0)
    }

    @Test func `a state whose commit is not there is not believed`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let state =
            #"{"version":1,"commit":"commits/wistia/2026-01-07/r.json","run_id":"20260107T020000Z-0","#
            + #""watermark":"2026-01-07T02:00:00Z","last_full_crawl":"2026-01-07"}"#
        lake.store.seed("state/wistia.json", bucket: "bronze", body: Array(state.utf8))
        try await lake.runDay(1)
        #expect(try lake.bronzeCommit(lake.commits("bronze")[0]).isFullCrawl)
        #expect(try lake.rows(FactVisitors.table).rowCount == 250)
    }

    /// A media of the first page is deleted before the second is read, and one of the second slides to the first.
    @Test(arguments: [true, false])
    func `a media that slides from page to page is not missed`(isBetweenAttempts: Bool) async throws {
        let lake = try MemoryLake(visitors: 120) { $0.syntheticMedia = 148 }
        let all = try [1, 2].flatMap { page in
            let answer = lake.sandbox.reply(
                to: .init(
                    path: "/v1/medias.json", query: [("page", "\(page)"), ("per_page", "100")],
                    authorization: "Bearer sandbox-token"))
            let rows = try #require(JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]])
            return try rows.map { row in
                let text = try JSONSerialization.data(withJSONObject: row, options: .sortedKeys)
                return (
                    id: try #require(row["hashed_id"] as? String), text: String(decoding: text, as: UTF8.self)
                )
            }
        }
        try #require(all.count == 150)
        let isDeleted = MemoryFlag()
        let function = try bronze(lake) { request in
            guard request.url.contains("/medias.json?") else { return nil }
            let isSecond = request.url.contains("?page=2&")
            let isFirstTime = isSecond && isDeleted.raise()
            if isBetweenAttempts, isFirstTime {
                throw TransportError(kind: .invalidURL, request: request, detail: "the attempt dies here")
            }
            let left = isDeleted.isUp ? Array(all.dropFirst()) : all
            let isFirst = request.url.contains("?page=1&")
            let page = isFirst ? left.prefix(100) : isSecond ? left.dropFirst(100) : []
            return Response(
                status: 200, body: Array("[\(page.map(\.text).joined(separator: ","))]".utf8))
        }
        if isBetweenAttempts {
            await #expect(throws: WistiaError.self) {
                _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
            }
        }
        _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        let commit = try lake.bronzeCommit(lake.commits("bronze")[0])
        // All that any list told of, the deleted one included: it still has figures until the API says otherwise.
        #expect(commit.ledger["media_stats"]?.requests == 150)
        // Two passes of two pages, the empty page behind the first one's, and the first page of the attempt that died or a third
        // pass, since the second had news.
        #expect(commit.ledger["media"]?.requests == (isBetweenAttempts ? 6 : 7))
        try await lake.runSilver(lake.commits("bronze")[0])
        let stored = try lake.rows(FactMedia.table, date: "2026-01-08").strings(
            FactMedia.table.index(of: "media_id"))
        #expect(Set(stored) == Set(all.map(\.id)))
    }

    @Test func `gold's loser of a race redoes its work on what the winner read`() async throws {
        let lake = try MemoryLake(visitors: 200)
        for day in 1...2 { try await lake.runSilver(try await lake.runBronze(day: day)) }
        let commits = lake.commits("silver")
        let once = MemoryFlag()
        let third = try await lake.runBronze(day: 3)
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, key == "wistia/fact_audience_insights/part-0.parquet", once.raise()
            else {
                return
            }
            // Silver moves on and gold answers it before this older answer is written.
            try await lake.runSilver(third)
            try await lake.runGold(third)
        }
        try await lake.runGold(commits[0])
        lake.store.setBeforeHook(nil)
        try await lake.runGold(commits[1])
        let inOrder = try lake.withBronzeOnly()
        for key in inOrder.commits("bronze") {
            try await inOrder.runSilver(key)
            try await inOrder.runGold(key)
        }
        #expect(lake.store.objects(bucket: "gold") == inOrder.store.objects(bucket: "gold"))
    }

    @Test func `a time in the future is refused`() async throws {
        let function = try MemoryLake().bronze()
        let event = #"{"id":"typo","time":"2062-01-08T02:00:00Z","source":"wistia"}"#
        let error = await #expect(throws: LakeError.self) {
            _ = try await function.handle(Array(event.utf8), deadline: nil)
        }
        #expect(error?.description.contains("2062-01-08T02:00:00Z is more than a day after") == true)
    }

    @Test(arguments: [
        "{", "", "[]",
        #"{"version":2,"commit":"c","run_id":"20990101T000000Z-0","watermark":"2099-01-01T00:00:00Z"}"#,
        #"{"version":1,"commit":"c","run_id":"20260101T000000Z-0","watermark":"2026-01-01T00:00:00Z"}"#,
        #"{"version":1,"commit":"c","run_id":"20260108T235959Z-0","watermark":"2099-01-01T00:00:00Z","last_full_crawl":"2099-01-01"}"#,
    ])
    func `a state that is damaged, behind or ahead gives way to the newest commit`(text: String) async throws
    {
        let lake = try MemoryLake(visitors: 2_000)
        let control = try MemoryLake(visitors: 2_000)
        _ = try await lake.runBronze(day: 1)
        _ = try await control.runBronze(day: 1)
        lake.store.seed("state/wistia.json", bucket: "bronze", body: Array(text.utf8))
        let key = try await lake.runBronze(day: 2)
        let commit = try lake.bronzeCommit(key)
        #expect(!commit.isFullCrawl)
        let expected = try control.bronzeCommit(try await control.runBronze(day: 2))
        #expect(try commit.crawl.watermark == expected.crawl.watermark)
        #expect(commit.ledger == expected.ledger)
        #expect(try commit.crawl.lastFullCrawl == expected.crawl.lastFullCrawl)
        let state = String(
            decoding: try #require(lake.store.objects(bucket: "bronze")["state/wistia.json"]), as: UTF8.self)
        #expect(state.contains(commit.runID))
    }

    @Test func `a quarantine list becomes empty when its rows can be typed`() async throws {
        let lake = try MemoryLake(visitors: 150)
        let key = try await lake.runBronze(day: 1)
        let run = try #require(ObjectLayout.run(ofCommitKey: key))
        let list = ObjectLayout.quarantineKey(table: "fact_visitors", run: run)
        lake.store.seed(list, bucket: "silver", body: try Gzip.compress(Array("{}\n".utf8)))
        try await lake.runSilver(key)
        #expect(try Gzip.decompress(try #require(lake.store.objects(bucket: "silver")[list])) == [])
        #expect(try lake.silverCommit(key).quarantine == [:])
    }
}
