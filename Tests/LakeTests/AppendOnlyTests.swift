import AWS
import Synchronization
import TestSupport
import Testing

@testable import Lake
@testable import Wistia

/// A store that remembers under which condition each object was written.
private final class ConditionRecorder: ObjectStore {
    private let store: any ObjectStore
    private let writes = Mutex<[(key: String, condition: WriteCondition?)]>([])

    init(_ store: any ObjectStore) {
        self.store = store
    }

    func conditions(under prefix: String) -> [WriteCondition?] {
        writes.withLock { $0.filter { $0.key.hasPrefix(prefix) }.map(\.condition) }
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        writes.withLock { $0.append((key, condition)) }
        return try await store.put(
            key, bucket: bucket, body: body, contentType: contentType, condition: condition,
            metadata: metadata)
    }

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await store.get(key, bucket: bucket, range: range)
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket)
    }

    func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        try await store.get(key, bucket: bucket, version: version)
    }

    func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket, version: version)
    }

    func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        try await store.listVersions(prefix: prefix, bucket: bucket)
    }

    func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        try await store.list(prefix: prefix, bucket: bucket)
    }

    func listFolders(prefix: String, bucket: String) async throws -> [String] {
        try await store.listFolders(prefix: prefix, bucket: bucket)
    }
}

/// The bucket policy refuses unconditional writes under raw/ and commits/, which no local stand-in checks.
struct AppendOnlyTests {
    @Test func `bronze never writes over a part or a commit`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let recorder = ConditionRecorder(lake.store)
        var platform = lake.platform
        platform.store = { _ in recorder }
        let function = try BronzeFunction(
            sources: [Wistia.bronze], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        _ = try await function.handle(MemoryLake.schedule(day: 1), deadline: nil)
        for prefix in ["raw/", "commits/"] {
            let conditions = recorder.conditions(under: prefix)
            #expect(!conditions.isEmpty)
            #expect(conditions.allSatisfy { $0 == .ifNoneMatch })
        }
    }

    @Test func `silver and gold replace a table only on condition`() async throws {
        let lake = try MemoryLake(visitors: 250)
        let commit = try await lake.runBronze(day: 1)
        let recorder = ConditionRecorder(lake.store)
        var platform = lake.platform
        platform.store = { _ in recorder }
        let silver = try SilverFunction(
            sources: [Wistia.silver], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        let gold = try GoldFunction(
            sources: [Wistia.gold], configuration: lake.configuration, platform: platform,
            logger: MemoryLake.logger)
        _ = try await silver.handle(MemoryLake.notification(bucket: "bronze", key: commit), deadline: nil)
        _ = try await gold.handle(MemoryLake.notification(bucket: "silver", key: commit), deadline: nil)
        let conditions = recorder.conditions(under: "wistia/")
        #expect(conditions.count == 13)
        #expect(conditions.allSatisfy { $0 != nil })
    }
}
