import AWS
import HTTP
import Logging
import TestSupport
import Testing

@testable import Lake

/// A source of landed files that knows nothing of what they hold.
private struct Files: LandingSource {
    static let name = "files"
    static let variables = [bucket, prefix, template, limit]
    static let bucket = Variable("FILES_BUCKET", default: "landing")
    static let prefix = Variable("FILES_PREFIX")
    static let template = Variable("FILES_TEMPLATE")
    static let limit = Variable("FILES_LIMIT", default: "1000000")

    let landings: [Landing]

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        let prefix = configuration.string(Files.prefix) ?? ""
        let limit = try #require(Int(configuration.required(Files.limit)))
        landings = [
            Landing(
                bucket: try configuration.required(Files.bucket), prefix: prefix,
                keyTemplate: try configuration.keyTemplate(Files.template, prefix: prefix),
                stream: "records", format: .jsonLines, sizeLimitBytes: limit)
        ]
    }
}

/// Bronze with a source of landed files, some others, and a store in memory.
struct LandingLake: Sendable {
    static let files: any BronzeSource.Type = Files.self

    let store: MemoryObjectStore
    let time = VirtualTimeSource()
    let random = SeededRandomSource()
    var sources: [any BronzeSource.Type] = [files]
    var environment = ["BRONZE_BUCKET": "bronze"]

    init(store: MemoryObjectStore = MemoryObjectStore(), hasVersions: Bool = true) {
        self.store = store
        if hasVersions { store.enableVersions(bucket: "landing") }
    }

    private struct NoSecrets: SecretStore {
        func secret(id: String) async throws -> Secret {
            throw LakeError("Secret", "no secret is to be read")
        }
    }

    func bronze(store other: (any ObjectStore)? = nil) throws -> BronzeFunction {
        let platform = Platform(
            transport: ScriptedTransport([]), store: { [store] _ in other ?? store }, secrets: NoSecrets(),
            time: time, random: random)
        return try BronzeFunction(
            sources: sources, configuration: Configuration(environment: environment), platform: platform,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Sends bronze an event; gives its answer without white space.
    @discardableResult func send(_ event: String, deadline: Timestamp? = nil) async throws -> String {
        let answer = try await bronze().handle(Array(event.utf8), deadline: deadline)
        return String(decoding: answer, as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// Sends an event that must fail.
    func failure(_ event: String, deadline: Timestamp? = nil) async -> LakeError? {
        await #expect(throws: LakeError.self) { try await send(event, deadline: deadline) }
    }

    // MARK: Files

    /// Puts a file there; gives its version.
    @discardableResult func land(_ key: String, _ bytes: [UInt8], at time: String = "2026-01-08T02:00:00Z")
        async throws -> String
    {
        store.seed(key, bucket: "landing", body: bytes, modifiedAt: Timestamp(rfc3339: time))
        return try await store.head(key, bucket: "landing", version: nil)?.versionID ?? ""
    }

    /// Puts a gzipped file of some lines there; gives its version.
    @discardableResult func land(_ key: String, lines: Int, at time: String = "2026-01-08T02:00:00Z")
        async throws -> String
    {
        try await land(key, LandingLake.gzip(lines, of: key), at: time)
    }

    static func gzip(_ lines: Int, of key: String) throws -> [UInt8] {
        try Gzip.compress(Array((0..<lines).map { #"{"key":"\#(key)","n":\#($0)}"# + "\n" }.joined().utf8))
    }

    /// Bronze's objects by key.
    var objects: [String: [UInt8]] { store.objects(bucket: "bronze") }
    var parts: [String] { objects.keys.filter { $0.hasPrefix("raw/") }.sorted() }

    /// Bronze's commits, oldest first.
    var commits: [BronzeCommit] {
        get throws {
            try objects.filter { $0.key.hasPrefix("commits/") }.sorted { $0.key < $1.key }.map {
                try ObjectJSON.decode(BronzeCommit.self, from: $0.value, of: $0.key)
            }
        }
    }

    /// The keys of the files that were committed, oldest first.
    var landedKeys: [String] { get throws { try commits.compactMap { $0.landed?.key } } }

    // MARK: Events

    /// S3's notification.
    static func notification(_ files: (key: String, version: String?)..., bucket: String = "landing")
        -> String
    {
        let records = files.map { file in
            let version = file.version.map { #","versionId":"\#($0)""# } ?? ""
            return #"""
                {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
                 "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",
                 "s3":{"bucket":{"name":"\#(bucket)"},
                 "object":{"key":"\#(file.key.replacing("=", with: "%3D"))"\#(version)}}}
                """#
        }
        return #"{"Records":[\#(records.joined(separator: ","))]}"#
    }

    static func notification(_ key: String) -> String { notification((key, nil)) }

    /// A person's request.
    static func manual(_ rest: String, time: String = "2026-01-08T04:00:00Z") -> String {
        #"{"id":"by hand","time":"\#(time)",\#(rest)}"#
    }

    /// A search by hand.
    static func search(days: Int? = nil, time: String = "2026-01-08T04:00:00Z") -> String {
        manual(
            #""reconcile":{"source":"files"\#(days.map { #","days":\#($0)"# } ?? "")}"#, time: time)
    }

    static let schedule = #"""
        {"version":"0","id":"5eed0000-0000-4000-8000-000000000001","detail-type":"Scheduled Event",
         "source":"aws.events","account":"1","time":"2026-01-08T02:00:00Z","region":"r","resources":[],"detail":{}}
        """#
}
