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

/// The sandbox as a transport, without the network; a reply's delay moves the clock.
struct SandboxTransport: Transport {
    var sandbox: Sandbox
    var time: VirtualTimeSource

    func send(_ request: Request) async throws -> Response {
        let address = request.url.dropFirst("http://127.0.0.1".count)
        let query = address.split(separator: "?").dropFirst().first ?? ""
        let ticket = sandbox.begin(
            Sandbox.Call(
                method: request.method, path: String(address.prefix { $0 != "?" }),
                query: query.split(separator: "&").map { pair in
                    let sides = pair.split(separator: "=", maxSplits: 1)
                    return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
                }, authorization: request.headers["Authorization"]))
        try await time.sleep(seconds: ticket.delaySeconds)
        let reply = sandbox.finish(ticket)
        var headers = Headers()
        for header in reply.headers { headers[header.name] = header.value }
        return Response(status: reply.status, headers: headers, body: reply.body)
    }
}

struct SecretsByID: SecretStore {
    var secrets: [String: String]

    func secret(id: String) async throws -> Secret {
        Secret(try #require(secrets[id]))
    }
}

/// A whole lake in memory: the three functions, a store, a pretend account and a clock.
struct MemoryLake: Sendable {
    let store: MemoryObjectStore
    let time: VirtualTimeSource
    let sandbox: Sandbox
    let random = SeededRandomSource()
    var environment = [
        "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
        "WISTIA_SECRET_ID": "token", "WISTIA_BASE_URL": "http://127.0.0.1", "PII_KEY_SECRET_ID": "key",
        "WISTIA_REQUESTS_PER_MINUTE": "100000",
    ]

    /// The secret with the key of personal fields.
    var personalDataKey = "an obviously fake key of 32 bytes or more"

    /// What stands between the functions and the store; nil when nothing does.
    var storeWrapper: (@Sendable (MemoryObjectStore) -> any ObjectStore)?

    /// Objects of a run of bronze that are not there yet.
    var arrivals: [String: [UInt8]] = [:]

    /// The same account, clock and environment with another store.
    init(_ lake: MemoryLake, store: MemoryObjectStore) {
        self.store = store
        time = lake.time
        sandbox = lake.sandbox
        environment = lake.environment
        personalDataKey = lake.personalDataKey
        storeWrapper = lake.storeWrapper
        arrivals = lake.arrivals
    }

    init(
        visitors: Int = 350, store: MemoryObjectStore = MemoryObjectStore(),
        options change: (inout SandboxOptions) -> Void = { _ in }
    ) throws {
        self.store = store
        var options = SandboxOptions()
        options.visitors = visitors
        change(&options)
        sandbox = try Sandbox(options: options)
        time = VirtualTimeSource()
    }

    var platform: Platform {
        Platform(
            transport: SandboxTransport(sandbox: sandbox, time: time),
            store: { [store, storeWrapper] _ in storeWrapper?(store) ?? store },
            secrets: SecretsByID(secrets: [
                "token": #"{"api_token":"sandbox-token"}"#,
                "key": personalDataKey,
            ]), time: time, random: random)
    }

    var configuration: Configuration { Configuration(environment: environment) }
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func bronze() throws -> BronzeFunction {
        try BronzeFunction(
            sources: [Wistia.bronze], configuration: configuration, platform: platform,
            logger: MemoryLake.logger)
    }

    func silver() throws -> SilverFunction {
        try SilverFunction(
            sources: [Wistia.silver], configuration: configuration, platform: platform,
            logger: MemoryLake.logger)
    }

    func gold() throws -> GoldFunction {
        try GoldFunction(
            sources: [Wistia.gold], configuration: configuration, platform: platform,
            logger: MemoryLake.logger)
    }

    /// Day 1 is 2026-01-08.
    static func date(ofDay day: Int) -> UTCDate { UTCDate(daysSinceEpoch: 20_460 + Int32(day)) }

    static func schedule(day: Int) -> [UInt8] {
        Array(
            #"""
            {"version":"0","id":"5eed0000-0000-4000-8000-00000000000\#(day)","detail-type":"Scheduled Event",
             "source":"aws.events","account":"000000000000","time":"\#(date(ofDay: day))T02:00:00Z",
             "region":"us-east-1","resources":[],"detail":{}}
            """#.utf8)
    }

    static func notification(bucket: String, key: String) -> [UInt8] {
        Array(
            #"""
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
             "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",
             "s3":{"bucket":{"name":"\#(bucket)"},"object":{"key":"\#(key)"}}}]}
            """#.utf8)
    }

    /// Turns the account to a day and runs bronze for it; gives the commit's key.
    func runBronze(day: Int) async throws -> String {
        sandbox.turn(toDay: day)
        let start = Timestamp(
            microsecondsSinceEpoch: Int64(MemoryLake.date(ofDay: day).daysSinceEpoch) * 86_400_000_000)
        time.advance(seconds: max(0, start.adding(seconds: 7_200).seconds(since: time.now())))
        _ = try await bronze().handle(MemoryLake.schedule(day: day), deadline: nil)
        return try #require(commits("bronze").last)
    }

    func runSilver(_ commit: String) async throws {
        _ = try await silver().handle(MemoryLake.notification(bucket: "bronze", key: commit), deadline: nil)
    }

    func runGold(_ commit: String) async throws {
        _ = try await gold().handle(MemoryLake.notification(bucket: "silver", key: commit), deadline: nil)
    }

    /// A second run of the first day, in which nothing but the time has changed; gives its commit's key.
    func runBronzeAgain() async throws -> String {
        time.advance(seconds: 3_600)
        let event = String(decoding: MemoryLake.schedule(day: 1), as: UTF8.self)
            .replacing("02:00:00Z", with: "03:00:00Z")
        _ = try await bronze().handle(Array(event.utf8), deadline: nil)
        return try #require(commits("bronze").first { $0.contains("T030000Z") })
    }

    /// Sends silver or gold an event of its own.
    @discardableResult func send(_ fields: String, to layer: String) async throws -> String {
        let event = Array(#"{"id":"r","time":"2026-01-31T00:00:00Z",\#(fields)}"#.utf8)
        let answer =
            layer == "silver"
            ? try await silver().handle(event, deadline: nil) : try await gold().handle(event, deadline: nil)
        return String(decoding: answer, as: UTF8.self)
    }

    static let reconcile = #""reconcile":{"source":"wistia"}"#

    static func reprocess(from: String = "2026-01-01", to: String = "2026-01-31") -> String {
        #""reprocess":{"source":"wistia","from":"\#(from)","to":"\#(to)"}"#
    }

    /// Puts the objects that are to come into bronze; gives the commit's key.
    func arrive() throws -> String {
        for (key, body) in arrivals { store.seed(key, bucket: "bronze", body: body) }
        return try #require(arrivals.keys.first { $0.hasPrefix("commits/") })
    }

    /// A day through all three layers.
    func runDay(_ day: Int) async throws {
        let commit = try await runBronze(day: day)
        try await runSilver(commit)
        try await runGold(commit)
    }

    func commits(_ bucket: String) -> [String] {
        store.objects(bucket: bucket).keys.filter { $0.hasPrefix("commits/") }.sorted()
    }

    /// What a part of bronze says of itself.
    func metadata(of part: BronzeCommit.Part) async throws -> [String: String] {
        try #require(try await store.head(part.key, bucket: "bronze")).metadata
    }

    func bronzeCommit(_ key: String) throws -> BronzeCommit {
        try ObjectJSON.decode(
            BronzeCommit.self, from: try #require(store.objects(bucket: "bronze")[key]), of: key)
    }

    func silverCommit(_ key: String) throws -> SilverCommit {
        try ObjectJSON.decode(
            SilverCommit.self, from: try #require(store.objects(bucket: "silver")[key]), of: key)
    }

    func rows(_ table: Table, date: String? = nil) throws -> ColumnBatch {
        let partition = date.map { "extraction_date=\($0)/" } ?? ""
        let key = "wistia/\(table.name)/\(partition)part-0.parquet"
        let bytes = try #require(store.objects(bucket: table.layer.rawValue)[key])
        return try TableFile(bytes, of: table, resource: key).rows()
    }

    /// A copy with bronze's objects alone.
    func withBronzeOnly() throws -> MemoryLake {
        try MemoryLake(store: store.copy(of: "bronze"))
    }
}

extension ColumnBatch {
    func strings(_ column: Int) throws -> [String?] {
        guard case .bytes(let slots) = columns[column].values else { throw WrongType() }
        return (0..<rowCount).map { row in
            columns[column].isValid(row)
                ? String(decoding: slots.bytes[slots.range(row)], as: UTF8.self) : nil
        }
    }

    func int64s(_ column: Int) throws -> [Int64?] {
        guard case .int64(let slots) = columns[column].values else { throw WrongType() }
        return (0..<rowCount).map { columns[column].isValid($0) ? slots[$0] : nil }
    }

    struct WrongType: Error {}
}

extension BronzeCommit {
    /// What the crawl remembers.
    var crawl: CrawlCursor {
        get throws { try cursor.value(as: CrawlCursor.self) }
    }

    /// Whether every visitor was asked for.
    var isFullCrawl: Bool {
        get { complete.contains(.visitors) }
        set { complete = newValue ? [.visitors] : [] }
    }
}
