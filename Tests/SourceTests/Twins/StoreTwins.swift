import AWS
import SourceBattery
import Tables
import TestSupport

extension Twin {
    static let ofStores = [
        Twin("a store that ignores If-Match", .anyOrder, "has other bytes") { source in
            source.wrapStore = {
                BlindStore(store: $0, ignored: { if case .ifMatch = $0 { true } else { false } })
            }
        },
        Twin("a store that ignores If-None-Match", .anyOrder, "has other bytes") { source in
            source.wrapStore = { BlindStore(store: $0, ignored: { $0 == .ifNoneMatch }) }
        },
    ]
}

/// Writes whatever the condition is.
private struct BlindStore: ObjectStore {
    var store: MemoryObjectStore
    var ignored: @Sendable (WriteCondition) -> Bool

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await store.get(key, bucket: bucket, range: range)
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket)
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        let isIgnored = condition.map(ignored) ?? false
        return try await store.put(
            key, bucket: bucket, body: body, contentType: contentType, condition: isIgnored ? nil : condition,
            metadata: metadata)
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
