public import AWS
public import HTTP
import Synchronization

/// S3 in memory: strongly consistent, with conditional writes, a journal, and hooks to force faults and interleavings.
///
/// A bucket exists from its first object on; it has versions from ``enableVersions(bucket:)`` on. ETags depend on the content alone, as MD5 would make them.
public final class MemoryObjectStore: ObjectStore {
    /// What can be asked of the store.
    public enum Operation: String, Sendable {
        /// A read of an object or a range.
        case get
        /// A read of attributes.
        case head
        /// A write.
        case put
        /// A listing of objects.
        case list
        /// A listing of folders.
        case listFolders
        /// A deletion.
        case delete
    }

    /// One line of the journal: something that was asked, whether or not it came to pass.
    public struct Entry: Sendable, Hashable {
        /// What was asked.
        public var operation: Operation
        /// The bucket.
        public var bucket: String
        /// The key, or the prefix of a listing.
        public var key: String

        /// Makes a line, to compare the journal with.
        public init(_ operation: Operation, _ bucket: String, _ key: String) {
            self.operation = operation
            self.bucket = bucket
            self.key = key
        }
    }

    /// Code that runs before or after an operation; what it throws is what the caller sees.
    public typealias Hook = @Sendable (_ operation: Operation, _ key: String) async throws -> Void

    private struct Object {
        var stored: StoredObject
        var contentType: String
        var modifiedAt: Timestamp

        /// What S3 says of it when it is asked for: headers tell whole seconds.
        var answer: StoredObject {
            var answer = stored
            let microseconds = modifiedAt.microsecondsSinceEpoch
            answer.attributes.modifiedAt = Timestamp(
                microsecondsSinceEpoch: microseconds - microseconds % 1_000_000)
            return answer
        }

        func listed(_ key: String) -> ListedObject {
            ListedObject(
                key: key, etag: stored.attributes.etag, sizeBytes: stored.attributes.sizeBytes,
                modifiedAt: modifiedAt)
        }
    }

    private struct State {
        var buckets: [String: [String: Object]] = [:]
        /// Every version of the buckets that have them, by key, oldest first.
        var versions: [String: [String: [Object]]] = [:]
        var lastVersion = 0
        /// The time of the last write.
        var now = Timestamp(microsecondsSinceEpoch: 1_767_830_400_000_000)
        var secondsPerWrite = 1.0
        var journal: [Entry] = []
        var before: Hook?
        var after: Hook?
    }

    private let state = Mutex(State())

    /// Makes an empty store.
    public init() {}

    /// Runs code before every operation; an error that it throws means that the operation did not happen.
    public func setBeforeHook(_ hook: Hook?) {
        state.withLock { $0.before = hook }
    }

    /// Runs code after every operation that succeeded; an error that it throws means a lost reply: it did happen.
    public func setAfterHook(_ hook: Hook?) {
        state.withLock { $0.after = hook }
    }

    /// Everything that was asked, in order.
    public var journal: [Entry] {
        state.withLock { $0.journal }
    }

    /// Forgets the journal.
    public func clearJournal() {
        state.withLock { $0.journal = [] }
    }

    /// Says how much later than the one before a write is; a second unless told otherwise.
    ///
    /// Below a second several objects have one time, as in S3, whose listings tell whole seconds.
    public func setSecondsPerWrite(_ seconds: Double) {
        state.withLock { $0.secondsPerWrite = seconds }
    }

    /// Keeps every version of a bucket's objects that is written from now on.
    public func enableVersions(bucket: String) {
        state.withLock { $0.versions[bucket] = $0.versions[bucket] ?? [:] }
    }

    /// Forgets one version of an object for ever, without hook or journal; the newest that is left becomes the object.
    public func removeVersion(_ version: String, of key: String, bucket: String) {
        state.withLock { state in
            state.versions[bucket]?[key]?.removeAll { $0.stored.attributes.versionID == version }
            state.buckets[bucket]?[key] = state.versions[bucket]?[key]?.last
        }
    }

    /// A store with the same objects, or those of one bucket, written at the same times, without hooks or journal.
    public func copy(of bucket: String? = nil) -> MemoryObjectStore {
        let copy = MemoryObjectStore()
        let original = state.withLock { $0 }
        copy.state.withLock { state in
            func chosen<Content>(_ buckets: [String: Content]) -> [String: Content] {
                bucket.map { name in buckets.filter { $0.key == name } } ?? buckets
            }
            state.buckets = chosen(original.buckets)
            state.versions = chosen(original.versions)
            state.lastVersion = original.lastVersion
            state.now = original.now
        }
        return copy
    }

    /// Puts an object there without hook or journal, as if it had been written at some time.
    public func seed(
        _ key: String, bucket: String, body: [UInt8], metadata: [String: String] = [:],
        modifiedAt: Timestamp? = nil
    ) {
        _ = write(key, bucket, body, "application/octet-stream", metadata)
        guard let modifiedAt else { return }
        state.withLock { state in
            state.buckets[bucket]?[key]?.modifiedAt = modifiedAt
            if let last = state.versions[bucket]?[key]?.indices.last {
                state.versions[bucket]?[key]?[last].modifiedAt = modifiedAt
            }
        }
    }

    /// Every object of a bucket by key, without hook or journal.
    public func objects(bucket: String) -> [String: [UInt8]] {
        state.withLock { $0.buckets[bucket, default: [:]].mapValues(\.stored.body) }
    }

    /// The media type that an object was written with; nil when there is none.
    public func contentType(_ key: String, bucket: String) -> String? {
        state.withLock { $0.buckets[bucket]?[key]?.contentType }
    }

    /// The ETag of bytes: two FNV-1a hashes as 32 hexadecimal digits in quotes.
    public static func etag(of body: [UInt8]) -> ETag {
        var hashes: [UInt64] = [0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4]
        for byte in body {
            for index in hashes.indices {
                hashes[index] = (hashes[index] ^ UInt64(byte)) &* (0x100_0000_01B3 + UInt64(index) * 2)
            }
        }
        let digits = hashes.map { hash in
            let text = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return ETag("\"\(digits.joined())\"")
    }

    /// Reads an object, or a range of it.
    public func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await perform(.get, bucket, key) { () throws(S3Error) in
            guard let object = self.read(key, bucket) else {
                throw MemoryObjectStore.error(.noSuchKey, 404, "GetObject", bucket, key)
            }
            guard let range else {
                return object
            }
            guard range.lowerBound < object.body.count, !range.isEmpty else {
                throw MemoryObjectStore.error(
                    S3Error.Code(rawValue: "InvalidRange"), 416, "GetObject", bucket, key)
            }
            return StoredObject(
                body: Array(object.body[range.clamped(to: 0..<object.body.count)]),
                attributes: object.attributes)
        }
    }

    /// Asks for an object's attributes.
    public func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await head(key, bucket: bucket, version: nil)
    }

    /// Reads one version of an object.
    public func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        try await perform(.get, bucket, key) { () throws(S3Error) in
            guard let object = self.read(key, bucket, version: version) else {
                throw MemoryObjectStore.error(
                    version == nil ? .noSuchKey : .noSuchVersion, 404, "GetObject", bucket, key)
            }
            return object
        }
    }

    /// Asks for the attributes of one version of an object.
    public func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        try await perform(.head, bucket, key) { () throws(S3Error) in
            self.read(key, bucket, version: version)?.attributes
        }
    }

    /// Writes an object.
    public func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        try await perform(.put, bucket, key) { () throws(S3Error) in
            try self.write(key, bucket, body, contentType, metadata, condition).get()
        }
    }

    /// Lists every object under a prefix in the order of the keys' UTF-8 bytes.
    public func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        try await perform(.list, bucket, prefix) { () throws(S3Error) in
            self.state.withLock { $0.buckets[bucket, default: [:]] }
                .filter { $0.key.utf8.starts(with: prefix.utf8) }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { key, object in object.listed(key) }
        }
    }

    /// Lists every version under a prefix in the order of the keys' UTF-8 bytes, newest first within a key.
    public func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        try await perform(.list, bucket, prefix) { () throws(S3Error) in
            let (current, versions) = self.state.withLock { state in
                (state.buckets[bucket, default: [:]], state.versions[bucket])
            }
            let all = versions ?? current.mapValues { [$0] }
            return all.filter { $0.key.utf8.starts(with: prefix.utf8) }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .flatMap { key, versions in
                    versions.reversed().map { version in
                        ListedVersion(
                            object: version.listed(key), versionID: version.stored.attributes.versionID,
                            isLatest: version.stored.attributes.versionID
                                == current[key]?.stored.attributes.versionID)
                    }
                }
        }
    }

    /// Lists the folders one level below a prefix in the order of their UTF-8 bytes.
    public func listFolders(prefix: String, bucket: String) async throws -> [String] {
        try await perform(.listFolders, bucket, prefix) { () throws(S3Error) in
            let keys = self.state.withLock { Array($0.buckets[bucket, default: [:]].keys) }
            var folders = Set<String>()
            for key in keys where key.utf8.starts(with: prefix.utf8) {
                let rest = key.utf8.dropFirst(prefix.utf8.count)
                if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                    folders.insert(String(decoding: key.utf8[...slash], as: UTF8.self))
                }
            }
            return folders.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// Deletes an object; an absent one is no error.
    public func delete(_ key: String, bucket: String) async throws {
        try await perform(.delete, bucket, key) { () throws(S3Error) in
            self.state.withLock { $0.buckets[bucket]?[key] = nil }
        }
    }

    private func perform<Value: Sendable>(
        _ operation: Operation, _ bucket: String, _ key: String, _ effect: () throws(S3Error) -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let before = state.withLock { state in
            state.journal.append(Entry(operation, bucket, key))
            return state.before
        }
        try await before?(operation, key)
        let value = try effect()
        try await state.withLock { $0.after }?(operation, key)
        return value
    }

    private func read(_ key: String, _ bucket: String, version: String? = nil) -> StoredObject? {
        state.withLock { state in
            guard let version else { return state.buckets[bucket]?[key]?.answer }
            return state.versions[bucket]?[key]?
                .first { $0.stored.attributes.versionID == version }?.answer
        }
    }

    private func write(
        _ key: String, _ bucket: String, _ body: [UInt8], _ contentType: String, _ metadata: [String: String],
        _ condition: WriteCondition? = nil
    ) -> Result<ETag, S3Error> {
        let etag = MemoryObjectStore.etag(of: body)
        let attributes = ObjectAttributes(etag: etag, sizeBytes: body.count, metadata: metadata)
        return state.withLock { state in
            state.now = state.now.adding(seconds: state.secondsPerWrite)
            var object = Object(
                stored: StoredObject(body: body, attributes: attributes), contentType: contentType,
                modifiedAt: state.now)
            let existing = state.buckets[bucket]?[key]?.stored.attributes.etag
            switch condition {
            case .ifNoneMatch where existing != nil:
                return .failure(MemoryObjectStore.error(.preconditionFailed, 412, "PutObject", bucket, key))
            case .ifMatch where existing == nil:
                return .failure(MemoryObjectStore.error(.noSuchKey, 404, "PutObject", bucket, key))
            case .ifMatch(let expected) where existing != expected:
                return .failure(MemoryObjectStore.error(.preconditionFailed, 412, "PutObject", bucket, key))
            default:
                if state.versions[bucket] != nil {
                    state.lastVersion += 1
                    object.stored.attributes.versionID = "version.\(state.lastVersion)"
                    state.versions[bucket]?[key, default: []].append(object)
                }
                state.buckets[bucket, default: [:]][key] = object
                return .success(etag)
            }
        }
    }

    private static func error(
        _ code: S3Error.Code, _ status: Int, _ operation: String, _ bucket: String, _ key: String
    ) -> S3Error {
        S3Error(
            code: code, status: status, operation: operation, resource: "s3://\(bucket)/\(key)",
            requestID: "MEMORY", message: "in memory")
    }
}
