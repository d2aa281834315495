import AWS
import Synchronization

/// A call of the store.
struct StoreCall: Sendable, Hashable {
    enum Operation: String, Sendable { case get, head, put, list }

    var operation: Operation
    var bucket: String
    /// The key, or the prefix of a listing.
    var key: String
    /// How many requests S3 takes for it.
    var requestCount = 1
}

/// Where a function dies.
struct Kill: Sendable {
    enum Moment: CaseIterable, Sendable { case before, after }

    /// Which call of the store, from 0.
    var call: Int
    /// Whether the call still has its effect.
    var moment: Moment
}

/// What a function that has died gets from whatever it tries.
struct Killed: Error {}

/// A store that counts the calls of one invocation, and ends it at one of them.
final class ObservedStore: ObjectStore {
    typealias Hook = @Sendable (StoreCall) async throws -> Void

    private struct State {
        var calls: [StoreCall] = []
        var writes: [StoreCall] = []
        var isKilled = false
    }

    private static let listPageKeys = 1_000

    private let store: any ObjectStore
    private let kill: Kill?
    private let before: Hook?
    private let state = Mutex(State())

    init(_ store: any ObjectStore, kill: Kill? = nil, before: Hook? = nil) {
        self.store = store
        self.kill = kill
        self.before = before
    }

    /// What was asked, in order.
    var calls: [StoreCall] { state.withLock { $0.calls } }
    /// The writes that happened, in order; S3 tells of them even if the function has died since.
    var writes: [StoreCall] { state.withLock { $0.writes } }
    /// Whether the invocation was ended.
    var isKilled: Bool { state.withLock { $0.isKilled } }

    private func perform<Value: Sendable>(
        _ operation: StoreCall.Operation, _ bucket: String, _ key: String,
        requestCount: (Value) -> Int = { _ in 1 }, _ effect: () async throws -> Value
    ) async throws -> Value {
        let call = StoreCall(operation: operation, bucket: bucket, key: key)
        let (number, isDead) = state.withLock { state in
            let number = state.calls.count
            state.calls.append(call)
            if kill?.call == number { state.isKilled = true }
            return (number, state.isKilled && kill?.call != number)
        }
        let isLast = kill?.call == number
        if isDead || isLast && kill?.moment == .before { throw Killed() }
        try await before?(call)
        let value = try await effect()
        state.withLock { state in
            state.calls[number].requestCount = requestCount(value)
            if operation == .put { state.writes.append(call) }
        }
        if isLast { throw Killed() }
        return value
    }

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await perform(.get, bucket, key) { try await store.get(key, bucket: bucket, range: range) }
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await perform(.head, bucket, key) { try await store.head(key, bucket: bucket) }
    }

    func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        try await perform(.get, bucket, key) { try await store.get(key, bucket: bucket, version: version) }
    }

    func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        try await perform(.head, bucket, key) { try await store.head(key, bucket: bucket, version: version) }
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        try await perform(.put, bucket, key) {
            try await store.put(
                key, bucket: bucket, body: body, contentType: contentType, condition: condition,
                metadata: metadata)
        }
    }

    func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        try await perform(.list, bucket, prefix, requestCount: { ObservedStore.pageCount($0.count) }) {
            try await store.list(prefix: prefix, bucket: bucket)
        }
    }

    func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        try await perform(.list, bucket, prefix, requestCount: { ObservedStore.pageCount($0.count) }) {
            try await store.listVersions(prefix: prefix, bucket: bucket)
        }
    }

    func listFolders(prefix: String, bucket: String) async throws -> [String] {
        try await perform(.list, bucket, prefix, requestCount: { ObservedStore.pageCount($0.count) }) {
            try await store.listFolders(prefix: prefix, bucket: bucket)
        }
    }

    private static func pageCount(_ keys: Int) -> Int { max(1, (keys + listPageKeys - 1) / listPageKeys) }
}
