import AWS
import Digest
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Lake

/// Files that land: one run for each version, whoever tells of it, however often and whenever it dies.
struct LandingTests {
    private static let key = "events/day=08/a.jsonl.gz"

    /// Counts; gives the new number.
    private static func next(_ count: borrowing Mutex<Int>) -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    // MARK: One run for each version

    @Test func `a file is kept byte for byte, and its commit says what it is`() async throws {
        let lake = LandingLake()
        let version = try await lake.land(Self.key, lines: 7, at: "2026-01-07T23:59:59Z")
        let answer = try await lake.send(LandingLake.notification((Self.key, version)))
        let digest = SHA256.hash(Array("landing\0\(Self.key)\0\(version)".utf8)).hexEncoded.prefix(8)
        let id = "20260107T235959Z-\(digest)"
        let bytes = try LandingLake.gzip(7, of: Self.key)
        let part = "raw/files/records/extraction_date=2026-01-07/\(id)-0001.jsonl.gz"
        #expect(lake.objects[part] == bytes)
        #expect(lake.store.contentType(part, bucket: "bronze") == "application/gzip")
        let commit = try #require(try lake.commits.first)
        let landed = try #require(lake.store.objects(bucket: "landing")[Self.key])
        #expect(commit.runID == id && commit.extractionDate == "2026-01-07" && commit.source == "files")
        #expect(
            commit.parts == [
                .init(
                    stream: "records", key: part, etag: MemoryObjectStore.etag(of: bytes).value,
                    sizeBytes: bytes.count, lines: 7, rows: 7)
            ])
        #expect(commit.ledger == ["records": .init(requests: 1, rowsAnswered: 7, rowsInParts: 7)])
        #expect(
            commit.landed
                == LandedFile(
                    bucket: "landing", key: Self.key, version: version,
                    etag: MemoryObjectStore.etag(of: landed).value, sizeBytes: landed.count, members: 1,
                    sha256: SHA256.hash(landed).hexEncoded, format: "jsonl"))
        #expect(commit.complete == [] && commit.failed == [] && commit.skipped == [])
        #expect(
            lake.objects.keys.sorted() == ["commits/files/2026-01-07/\(id).json", part])
        #expect(answer.contains(#""file":"s3://landing/\#(Self.key)""#))
        #expect(answer.contains(#""outcome":"committed""#) && answer.contains(#""run_id":"\#(id)""#))
    }

    @Test func `the commit's JSON names the file in plain words`() async throws {
        let lake = LandingLake()
        try await lake.land(Self.key, lines: 1)
        try await lake.send(LandingLake.notification(Self.key))
        let key = try #require(lake.objects.keys.first { $0.hasPrefix("commits/") })
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(lake.objects[key] ?? [])) as? [String: Any])
        #expect(json["version"] as? Int == 2)
        let landed = try #require(json["landed"] as? [String: Any])
        #expect(
            landed.keys.sorted() == [
                "bucket", "etag", "format", "key", "members", "sha256", "size", "version",
            ])
        #expect((json["cursor"] as? [String: Any])?.isEmpty == true)
    }

    private static func ways(_ version: String) -> [String] {
        let notification = LandingLake.notification((key, version))
        let body = notification.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
        return [
            notification, LandingLake.notification(key),
            #"{"Records":[{"messageId":"m","eventSource":"aws:sqs","body":"\#(body)"}]}"#,
            #"""
            {"id":"e","time":"2026-01-09T02:05:00Z","detail-type":"Object Created","source":"aws.s3",
             "detail":{"bucket":{"name":"landing"},"object":{"key":"\#(key)","version-id":"\#(version)"}}}
            """#,
            LandingLake.manual(#""source":"files","key":"\#(key)""#), LandingLake.search(),
            LandingLake.schedule,
        ]
    }

    @Test(arguments: 0..<7) func `every way of hearing of a file starts the same run`(first: Int) async throws
    {
        let lake = LandingLake()
        let version = try await lake.land(Self.key, lines: 5)
        let ways = Self.ways(version)
        try await lake.send(ways[first])
        let objects = lake.objects
        #expect(objects.count == 2)
        let other = LandingLake()
        #expect(try await other.land(Self.key, lines: 5) == version)
        try await other.send(ways[0])
        #expect(objects == other.objects)
        lake.store.clearJournal()
        for way in ways {
            let answer = try await lake.send(way)
            #expect(answer.contains("already_committed") || answer == #"{"reports":[]}"#)
        }
        #expect(lake.objects == objects)
        #expect(
            !lake.store.journal.contains {
                $0.operation == .put || $0.operation == .get && $0.bucket == "landing"
            })
    }

    @Test func `an overwritten file is a new run, and the old version keeps its own`() async throws {
        let lake = LandingLake()
        let first = try await lake.land(Self.key, lines: 3)
        let second = try await lake.land(Self.key, lines: 4, at: "2026-01-08T03:00:00Z")
        try await lake.send(LandingLake.notification((Self.key, second)))
        try await lake.send(LandingLake.notification((Self.key, first)))
        #expect(try lake.commits.map { $0.parts.map(\.rows) } == [[3], [4]])
        #expect(try lake.commits.map { $0.landed?.version } == [first, second])
        #expect(lake.parts.count == 2)
    }

    @Test func `without versions the ETag tells what was overwritten`() async throws {
        let lake = LandingLake(hasVersions: false)
        try await lake.land(Self.key, lines: 3)
        try await lake.send(LandingLake.notification(Self.key))
        try await lake.land(Self.key, lines: 4)
        try await lake.send(LandingLake.notification(Self.key))
        try await lake.send(LandingLake.notification(Self.key))
        #expect(try lake.commits.map { $0.landed?.version } == [nil, nil])
        #expect(Set(try lake.commits.map { $0.parts.map(\.rows) }) == [[3], [4]])
    }

    @Test func `a file that is overwritten while it is read is read as it is now`() async throws {
        let lake = LandingLake(hasVersions: false)
        try await lake.land(Self.key, lines: 3)
        let reads = Mutex(0)
        lake.store.setBeforeHook { [store = lake.store] operation, key in
            guard operation == .get, key == Self.key, LandingTests.next(reads) == 1 else { return }
            store.seed(key, bucket: "landing", body: try LandingLake.gzip(4, of: key))
        }
        try await lake.send(LandingLake.notification(Self.key))
        let commit = try #require(try lake.commits.first)
        #expect(commit.parts.map(\.rows) == [4])
        #expect(
            commit.landed?.etag
                == MemoryObjectStore.etag(of: try LandingLake.gzip(4, of: Self.key)).value)
        #expect(try lake.commits.count == 1)
    }

    @Test func `a version that is overwritten while it is read is the one that counts`() async throws {
        let lake = LandingLake()
        let version = try await lake.land(Self.key, lines: 3)
        let reads = Mutex(0)
        lake.store.setBeforeHook { [store = lake.store] operation, key in
            guard operation == .get, key == Self.key, LandingTests.next(reads) == 1 else { return }
            // The same bytes: the ETag alone does not tell.
            store.seed(key, bucket: "landing", body: try LandingLake.gzip(3, of: key))
        }
        try await lake.send(LandingLake.notification((Self.key, version)))
        #expect(try lake.commits.map { $0.landed?.version } == [version])
    }

    @Test func `bytes of another number than S3 tells are no file`() async throws {
        let lake = LandingLake()
        try await lake.land(Self.key, lines: 3)
        var lying = try lake.bronze(store: ShorteningStore(store: lake.store))
        await #expect(throws: S3Error.self) {
            try await lying.handle(Array(LandingLake.notification(Self.key).utf8), deadline: nil)
        }
        #expect(lake.objects == [:])
        lying = try lake.bronze()
        _ = try await lying.handle(Array(LandingLake.notification(Self.key).utf8), deadline: nil)
        #expect(try lake.commits.count == 1)
    }

    // MARK: Content

    @Test(arguments: [
        ("a.jsonl.gz", true, "-0001.jsonl.gz"), ("a.jsonl", true, "-0001.jsonl.gz"),
        ("a.jsonl.gz", false, "-0001.jsonl"), ("a", false, "-0001.jsonl"),
    ])
    func `a part's name says what the bytes are, whatever the file was called`(
        key: String, isGzip: Bool, end: String
    ) async throws {
        let lake = LandingLake()
        let text = Array("{}\n{}\n".utf8)
        try await lake.land(key, isGzip ? Gzip.compress(text) : text)
        try await lake.send(LandingLake.notification(key))
        let part = try #require(lake.parts.first)
        #expect(part.hasSuffix(end))
        #expect(
            lake.store.contentType(part, bucket: "bronze")
                == (isGzip ? "application/gzip" : "application/x-ndjson"))
        #expect(try lake.commits.first?.landed?.members == (isGzip ? 1 : 0))
        #expect(try lake.commits.first?.parts.first?.rows == 2)
    }

    @Test func `blank lines are lines and no rows`() async throws {
        let lake = LandingLake()
        try await lake.land("a", Array("\u{FEFF}{}\r\n\r\n  \n{}".utf8))
        try await lake.send(LandingLake.notification("a"))
        let part = try #require(try lake.commits.first?.parts.first)
        #expect(part.lines == 4 && part.rows == 2)
    }

    @Test func `a file without bytes is a commit without parts`() async throws {
        let lake = LandingLake()
        try await lake.land("a", [])
        try await lake.send(LandingLake.notification("a"))
        let commit = try #require(try lake.commits.first)
        #expect(commit.parts == [] && lake.parts == [])
        #expect(commit.ledger == ["records": .init(requests: 1, rowsAnswered: 0, rowsInParts: 0)])
        #expect(commit.landed?.sizeBytes == 0)
    }

    @Test func `a file that is too large is refused before it is read`() async throws {
        var lake = LandingLake()
        lake.environment["FILES_LIMIT"] = "10"
        let version = try await lake.land("a", [UInt8](repeating: 10, count: 11))
        lake.store.clearJournal()
        let error = await lake.failure(LandingLake.notification("a"))
        #expect(error?.errorType == "Function.FileTooLarge")
        #expect(
            error?.description
                == "read s3://landing/a version \(version) failed: it has 11 bytes, more than 10; none of it counts; put it again in smaller files"
        )
        #expect(!lake.store.journal.contains { $0.bucket == "landing" && $0.operation == .get })
        try await lake.land("a", [UInt8](repeating: 10, count: 10))
        try await lake.send(LandingLake.notification("a"))
        #expect(try lake.commits.count == 1)
    }

    // MARK: Failures

    @Test func `a newer version heals a file that was cut, and none of the old one counts`() async throws {
        let lake = LandingLake()
        let whole = try LandingLake.gzip(50, of: Self.key)
        for length in [1, 2, 10, 18, whole.count / 2, whole.count - 1] {
            let version = try await lake.land(Self.key, Array(whole[..<length]))
            let error = await lake.failure(LandingLake.notification((Self.key, version)))
            #expect(error?.errorType == "Function.UnreadableObject", "\(length)")
            #expect(error?.description.contains("s3://landing/\(Self.key) version \(version)") == true)
            #expect(error?.description.hasSuffix("put the file again: a newer version heals it") == true)
        }
        #expect(lake.objects == [:])
        try await lake.land(Self.key, whole)
        try await lake.send(LandingLake.notification(Self.key))
        #expect(try lake.commits.map { $0.parts.map(\.rows) } == [[50]])
    }

    @Test func `a version that is gone is a fault of the batch, and the next delivery finds what is late`()
        async throws
    {
        let lake = LandingLake()
        let version = try await lake.land(Self.key, lines: 3)
        lake.store.removeVersion(version, of: Self.key, bucket: "landing")
        let gone = await lake.failure(LandingLake.notification((Self.key, version)))
        #expect(gone?.errorType == "Function.MissingObject")
        #expect(
            gone?.description.hasPrefix(
                "read s3://landing/\(Self.key) version \(version) failed: the event names it but it does not exist; the retry"
            ) == true)
        let late = await lake.failure(LandingLake.notification("late"))
        #expect(late?.errorType == "Function.MissingObject")
        try await lake.land("late", lines: 1)
        try await lake.send(LandingLake.notification("late"))
        #expect(try lake.landedKeys == ["late"])
    }

    @Test func `one bad file holds up no other one, and the error names it`() async throws {
        let lake = LandingLake()
        for key in ["a", "c", "e"] { try await lake.land(key, lines: 2) }
        let bad = try await lake.land("b", [0x1F, 0x8B, 8])
        let event = LandingLake.notification(("a", nil), ("b", nil), ("c", nil), ("d", nil), ("e", nil))
        let error = await lake.failure(event)
        #expect(error?.errorType == "Function.RunsFailed")
        #expect(
            error?.description
                == "bronze failed for 2 of 5 files and runs, the others are done: "
                + "read s3://landing/b version \(bad) failed: its 3 bytes are cut, damaged or no gzip; none of it counts; put the file again: a newer version heals it"
                + " | read s3://landing/d failed: the event names it but it does not exist; the retry of this event reads it if it is only late, else put the file again"
        )
        #expect(Set(try lake.landedKeys) == ["a", "c", "e"])
    }

    @Test func `a long row of failures is cut`() async throws {
        let lake = LandingLake()
        try await lake.land("good", lines: 1)
        let names = (0..<50).map { "gone-\($0)" }
        let records = (names + ["good"]).map { LandingLake.notification($0).dropFirst(12).dropLast(2) }
        let error = await lake.failure(#"{"Records":[\#(records.joined(separator: ","))]}"#)
        let text = try #require(error?.description)
        #expect(text.hasPrefix("bronze failed for 50 of 51 files and runs"))
        #expect(text.contains("gone-19 ") && !text.contains("gone-20 ") && text.hasSuffix(" | 30 more"))
        #expect(try lake.landedKeys == ["good"])
    }

    @Test func `what S3 refuses stays S3's error`() async throws {
        let lake = LandingLake()
        try await lake.land("a", lines: 1)
        lake.store.setBeforeHook { operation, key in
            guard operation == .put else { return }
            throw S3Error(code: .accessDenied, operation: "PutObject", resource: key, message: "")
        }
        await #expect(throws: S3Error.self) { try await lake.send(LandingLake.notification("a")) }
    }

    @Test(arguments: [
        "events/", "events/_SUCCESS", "a/b/_started_1", ".hidden", "a/.a.csv.swp", "a.crc", ".a.crc",
        "x/a.tmp",
        "a.jsonl.gz.part", "a.filepart",
    ])
    func `what nobody means as a file is reported as ignored`(key: String) async throws {
        let lake = LandingLake()
        let bytes = Array("{}".utf8)
        try await lake.land(key, bytes)
        let answer = try await lake.send(LandingLake.notification(key))
        #expect(
            answer.contains(#""outcome":"ignored""#) && answer.contains(#""file":"s3://landing/\#(key)""#))
        #expect(!answer.contains("run_id"))
        #expect(try await lake.send(LandingLake.search()) == #"{"reports":[]}"#)
        #expect(lake.objects == [:])
    }

    @Test(arguments: ["a.tmp.gz", "part", "tmp/a", "_a/b", ".a/b", "a.part.jsonl", "success"])
    func `what only looks like it is a file`(key: String) async throws {
        let lake = LandingLake()
        try await lake.land(key, Array("{}".utf8))
        try await lake.send(LandingLake.notification(key))
        #expect(try lake.landedKeys == [key])
    }

    @Test func `an object that is nobody's is refused and stops no other one`() async throws {
        var lake = LandingLake()
        lake.environment["FILES_PREFIX"] = "events/"
        try await lake.land("events/a", lines: 1)
        let alone = await lake.failure(LandingLake.notification("other/a"))
        #expect(alone?.errorType == "Function.UnexpectedKey")
        #expect(
            alone?.description
                == "bronze refused the object s3://landing/other/a: expected a continuation of its own in s3://bronze/continuations/, or a landed file in s3://landing/events/"
        )
        let among = await lake.failure(LandingLake.notification(("other/a", nil), ("events/a", nil)))
        #expect(among?.errorType == "Function.RunsFailed")
        #expect(try lake.landedKeys == ["events/a"])
    }

    // MARK: Run ids

    @Test func `another file with the same run id gets the next eight digits`() async throws {
        for isPart in [false, true] {
            let lake = LandingLake()
            let version = try await lake.land(Self.key, lines: 3)
            let digits = SHA256.hash(Array("landing\0\(Self.key)\0\(version)".utf8)).hexEncoded
            let time = "20260108T020000Z"
            let (first, second) = ("\(time)-\(digits.prefix(8))", "\(time)-\(digits.dropFirst(8).prefix(8))")
            // What another file of that second has left there: its part, or all of its run.
            let other = LandingLake()
            try await other.land("other", lines: 9)
            try await other.send(LandingLake.notification("other"))
            let run = try #require(try other.commits.first?.runID)
            for (key, body) in other.objects where !isPart || key.hasPrefix("raw/") {
                let text = String(decoding: body, as: UTF8.self)
                lake.store.seed(
                    key.replacing(run, with: first), bucket: "bronze",
                    body: key.hasPrefix("raw/") ? body : Array(text.replacing(run, with: first).utf8),
                    metadata: ["sha256": "another file's"])
            }
            let before = lake.objects
            try await lake.send(LandingLake.notification(Self.key))
            let again = try await lake.send(LandingLake.notification(Self.key))
            #expect(again.contains("already_committed") && again.contains(second))
            #expect(before.allSatisfy { lake.objects[$0.key] == $0.value })
            let commit = try #require(try lake.commits.first { $0.landed?.key == Self.key })
            #expect(commit.runID == second && commit.parts.map(\.rows) == [3])
            #expect(commit.parts.allSatisfy { $0.key.contains(second) })
        }
    }

    // MARK: Faults

    private struct Killed: Error {}

    @Test(arguments: [false, true]) func `a death at any call is healed by the next delivery`(isAfter: Bool)
        async throws
    {
        let undisturbed = LandingLake()
        try await undisturbed.land(Self.key, lines: 5)
        undisturbed.store.clearJournal()
        try await undisturbed.send(LandingLake.notification(Self.key))
        let calls = undisturbed.store.journal.count
        #expect(calls == 5, "HEAD, the commit that is not there, GET, the part, the commit")
        for call in 0..<calls {
            let lake = LandingLake()
            try await lake.land(Self.key, lines: 5)
            let count = Mutex(0)
            let hook: MemoryObjectStore.Hook = { _, _ in
                let number = LandingTests.next(count) - 1
                // A call that fails by itself never gets to the hook behind it.
                if number >= call { throw Killed() }
            }
            if isAfter { lake.store.setAfterHook(hook) } else { lake.store.setBeforeHook(hook) }
            _ = try? await lake.send(LandingLake.notification(Self.key))
            lake.store.setAfterHook(nil)
            lake.store.setBeforeHook(nil)
            try await lake.send(LandingLake.notification(Self.key))
            #expect(lake.objects == undisturbed.objects, "call \(call)")
        }
    }

    @Test func `a delivery between any two calls of another one changes nothing`() async throws {
        let undisturbed = LandingLake()
        try await undisturbed.land(Self.key, lines: 5)
        try await undisturbed.send(LandingLake.notification(Self.key))
        for call in 0..<5 {
            let lake = LandingLake()
            try await lake.land(Self.key, lines: 5)
            let count = Mutex(0)
            lake.store.setBeforeHook { _, _ in
                let number = LandingTests.next(count) - 1
                if number == call + 1 { try await lake.send(LandingLake.notification(Self.key)) }
            }
            let answer = try await lake.send(LandingLake.notification(Self.key))
            #expect(answer.contains("committed"))
            #expect(lake.objects == undisturbed.objects, "call \(call)")
        }
    }

    @Test func `deliveries side by side commit once`() async throws {
        let lake = LandingLake()
        try await lake.land(Self.key, lines: 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await lake.send(LandingLake.notification(Self.key)) } }
            try await group.waitForAll()
        }
        #expect(lake.objects.count == 2)
        #expect(try lake.commits.map { $0.parts.map(\.rows) } == [[5]])
    }

    @Test func `a write that is refused for the moment is tried again`() async throws {
        let lake = LandingLake()
        try await lake.land(Self.key, lines: 5)
        let count = Mutex(0)
        lake.store.setBeforeHook { operation, key in
            guard operation == .put, !LandingTests.next(count).isMultiple(of: 2) else { return }
            throw S3Error(
                code: .conditionalRequestConflict, status: 409, operation: "PutObject", resource: key,
                message: "")
        }
        try await lake.send(LandingLake.notification(Self.key))
        #expect(try lake.commits.count == 1)
        #expect(count.withLock { $0 } == 4)
    }

    // MARK: By hand

    @Test func `a run by hand needs a key, and the key of a landed file`() async throws {
        var lake = LandingLake()
        lake.environment["FILES_PREFIX"] = "events/"
        let without = await lake.failure(LandingLake.manual(#""source":"files""#))
        #expect(without?.errorType == "Function.UnexpectedEvent")
        #expect(without?.description.contains("expected a manual run with the key of a landed file") == true)
        let outside = await lake.failure(LandingLake.manual(#""source":"files","key":"a""#))
        #expect(
            outside?.description
                == "bronze refused the object a: expected the key of a file of files in s3://landing/events/")
        let unknown = await lake.failure(LandingLake.manual(#""source":"nobody","key":"a""#))
        #expect(unknown == .unknownSource("nobody", layer: "bronze", known: ["files"]))
    }
}

/// A store that loses the last byte of what it is asked for.
private struct ShorteningStore: ObjectStore {
    var store: MemoryObjectStore

    func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        var object = try await store.get(key, bucket: bucket, version: version)
        object.body.removeLast()
        return object
    }

    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        try await store.get(key, bucket: bucket, range: range)
    }

    func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket)
    }

    func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        try await store.head(key, bucket: bucket, version: version)
    }

    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        try await store.put(
            key, bucket: bucket, body: body, contentType: contentType, condition: condition,
            metadata: metadata)
    }

    func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        try await store.list(prefix: prefix, bucket: bucket)
    }

    func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        try await store.listVersions(prefix: prefix, bucket: bucket)
    }

    func listFolders(prefix: String, bucket: String) async throws -> [String] {
        try await store.listFolders(prefix: prefix, bucket: bucket)
    }

    func delete(_ key: String, bucket: String) async throws { try await store.delete(key, bucket: bucket) }
}
