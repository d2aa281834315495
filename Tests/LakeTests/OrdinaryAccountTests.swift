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

/// What ordinary accounts do: they send failed events again, add and delete media, rotate keys, and change their schema.
struct OrdinaryAccountTests {
    private func count(
        _ lake: MemoryLake, _ operation: MemoryObjectStore.Operation, _ bucket: String, _ part: String = ""
    ) -> Int {
        lake.store.journal.count { $0.operation == operation && $0.bucket == bucket && $0.key.contains(part) }
    }

    // MARK: Old events

    @Test func `an event that is sent again days later does not file today's counters under its day`()
        async throws
    {
        let lake = try MemoryLake(visitors: 150)
        try await lake.runDay(1)
        let before = lake.store.objects(bucket: "gold")
        // Day 2 failed; its event is sent again on day 5, whose run went through.
        try await lake.runDay(5)
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: 2), deadline: nil)
        let late = try #require(lake.commits("bronze").first { $0.contains("/2026-01-09/") })
        let commit = try lake.bronzeCommit(late)
        #expect(commit.skipped == [.media, .mediaEngagement, .mediaStats])
        #expect(commit.parts.allSatisfy { $0.stream == .visitors })
        #expect(commit.ledger["media_stats"] == .init(requests: 0, rowsAnswered: 0, rowsInParts: 0))
        let gold = lake.store.objects(bucket: "gold").filter { $0.key.contains("extraction_date=") }
        try await lake.runSilver(late)
        try await lake.runGold(late)
        #expect(
            lake.store.objects(bucket: "silver").keys.allSatisfy {
                !$0.contains("extraction_date=2026-01-09")
            })
        // The changes of the fifth day are those since the first, and nothing of the first day is touched.
        #expect(lake.store.objects(bucket: "gold").filter { $0.key.contains("extraction_date=") } == gold)
        for (key, body) in before where key.contains("extraction_date=2026-01-08") {
            #expect(lake.store.objects(bucket: "gold")[key] == body)
        }
        // Its visitors count: they are logs of what happened.
        #expect(try lake.silverCommit(late).ledger["fact_visitors"]?.read ?? 0 > 0)
        #expect(try lake.silverCommit(late).ledger["fact_media"] == nil)
    }

    @Test func `an event of tomorrow does not file today's counters under its day`() async throws {
        let lake = try MemoryLake(visitors: 150)
        _ = try await lake.runBronze(day: 1)
        // It is 02:00 of the first day.
        let event = String(decoding: MemoryLake.schedule(day: 2), as: UTF8.self).replacing(
            "02:00:00Z", with: "01:00:00Z")
        _ = try await lake.bronze().handle(Array(event.utf8), deadline: nil)
        let early = try #require(lake.commits("bronze").last)
        let commit = try lake.bronzeCommit(early)
        #expect(early.contains("/2026-01-09/"))
        #expect(commit.skipped == [.media, .mediaEngagement, .mediaStats])
        #expect(commit.parts.allSatisfy { $0.stream == .visitors })
        // Half a minute before midnight is no other day: clocks differ.
        let midnight = String(decoding: MemoryLake.schedule(day: 2), as: UTF8.self).replacing(
            "02:00:00Z", with: "00:00:00Z")
        var platform = lake.platform
        platform.transport = DatedTransport(
            transport: platform.transport, date: "Thu, 08 Jan 2026 23:59:30 GMT")
        let function = try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        _ = try await function.handle(Array(midnight.utf8), deadline: nil)
        let key = try #require(lake.commits("bronze").first { $0.contains("20260109T000000Z") })
        #expect(try lake.bronzeCommit(key).skipped.isEmpty)
    }

    @Test func `what an earlier attempt was answered in time stays`() async throws {
        let lake = try MemoryLake(visitors: 150) { $0.syntheticMedia = 3 }
        lake.sandbox.turn(toDay: 1)
        var platform = lake.platform
        let transport = platform.transport
        platform.transport = FailingTransport(transport, from: "/engagement")
        let function = try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        lake.sandbox.turn(toDay: 4)
        lake.time.advance(seconds: 3 * 86_400)
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: 1), deadline: nil)
        let key = lake.commits("bronze")[0]
        let commit = try lake.bronzeCommit(key)
        #expect(!commit.skipped.isEmpty)
        #expect(commit.ledger["media_stats"]?.rowsInParts == 5)
        #expect(commit.ledger["media_engagement"]?.rowsInParts == 0)
        try await lake.runSilver(key)
        #expect(try lake.rows(FactMedia.table, date: "2026-01-08").rowCount == 5)
        // Nobody answered in time how the media were watched: gold computes the day without that.
        try await lake.runGold(key)
        let table = FactMediaPerformance.table
        let performance = try lake.rows(table, date: "2026-01-08")
        #expect(performance.rowCount == 5)
        #expect(try performance.int64s(table.index(of: "engagement_points")).allSatisfy { $0 == nil })
    }

    @Test func `a media list alone that was answered in time is no snapshot`() async throws {
        let lake = try MemoryLake(visitors: 150)
        lake.sandbox.turn(toDay: 1)
        var platform = lake.platform
        platform.transport = FailingTransport(platform.transport, from: "/stats/medias/")
        let function = try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        await #expect(throws: WistiaError.self) {
            _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        }
        lake.sandbox.turn(toDay: 4)
        lake.time.advance(seconds: 3 * 86_400)
        _ = try await lake.bronze().handle(MemoryLake.schedule(day: 1), deadline: nil)
        let key = lake.commits("bronze")[0]
        #expect(try lake.bronzeCommit(key).parts.allSatisfy { $0.stream == .visitors })
        try await lake.runSilver(key)
        try await lake.runGold(key)
        #expect(lake.store.objects(bucket: "gold").keys.allSatisfy { !$0.contains("extraction_date=") })
    }

    // MARK: History

    /// An account with a new media every day, on which gold alone is looked at.
    private func makeGrowingLake(days: Int) async throws -> MemoryLake {
        let lake = try MemoryLake(visitors: 20)
        for day in 1...days {
            let commit = try await lake.runBronze(day: day)
            try await lake.addMedia(upTo: day, to: commit)
            try await lake.runSilver(commit)
            try await lake.runGold(commit)
        }
        return lake
    }

    @Test func `a new media each day does not make gold read its history`() async throws {
        let lake = try await makeGrowingLake(days: 12)
        func requests(onDay day: Int) async throws -> [String: Int] {
            let commit = try #require(
                lake.commits("silver").first { $0.contains(MemoryLake.date(ofDay: day).description) })
            lake.store.clearJournal()
            try await lake.runGold(commit)
            return lake.store.journal.reduce(into: [:]) {
                $0["\($1.operation) \($1.bucket)", default: 0] += 1
            }
        }
        // The last day: nothing later has to be looked at.
        let last = try await requests(onDay: 12)
        let shorter = try await makeGrowingLake(days: 6)
        shorter.store.clearJournal()
        try await shorter.runGold(try #require(shorter.commits("silver").last))
        let other: [String: Int] = shorter.store.journal.reduce(into: [:]) {
            $0["\($1.operation) \($1.bucket)", default: 0] += 1
        }
        #expect(last == other)
        #expect(last["get silver"] ?? 0 < 12)
    }

    @Test func `a reprocess of an old day whose media was deleted since does not read every later day`()
        async throws
    {
        let lake = try await makeGrowingLake(days: 10)
        // From day 3 on the media of day 2 is not there any more.
        for day in 3...10 {
            let commit = try #require(
                lake.commits("bronze").first { $0.contains(MemoryLake.date(ofDay: day).description) })
            try await lake.addMedia(upTo: day, to: commit, without: 2)
        }
        try await lake.send(MemoryLake.reprocess(), to: "silver")
        try await lake.store.delete("wistia/media_days/part-0.parquet", bucket: "gold")
        try await lake.send(MemoryLake.reprocess(), to: "gold")
        lake.store.clearJournal()
        try await lake.send(MemoryLake.reprocess(from: "2026-01-09", to: "2026-01-09"), to: "gold")
        // The day, the one before and the one after.
        #expect(count(lake, .get, "silver", "wistia/fact_media/") < 10)
    }

    @Test func `a media that a reprocessed day lost changes the day after`() async throws {
        let lake = try await makeGrowingLake(days: 4)
        let table = MediaDailyChange.table
        func previous(_ day: Int) throws -> [Int32?] {
            let rows = try lake.rows(table, date: MemoryLake.date(ofDay: day).description)
            guard case .int32(let dates) = rows.columns[table.index(of: "previous_extraction_date")].values
            else { return [] }
            return dates.indices.map {
                rows.columns[table.index(of: "previous_extraction_date")].isValid($0) ? dates[$0] : nil
            }
        }
        let before = try previous(4)
        #expect(before.filter { $0 == 20_463 }.count == 5, "\(before)")
        let third = try #require(lake.commits("bronze").first { $0.contains("2026-01-10") })
        try await lake.addMedia(upTo: 3, to: third, without: 2)
        for layer in ["silver", "gold"] {
            try await lake.send(MemoryLake.reprocess(from: "2026-01-10", to: "2026-01-10"), to: layer)
        }
        // It is looked up in the day before.
        #expect(try previous(4).filter { $0 == 20_463 }.count == 4)
        #expect(try previous(4).filter { $0 == 20_462 }.count == 1)
        let fresh = try lake.withBronzeOnly()
        for layer in ["silver", "gold"] { try await fresh.send(MemoryLake.reprocess(), to: layer) }
        for (key, body) in lake.store.objects(bucket: "gold") where key.contains("media_daily_change") {
            #expect(fresh.store.objects(bucket: "gold")[key] == body, "\(key)")
        }
    }

    /// The day's own tables tell no more which media it had when they have been written and the later ones have not.
    @Test func `a media that a reprocessed day lost changes a later day, also after a kill`() async throws {
        let lake = try await makeGrowingLake(days: 5)
        func commit(ofDay day: Int) throws -> String {
            try #require(
                lake.commits("bronze").first { $0.contains(MemoryLake.date(ofDay: day).description) })
        }
        func reprocess(_ day: Int, _ layer: String) async throws {
            let date = MemoryLake.date(ofDay: day).description
            try await lake.send(MemoryLake.reprocess(from: date, to: date), to: layer)
        }
        try await lake.addMedia(upTo: 4, to: try commit(ofDay: 4), without: 2)
        for layer in ["silver", "gold"] { try await reprocess(4, layer) }
        try await lake.addMedia(upTo: 3, to: try commit(ofDay: 3), without: 2)
        try await reprocess(3, "silver")
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, key.contains("media_daily_change/extraction_date=2026-01-12") else {
                return
            }
            throw CancellationError()
        }
        await #expect(throws: CancellationError.self) { try await reprocess(3, "gold") }
        lake.store.setBeforeHook(nil)
        try await reprocess(3, "gold")
        let fresh = try lake.withBronzeOnly()
        for layer in ["silver", "gold"] { try await fresh.send(MemoryLake.reprocess(), to: layer) }
        for (key, body) in lake.store.objects(bucket: "gold") where key.contains("media_daily_change") {
            #expect(fresh.store.objects(bucket: "gold")[key] == body, "\(key)")
        }
    }

    // MARK: Releases

    @Test func `a day that an older release typed without a column does not stop gold`() async throws {
        let lake = try MemoryLake(visitors: 50)
        try await lake.runDay(1)
        // Day 1 as a release without `visitors` would have left it.
        let key = "wistia/fact_media/extraction_date=2026-01-08/part-0.parquet"
        var older = FactMedia.table
        older.columns.removeAll { $0.name == "visitors" }
        let bytes = try #require(lake.store.objects(bucket: "silver")[key])
        let rows = try ParquetReader(bytes).read(columns: older.columns.map(\.name))
        lake.store.seed(key, bucket: "silver", body: try TableFile.encode(rows, as: older))
        try await lake.runDay(2)
        let table = MediaDailyChange.table
        let changes = try lake.rows(table, date: "2026-01-09")
        #expect(try changes.int64s(table.index(of: "visitors_change")) == [nil, nil])
        #expect(try changes.int64s(table.index(of: "play_count_change")).allSatisfy { $0 != nil })
    }

    @Test func `a day's file of an older release goes on where a column may be null`() async throws {
        let lake = try MemoryLake(visitors: 50)
        let first = try await lake.runBronze(day: 1)
        try await lake.runSilver(first)
        let key = "wistia/dim_media/extraction_date=2026-01-08/part-0.parquet"
        var older = DimMedia.table
        older.columns.removeAll { $0.name == "snapshot_ts" }
        let bytes = try #require(lake.store.objects(bucket: "silver")[key])
        lake.store.seed(
            key, bucket: "silver",
            body: try TableFile.encode(
                try ParquetReader(bytes).read(columns: older.columns.map(\.name)), as: older))
        try await lake.runSilver(try await lake.runBronzeAgain())
        let times = try lake.rows(DimMedia.table, date: "2026-01-08").int64s(
            DimMedia.table.index(of: "snapshot_ts"))
        #expect(times.allSatisfy { $0 != nil })
    }

    // MARK: Runs of one day

    @Test func `the tenth run of a day costs silver what the second costs`() async throws {
        let lake = try MemoryLake(visitors: 50)
        try await lake.runSilver(try await lake.runBronze(day: 1))
        var costs: [[String: Int]] = []
        for hour in 3...11 {
            lake.time.advance(seconds: 3_600)
            // The pretend account's own clock, which dates its answers, goes on with its visitors.
            lake.sandbox.activate(returning: 1)
            let event = String(decoding: MemoryLake.schedule(day: 1), as: UTF8.self)
                .replacing("02:00:00Z", with: "\(hour < 10 ? "0" : "")\(hour):00:00Z")
            _ = try await lake.bronze().handle(Array(event.utf8), deadline: nil)
            let commit = try #require(lake.commits("bronze").last)
            lake.store.clearJournal()
            try await lake.runSilver(commit)
            costs.append(
                lake.store.journal.reduce(into: [:]) { $0["\($1.operation) \($1.bucket)", default: 0] += 1 })
        }
        #expect(costs.first == costs.last)
    }

    // MARK: Refused commits

    @Test func `a refused commit comes up no more, and a reprocess of what was quarantined heals it`()
        async throws
    {
        let lake = try MemoryLake(visitors: 200)
        let good = try await lake.runBronze(day: 1)
        let bad = try await lake.runBronze(day: 2)
        let sound = lake.copy()
        try await sound.send(MemoryLake.reconcile, to: "silver")
        let bronze = lake.store.objects(bucket: "bronze")
        try lake.rewritePart(of: bad, stream: .visitors) {
            $0.replacing(/"load_count":\d+/, with: #""load_count":"many""#, maxReplacements: 25)
        }
        try await lake.runSilver(good)
        let error = await #expect(throws: LakeError.self) { try await lake.runSilver(bad) }
        #expect(error?.errorType == "Function.SchemaChanged")
        // It is answered, here and in gold, and the reconcilers name it no more.
        try await lake.runGold(bad)
        lake.time.advance(seconds: 60)
        for layer in ["silver", "gold"] {
            #expect(try await !lake.send(MemoryLake.reconcile, to: layer).contains("20260109"))
        }
        // A newer release can type it; here the API's answer is mended.
        for (key, body) in bronze { lake.store.seed(key, bucket: "bronze", body: body) }
        let event = MemoryLake.reprocess().replacing(
            #""to":"2026-01-31""#, with: #""to":"2026-01-31","quarantined":true"#)
        let answer = try await lake.send(event, to: "silver")
        #expect(answer.contains("20260109") && !answer.contains("20260108"))
        let tables = { (lake: MemoryLake) in
            lake.store.objects(bucket: "silver").filter { $0.key.hasPrefix("wistia/") }
        }
        #expect(tables(lake) == tables(sound))
        #expect(try lake.silverCommit(bad).refused == nil)
        // Gold has no quarantine.
        let misled = await #expect(throws: LakeError.self) { try await lake.send(event, to: "gold") }
        #expect(misled?.errorType == "Function.UnexpectedEvent")
    }

    @Test func `a commit that a newer release refuses leaves its day by a reprocess`() async throws {
        let lake = try MemoryLake(visitors: 200) { $0.syntheticMedia = 30 }
        let first = try await lake.runBronze(day: 1)
        let second = try await lake.runBronzeAgain()
        try await lake.runSilver(first)
        let alone = lake.store.objects(bucket: "silver").filter { $0.key.hasPrefix("wistia/") }
        try await lake.runSilver(second)
        try lake.rewritePart(of: second, stream: .visitors) {
            $0.replacing(/"load_count":\d+/, with: #""load_count":"many""#, maxReplacements: 25)
        }
        await #expect(throws: LakeError.self) {
            try await lake.send(MemoryLake.reprocess(), to: "silver")
        }
        let tables = lake.store.objects(bucket: "silver").filter { $0.key.hasPrefix("wistia/") }
        #expect(Set(tables.keys) == Set(alone.keys))
        #expect(tables.filter { alone[$0.key] != $0.value }.keys.sorted() == [])
    }

    // MARK: Warm functions

    @Test func `a warm function takes a key that was rotated`() async throws {
        let lake = try MemoryLake(visitors: 50) { $0.identifiedPercent = 100 }
        let commit = try await lake.runBronze(day: 1)
        let secrets = ChangingSecrets()
        var platform = lake.platform
        platform.secrets = secrets
        let silver = try SilverFunction(
            sources: [Wistia.silver], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        let event = MemoryLake.notification(bucket: "bronze", key: commit)
        _ = try await silver.handle(event, deadline: nil)
        let email = FactVisitors.table.index(of: "email")
        let before = try lake.rows(FactVisitors.table).strings(email)
        await secrets.rotate()
        _ = try await silver.handle(event, deadline: nil)
        #expect(try lake.rows(FactVisitors.table).strings(email) != before)
    }

    @Test func `a failure that a second attempt heals is not reported`() async throws {
        let lake = try MemoryLake(visitors: 50)
        let first = try await lake.runBronze(day: 1)
        let second = try await lake.runBronze(day: 2)
        for commit in [first, second] { try await lake.runSilver(commit) }
        let hasFailed = MemoryFlag()
        let hasChanged = MemoryFlag()
        lake.store.setBeforeHook { operation, key in
            // The first day fails once, and the second day's commit is written again meanwhile.
            if operation == .get, key == "wistia/fact_media/extraction_date=2026-01-08/part-0.parquet",
                hasFailed.raise()
            {
                throw S3Error(code: .accessDenied, operation: "GET", resource: key, message: "once")
            }
            if operation == .put, key.hasPrefix("wistia/kpi_daily/extraction_date=2026-01-09"),
                hasChanged.raise()
            {
                try await lake.runSilver(first)
                try await lake.runSilver(second)
            }
        }
        await #expect(throws: (any Error).self) {
            try await lake.send(MemoryLake.reprocess(), to: "gold")
        }
        lake.store.setBeforeHook(nil)
        try await lake.send(MemoryLake.reprocess(), to: "gold")
        #expect(lake.commits("gold") == [first, second])
    }

    // MARK: Sources

    @Test func `a source that is off needs no secrets, and its events are refused`() async throws {
        var lake = try MemoryLake()
        lake.environment["SOURCES"] = "others"
        #expect(throws: LakeError.self) { try lake.bronze() }
        let configuration = Configuration(environment: ["BRONZE_BUCKET": "bronze", "SOURCES": "other"])
        let function = try BronzeFunction(
            sources: [Wistia.bronze, OtherSource.self], configuration: configuration, platform: lake.platform,
            logger: MemoryLake.logger)
        let error = await #expect(throws: LakeError.self) {
            let event = #"{"id":"a","time":"2026-01-08T02:00:00Z","source":"wistia"}"#
            _ = try await function.handle(Array(event.utf8), deadline: nil)
        }
        #expect(error?.description.contains("expected the source other") == true)
    }
}

/// A source that does nothing.
private struct OtherSource: BronzeSource {
    static let name = "other"
    static let variables: [Variable] = []
    static let isScheduled = false

    init(configuration: Configuration, platform: Platform, logger: Logger) {}

    func read(_ run: BronzeRun) async throws -> Reading? { nil }
}

private actor ChangingSecrets: SecretStore {
    private var isRotated = false

    func rotate() { isRotated = true }

    func secret(id: String) async throws -> Secret {
        Secret(
            isRotated ? "another obviously fake key of 32 bytes" : "an obviously fake key of 32 bytes or more"
        )
    }
}

/// Answers as of a moment.
private struct DatedTransport: Transport {
    var transport: any Transport
    var date: String

    func send(_ request: Request) async throws -> Response {
        var response = try await transport.send(request)
        response.headers["Date"] = date
        return response
    }
}

/// Fails every request whose address holds some text.
private struct FailingTransport: Transport {
    var transport: any Transport
    var text: String

    init(_ transport: any Transport, from text: String) {
        self.transport = transport
        self.text = text
    }

    func send(_ request: Request) async throws -> Response {
        guard request.url.contains(text) else { return try await transport.send(request) }
        return Response(status: 401, body: Array(#"{"error":"unauthorized"}"#.utf8))
    }
}

extension MemoryLake {
    /// Makes a commit's media those of the pretend account and one more for each day, named `media<day>`.
    func addMedia(upTo day: Int, to commit: String, without missing: Int? = nil) async throws {
        let added = (1...day).filter { $0 != missing }
        try replaceLines(of: commit, stream: .mediaStats) { lines in
            let template = lines[0]
            return lines.filter { !$0.contains(#""media_id":"media"#) }
                + added.map { template.replacing(/"media_id":"\w+"/, with: #""media_id":"media\#($0)""#) }
        }
    }

    /// Replaces the lines of a stream's first part, each a row, and makes the commit name the new version.
    func replaceLines(of commitKey: String, stream: Lake.Stream, _ change: ([String]) -> [String]) throws {
        var commit = try bronzeCommit(commitKey)
        let index = try #require(commit.parts.firstIndex { $0.stream == stream })
        let key = commit.parts[index].key
        let text = String(
            decoding: try Gzip.decompress(try #require(store.objects(bucket: "bronze")[key])), as: UTF8.self)
        let lines = change(text.split(separator: "\n").map(String.init))
        let bytes = try Gzip.compress(Array((lines.joined(separator: "\n") + "\n").utf8))
        store.seed(key, bucket: "bronze", body: bytes)
        commit.parts[index].etag = MemoryObjectStore.etag(of: bytes).value
        commit.parts[index].lines = lines.count
        commit.parts[index].rows = lines.count
        commit.ledger[stream.rawValue]?.rowsInParts = lines.count
        store.seed(commitKey, bucket: "bronze", body: try ObjectJSON.encode(commit))
    }
}
