import AWS
import Digest
import Foundation
import HTTP
import Logging
import Parquet
import Tables
import TestSupport

@testable import Clickstream
@testable import Lake

/// A lake in memory with landed files: silver and gold over what bronze keeps of them.
struct ClickstreamLake: Sendable {
    let store: MemoryObjectStore
    var time = VirtualTimeSource()

    init(store: MemoryObjectStore = MemoryObjectStore()) { self.store = store }

    /// Keeps a file as bronze does.
    ///
    /// - Parameters:
    ///   - file: The file's bytes.
    ///   - name: What tells it from others.
    ///   - landedAt: When it came.
    ///   - lines: How many lines it has that are not blank.
    /// - Returns: The commit's key.
    func land(_ file: [UInt8], name: String, at landedAt: Timestamp, lines: Int) throws -> String {
        let run = Run(source: "clickstream", eventID: name, eventTime: landedAt)
        let key = ObjectLayout.partKey(stream: .events, run: run, number: 1)
        store.seed(key, bucket: "bronze", body: file)
        let etag = MemoryObjectStore.etag(of: file)
        let commit = BronzeCommit(
            run: run,
            reading: Reading(
                parts: [
                    BronzeCommit.Part(
                        stream: .events, key: key, etag: etag.value, sizeBytes: file.count, lines: lines,
                        rows: lines)
                ],
                ledger: [
                    "events": BronzeCommit.StreamLedger(
                        requests: 1, rowsAnswered: lines, rowsInParts: lines)
                ], cursor: try Cursor(["": ""])))
        let commitKey = ObjectLayout.commitKey(run: run)
        store.seed(commitKey, bucket: "bronze", body: try ObjectJSON.encode(commit))
        return commitKey
    }

    struct Missing: Error {}

    private var configuration: Configuration {
        Configuration(environment: [
            "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold", "PII_MODE": "drop",
        ])
    }

    private struct NoSecrets: SecretStore {
        func secret(id: String) async throws -> Secret { throw Missing() }
    }

    private var platform: Platform {
        Platform(
            transport: ScriptedTransport([]), store: { [store] _ in store }, secrets: NoSecrets(), time: time,
            random: SeededRandomSource())
    }

    private static func event(of commits: [String], in bucket: String) -> [UInt8] {
        let records = commits.map {
            #"{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2025-12-08T04:15:00.000Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"\#(bucket)"},"object":{"key":"\#($0)"}}}"#
        }
        return Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8)
    }

    /// Tells silver of commits of bronze, and gold of those of silver.
    func deliver(_ commits: [String]) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let silver = try SilverFunction(
            sources: [Clickstream.silver], configuration: configuration, platform: platform, logger: logger)
        _ = try await silver.handle(Self.event(of: commits, in: "bronze"), deadline: nil)
        let gold = try GoldFunction(
            sources: [Clickstream.gold], configuration: configuration, platform: platform, logger: logger)
        _ = try await gold.handle(Self.event(of: commits, in: "silver"), deadline: nil)
    }

    /// Silver's commit.
    func commit(_ key: String) throws -> SilverCommit {
        guard let body = store.objects(bucket: "silver")[key] else { throw Missing() }
        return try ObjectJSON.decode(SilverCommit.self, from: body, of: key)
    }

    /// The quarantined rows of a commit, by code.
    func quarantined(_ commit: SilverCommit) throws -> [String: Int] {
        guard let key = commit.quarantine["events"], let body = store.objects(bucket: "silver")[key] else {
            return [:]
        }
        var counts: [String: Int] = [:]
        for line in try Gzip.decompress(body).split(separator: UInt8(ascii: "\n")) {
            guard let members = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                let code = members["code"] as? String
            else { throw Missing() }
            counts[code, default: 0] += 1
        }
        return counts
    }

    /// All rows of a table, of all its partitions in order.
    func rows(of table: Table, in bucket: String) throws -> ColumnBatch {
        let objects = store.objects(bucket: bucket).filter { $0.key.hasPrefix("clickstream/\(table.name)/") }
        let batches = try objects.sorted { $0.key < $1.key }.map {
            try TableFile($0.value, of: table, resource: $0.key).rows()
        }
        return batches.isEmpty ? table.emptyRows : .concatenated(batches)
    }
}
