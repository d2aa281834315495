import AWS
import HTTP
import Logging
import Parquet
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

struct BronzeStageTests {
    @Test func `keeps every answer, counts them and commits last`() async throws {
        let lake = try MemoryLake(visitors: 350)
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        #expect(commit.isFullCrawl)
        #expect(try commit.crawl.visitorPageCount == 4)
        // Four pages, the empty one behind them, one that looks for the end, and the re-scan.
        #expect(commit.ledger["visitors"] == .init(requests: 7, rowsAnswered: 450, rowsInParts: 450))
        // One page, the empty one, and the page once more, in case a media had slid onto it.
        #expect(commit.ledger["media"] == .init(requests: 3, rowsAnswered: 4, rowsInParts: 4))
        #expect(commit.ledger["media_stats"] == .init(requests: 2, rowsAnswered: 2, rowsInParts: 2))
        #expect(commit.ledger["media_engagement"] == .init(requests: 2, rowsAnswered: 2, rowsInParts: 2))
        var rescanPages: [String?] = []
        for part in commit.parts where part.stream == .visitors {
            rescanPages.append(try await lake.metadata(of: part)["lap-pages"])
        }
        #expect(rescanPages == [nil, "1"])
        #expect(commit.failed == [])
        let writes = lake.store.journal.filter { $0.operation == .put }.map(\.key)
        #expect(
            writes.suffix(2) == [
                "commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json", "state/wistia.json",
            ])
    }

    @Test func `a line holds the answer's bytes as they came`() async throws {
        let lake = try MemoryLake(visitors: 3)
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        let part = try #require(commit.parts.first { $0.stream == .mediaStats })
        let object = try #require(lake.store.objects(bucket: "bronze")[part.key])
        let lines = String(decoding: try Gzip.decompress(object), as: UTF8.self).split(separator: "\n")
        let answer = lake.sandbox.reply(
            to: .init(path: "/v1/stats/medias/gskhw4w4lm.json", authorization: "Bearer sandbox-token"))
        let body = String(decoding: answer.body, as: UTF8.self)
        #expect(lines.contains { $0.hasSuffix(#""body":\#(body)}"#) })
        #expect(lines.allSatisfy { $0.hasPrefix(#"{"url":"http://127.0.0.1/v1/stats/medias/"#) })
    }

    @Test func `the next day reads what is new and returned, in at most five requests`() async throws {
        let lake = try MemoryLake(visitors: 2_000) {
            $0.newPerDay = 24
            $0.returningPerDay = 3
        }
        _ = try await lake.runBronze(day: 1)
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 2))
        #expect(!commit.isFullCrawl)
        #expect(try #require(commit.ledger["visitors"]).requests <= 5)
        #expect(try commit.crawl.lastFullCrawl == "2026-01-08")
    }

    @Test func `a repeated event changes no object`() async throws {
        let lake = try MemoryLake()
        _ = try await lake.runBronze(day: 1)
        lake.store.clearJournal()
        _ = try await lake.runBronze(day: 1)
        #expect(lake.store.journal.filter { $0.operation == .put || $0.operation == .delete } == [])
    }

    @Test func `a run without time goes on in the next invocation and reads no page twice`() async throws {
        let lake = try MemoryLake(visitors: 1_000) { $0.latency = .seed001(scale: 10) }
        lake.sandbox.turn(toDay: 1)
        let function = try lake.bronze()
        var event = MemoryLake.schedule(day: 1)
        var invocations = 0
        while lake.commits("bronze").isEmpty {
            invocations += 1
            try #require(invocations < 10)
            let deadline = lake.time.now().adding(seconds: 100)
            _ = try await function.handle(event, deadline: deadline)
            let continuations = lake.store.objects(bucket: "bronze").keys.filter {
                $0.hasPrefix("continuations/")
            }
            if let key = continuations.max() { event = MemoryLake.notification(bucket: "bronze", key: key) }
        }
        #expect(invocations >= 3)
        let commit = try lake.bronzeCommit(lake.commits("bronze")[0])
        // Ten full pages, the empty one that shows the end, one that looked for it farther behind, and one re-scan.
        #expect(commit.ledger["visitors"]?.requests == 13)
        #expect(lake.sandbox.requestCounts["/stats/visitors"] == 13)
        #expect(commit.parts.count { $0.stream == .visitors } > 2)
    }

    @Test func `stops with an error after too many continuations`() async throws {
        let lake = try MemoryLake()
        let run = Run(
            source: "wistia", id: "20260108T020000Z-5eed0000",
            extractionDate: try #require(UTCDate("2026-01-08")))
        let time = try #require(run.time)
        let driver = BronzeDriver(
            bucket: "bronze", store: lake.store,
            source: try WistiaBronze(
                configuration: lake.configuration, platform: lake.platform, logger: MemoryLake.logger),
            time: lake.time, random: SeededRandomSource(), logger: MemoryLake.logger)
        let error = await #expect(throws: LakeError.self) {
            _ = try await driver.run(
                RunRequest(run: run, time: time, invocation: 13), deadline: lake.time.now())
        }
        #expect(error == .tooManyContinuations(runID: run.id, count: 12))
    }

    @Test func `a crash before the commit costs no request and leaves the watermark behind`() async throws {
        let lake = try MemoryLake(visitors: 350)
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key.hasPrefix("commits/") { throw Crash() }
        }
        await #expect(throws: Crash.self) { try await lake.runBronze(day: 1) }
        #expect(lake.store.objects(bucket: "bronze")["state/wistia.json"] == nil)
        lake.store.setBeforeHook(nil)
        let asked = lake.sandbox.requestCounts
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        #expect(lake.sandbox.requestCounts == asked)
        #expect(commit.ledger["visitors"] == .init(requests: 7, rowsAnswered: 450, rowsInParts: 450))
    }

    @Test func `a crash between commit and state is made good by the repeated event`() async throws {
        let lake = try MemoryLake()
        lake.store.setBeforeHook { operation, key in
            if operation == .put, key.hasPrefix("state/") { throw Crash() }
        }
        await #expect(throws: Crash.self) { try await lake.runBronze(day: 1) }
        lake.store.setBeforeHook(nil)
        _ = try await lake.runBronze(day: 1)
        #expect(lake.store.objects(bucket: "bronze")["state/wistia.json"] != nil)
    }

    @Test func `a lost reply to a part's write is recognised as one's own`() async throws {
        let lake = try MemoryLake(visitors: 350)
        let lost = MemoryFlag()
        lake.store.setAfterHook { operation, key in
            if operation == .put, key.contains("/visitors/"), lost.raise() {
                throw S3Error(
                    code: .preconditionFailed, status: 412, operation: "PutObject", resource: key,
                    attempts: 2,
                    message: "the echo of a write whose reply was lost")
            }
        }
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        #expect(commit.ledger["visitors"] == .init(requests: 7, rowsAnswered: 450, rowsInParts: 450))
    }

    @Test func `the state never goes back to an older commit`() async throws {
        let lake = try MemoryLake(visitors: 350)
        _ = try await lake.runBronze(day: 2)
        let newest = lake.store.objects(bucket: "bronze")["state/wistia.json"]
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: 1), deadline: nil)
        #expect(lake.commits("bronze").count == 2)
        #expect(lake.store.objects(bucket: "bronze")["state/wistia.json"] == newest)
    }

    @Test func `without its state it goes on from the newest commit`() async throws {
        let lake = try MemoryLake(visitors: 2_000)
        _ = try await lake.runBronze(day: 1)
        try await lake.store.delete("state/wistia.json", bucket: "bronze")
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 2))
        #expect(!commit.isFullCrawl)
    }

    @Test func `a media that is gone is recorded and does not stop the others`() async throws {
        var lake = try MemoryLake()
        lake.environment["WISTIA_MEDIA_IDS"] = "gskhw4w4lm,deleted123,v08dlrgr7v"
        let commit = try lake.bronzeCommit(try await lake.runBronze(day: 1))
        #expect(
            commit.failed == [
                .init(subject: "deleted123", stream: .media, status: 404)
            ])
        #expect(commit.ledger["media_stats"]?.rowsInParts == 2)
    }

    @Test func `media that are named by their numbers are the same media`() async throws {
        var lake = try MemoryLake(visitors: 20)
        let ids = Set(try await lake.mediaIDs())
        lake = try MemoryLake(visitors: 20)
        lake.environment["WISTIA_MEDIA_IDS"] = "90000001,90000002,gskhw4w4lm"
        #expect(Set(try await lake.mediaIDs()) == ids)
    }

    @Test func `an outage does not burn the continuations of a short invocation`() async throws {
        let lake = try MemoryLake()
        lake.sandbox.setFaults(try FaultProfile(parsing: "500=100"))
        for seconds in [60.0, 90, 120] {
            await #expect(throws: WistiaError.self) {
                _ = try await lake.bronze().handle(
                    MemoryLake.schedule(day: 1), deadline: lake.time.now().adding(seconds: seconds))
            }
        }
        #expect(lake.store.objects(bucket: "bronze").keys.allSatisfy { !$0.hasPrefix("continuations/") })
    }

    @Test(arguments: [
        #"{"reconcile":{"source":"wistia"},"id":"a","time":"2026-01-08T02:00:00Z"}"#,
        String(
            decoding: MemoryLake.notification(bucket: "bronze", key: "commits/wistia/2026-01-08/a.json"),
            as: UTF8.self),
        String(
            decoding: MemoryLake.notification(bucket: "other", key: "continuations/wistia/a/0002.json"),
            as: UTF8.self),
        #"{"id":"a","time":"2026-01-08T02:00:00Z","source":"clickstream","full":true}"#,
    ])
    func `refuses what is not its own`(event: String) async throws {
        let function = try MemoryLake().bronze()
        let error = await #expect(throws: LakeError.self) {
            _ = try await function.handle(Array(event.utf8), deadline: nil)
        }
        #expect(error?.description.contains("expected") == true)
    }

    struct Crash: Error {}
}

extension MemoryLake {
    /// The ids that the first day's table of counters has.
    fileprivate func mediaIDs() async throws -> [String?] {
        try await runSilver(try await runBronze(day: 1))
        return try rows(FactMedia.table, date: "2026-01-08").strings(FactMedia.table.index(of: "media_id"))
    }
}
