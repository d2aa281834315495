import AWS
import HTTP
import Logging
import TestSupport

@testable import Clickstream
@testable import Lake

/// Bronze with this source alone, a bucket where files land, and a store in memory.
struct ClickstreamLake: Sendable {
    let store = MemoryObjectStore()
    let time = VirtualTimeSource()
    var environment = [
        "BRONZE_BUCKET": "bronze", "CLICKSTREAM_LANDING_BUCKET": "landing",
        "CLICKSTREAM_LANDING_PREFIX": "events/", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
        "PII_MODE": "drop",
    ]

    init() { store.enableVersions(bucket: "landing") }

    private struct NoSecrets: SecretStore {
        func secret(id: String) async throws -> Secret {
            throw LakeError("Secret", "no secret is to be read")
        }
    }

    var platform: Platform {
        Platform(
            transport: ScriptedTransport([]), store: { [store] _ in store }, secrets: NoSecrets(), time: time,
            random: SeededRandomSource())
    }

    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Puts a file there; gives its version.
    @discardableResult func land(_ key: String, _ bytes: [UInt8], at time: String? = nil) async throws
        -> String
    {
        store.seed(key, bucket: "landing", body: bytes, modifiedAt: time.flatMap { Timestamp(rfc3339: $0) })
        return try await store.head(key, bucket: "landing", version: nil)?.versionID ?? ""
    }

    /// Sends bronze an event.
    @discardableResult func send(_ event: [UInt8], deadline: Timestamp? = nil) async throws -> String {
        let function = try BronzeFunction(
            sources: [Clickstream.bronze], configuration: Configuration(environment: environment),
            platform: platform, logger: logger)
        return String(decoding: try await function.handle(event, deadline: deadline), as: UTF8.self)
    }

    /// S3's notification of a landed file.
    static func notification(_ key: String, version: String? = nil) -> [UInt8] {
        let version = version.map { #","versionId":"\#($0)""# } ?? ""
        let encoded = key.replacing("=", with: "%3D")
        return Array(
            #"""
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
             "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",
             "s3":{"bucket":{"name":"landing"},"object":{"key":"\#(encoded)"\#(version)}}}]}
            """#.utf8)
    }

    /// Bronze's objects under a prefix.
    func kept(_ prefix: String = "raw/") -> [String: [UInt8]] {
        store.objects(bucket: "bronze").filter { $0.key.hasPrefix(prefix) }
    }

    /// Bronze's commits as text, oldest first.
    var commits: [String] {
        kept("commits/").sorted { $0.key < $1.key }.map { String(decoding: $0.value, as: UTF8.self) }
    }
}
