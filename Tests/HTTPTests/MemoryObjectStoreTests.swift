import AWS
import HTTP
import TestSupport
import Testing

/// The fake that the pipeline's tests stand on must refuse what S3 refuses.
struct MemoryObjectStoreTests {
    private struct Fault: Error {}

    private let store = MemoryObjectStore()

    @discardableResult
    private func put(_ key: String, _ body: String, _ condition: WriteCondition? = nil) async throws -> ETag {
        try await store.put(
            key, bucket: "b", body: Array(body.utf8), contentType: "text/plain", condition: condition,
            metadata: ["writer": "w"])
    }

    @Test func `holds conditional writes to their conditions`() async throws {
        let absent = await #expect(throws: S3Error.self) { try await put("k", "1", .ifMatch(ETag("\"x\""))) }
        #expect(absent?.status == 404 && absent?.code == .noSuchKey && absent?.isWriteConflict == true)
        let first = try await put("k", "1", .ifNoneMatch)
        let taken = await #expect(throws: S3Error.self) { try await put("k", "2", .ifNoneMatch) }
        #expect(taken?.status == 412 && taken?.code == .preconditionFailed && taken?.isWriteConflict == true)
        let second = try await put("k", "2", .ifMatch(first))
        await #expect(throws: S3Error.self) { try await put("k", "3", .ifMatch(first)) }
        #expect(first != second)
        #expect(try await store.get("k", bucket: "b", range: nil).body == Array("2".utf8))
        #expect(try await put("other", "1") == first)
    }

    @Test func `reads objects, ranges and attributes`() async throws {
        try await put("k", "0123456789")
        let part = try await store.get("k", bucket: "b", range: 8..<20)
        #expect(part.body == Array("89".utf8) && part.attributes.sizeBytes == 10)
        #expect(try await store.head("k", bucket: "b")?.metadata == ["writer": "w"])
        #expect(try await store.head("none", bucket: "b") == nil)
        let missing = await #expect(throws: S3Error.self) {
            try await store.get("none", bucket: "b", range: nil)
        }
        #expect(missing?.code == .noSuchKey)
        let beyond = await #expect(throws: S3Error.self) {
            try await store.get("k", bucket: "b", range: 10..<11)
        }
        #expect(beyond?.status == 416)
    }

    @Test func `lists in the order of bytes`() async throws {
        for key in ["a/é", "a/z", "a/b/1", "a/b/2", "a/B/1", "b"] {
            try await put(key, "x")
        }
        #expect(
            try await store.list(prefix: "a/", bucket: "b").map(\.key) == [
                "a/B/1", "a/b/1", "a/b/2", "a/z", "a/é",
            ])
        #expect(try await store.listFolders(prefix: "a/", bucket: "b") == ["a/B/", "a/b/"])
        try await store.delete("a/z", bucket: "b")
        try await store.delete("a/z", bucket: "b")
        #expect(try await store.list(prefix: "a/z", bucket: "b").isEmpty)
    }

    @Test func `fails before or after the effect, and keeps a journal`() async throws {
        store.setBeforeHook { operation, _ in
            if operation == .put {
                throw Fault()
            }
        }
        await #expect(throws: Fault.self) { try await put("k", "1") }
        #expect(store.objects(bucket: "b").isEmpty)
        store.setBeforeHook(nil)
        store.setAfterHook { _, _ in throw Fault() }
        await #expect(throws: Fault.self) { try await put("k", "1") }
        #expect(store.objects(bucket: "b") == ["k": Array("1".utf8)])
        #expect(store.journal == [.init(.put, "b", "k"), .init(.put, "b", "k")])
    }

    @Test func `lets another writer in between`() async throws {
        let old = try await put("k", "1")
        let store = store
        store.setBeforeHook { operation, key in
            guard operation == .put, key == "k" else {
                return
            }
            store.setBeforeHook(nil)
            _ = try await store.put(
                "k", bucket: "b", body: [2], contentType: "text/plain", condition: nil, metadata: [:])
        }
        let error = await #expect(throws: S3Error.self) { try await put("k", "3", .ifMatch(old)) }
        #expect(error?.code == .preconditionFailed)
    }

    @Test func `keeps versions where it is told to`() async throws {
        store.enableVersions(bucket: "b")
        try await put("k", "1")
        let first = try #require(try await store.head("k", bucket: "b", version: nil)?.versionID)
        try await put("k", "22")
        try await put("other", "3")
        #expect(try await store.get("k", bucket: "b", version: first).body == Array("1".utf8))
        #expect(try await store.get("k", bucket: "b", version: nil).body == Array("22".utf8))
        let listed = try await store.listVersions(prefix: "k", bucket: "b")
        #expect(listed.map(\.object.sizeBytes) == [2, 1])
        #expect(listed.map(\.isLatest) == [true, false])
        #expect(listed.last?.versionID == first)
        try await store.delete("k", bucket: "b")
        #expect(try await store.head("k", bucket: "b", version: nil) == nil)
        #expect(try await store.listVersions(prefix: "k", bucket: "b").map(\.isLatest) == [false, false])
        store.removeVersion(first, of: "k", bucket: "b")
        #expect(try await store.head("k", bucket: "b", version: first) == nil)
        let gone = await #expect(throws: S3Error.self) {
            try await store.get("k", bucket: "b", version: first)
        }
        #expect(gone?.code == .noSuchVersion)
    }

    @Test func `tells when an object was written, in whole seconds`() async throws {
        store.setSecondsPerWrite(0.4)
        try await put("k", "1")
        let listed = try #require(try await store.list(prefix: "k", bucket: "b").first).modifiedAt
        let told = try #require(try await store.head("k", bucket: "b")?.modifiedAt)
        #expect(listed.seconds(since: told) == 0.4)
        #expect(try await store.listVersions(prefix: "k", bucket: "b").first?.versionID == nil)
    }
}
