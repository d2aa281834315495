import Foundation
import HTTP
import Parquet
import Tables
import TestSupport

@testable import Clickstream
@testable import Lake

extension ClickstreamLake {
    struct Missing: Error {}

    /// Lands a file and takes it through all layers; gives its commit's key.
    ///
    /// - Throws: What a function throws; of silver's that the source has changed is none, since its commit says so.
    @discardableResult func play(_ name: String, _ bytes: [UInt8], at time: String) async throws -> String {
        let before = Set(kept("commits/").keys)
        let version = try await land("events/\(name)", bytes, at: time)
        try await send(ClickstreamLake.notification("events/\(name)", version: version))
        guard let commit = Set(kept("commits/").keys).subtracting(before).first else { throw Missing() }
        do {
            try await deliver([commit])
        } catch let error as LakeError where error.kind == "SchemaChanged" {}
        return commit
    }

    /// Tells silver of commits of bronze, and gold of those of silver.
    func deliver(_ commits: [String]) async throws {
        let configuration = Configuration(environment: environment)
        let silver = try SilverFunction(
            sources: [Clickstream.silver], configuration: configuration, platform: platform, logger: logger)
        _ = try await silver.handle(Self.notification(of: commits, in: "bronze"), deadline: nil)
        let gold = try GoldFunction(
            sources: [Clickstream.gold], configuration: configuration, platform: platform, logger: logger)
        _ = try await gold.handle(Self.notification(of: commits, in: "silver"), deadline: nil)
    }

    private static func notification(of keys: [String], in bucket: String) -> [UInt8] {
        let records = keys.map {
            #"""
            {"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2025-12-08T04:15:00.000Z",
             "eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"\#(bucket)"},"object":{"key":"\#($0)"}}}
            """#
        }
        return Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8)
    }

    /// Silver's commit.
    func silverCommit(_ key: String) throws -> SilverCommit {
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
