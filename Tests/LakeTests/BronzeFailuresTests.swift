import AWS
import HTTP
import Logging
import TestSupport
import Testing

@testable import Lake

/// A source that makes a run without parts.
struct WorkingSource: BronzeSource {
    static let name = "working"
    static let variables: [Variable] = []
    static let isScheduled = true

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {}

    func read(_ run: BronzeRun) async throws -> Reading? {
        Reading(parts: [], ledger: [:], cursor: .empty)
    }
}

/// A source that always fails.
private struct FailingSource: BronzeSource {
    static let name = "failing"
    static let variables: [Variable] = []
    static let isScheduled = true

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {}

    func read(_ run: BronzeRun) async throws -> Reading? {
        throw LakeError("Down", "read the account failed: it is down; send the event again")
    }
}

/// A source whose reading is cancelled.
private struct CancelledSource: BronzeSource {
    static let name = "cancelled"
    static let variables: [Variable] = []
    static let isScheduled = true

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {}

    func read(_ run: BronzeRun) async throws -> Reading? { throw CancellationError() }
}

/// A source that counts other rows than its parts have.
private struct MiscountingSource: BronzeSource {
    static let name = "miscounting"
    static let variables = [mistake]
    static let isScheduled = false
    private static let mistake = Variable("MISTAKE")

    private let mistake: String?

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        mistake = configuration.string(MiscountingSource.mistake)
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        let part = BronzeCommit.Part(stream: "records", key: "raw/a", etag: "e", lines: 2, rows: 2)
        let counts = BronzeCommit.StreamLedger(requests: 1, rowsAnswered: 2, rowsInParts: 2)
        return switch mistake {
        case "rows":
            Reading(
                parts: [part],
                ledger: ["records": .init(requests: 1, rowsAnswered: 2, rowsInParts: 3)], cursor: .empty)
        case "stream": Reading(parts: [part], ledger: [:], cursor: .empty)
        case "part": Reading(parts: [], ledger: ["records": counts], cursor: .empty)
        default: Reading(parts: [part], ledger: ["records": counts], cursor: .empty)
        }
    }
}

/// Several runs of one event: one that fails does not stop the others.
struct BronzeFailuresTests {
    private func lake(_ sources: [any BronzeSource.Type]) -> LandingLake {
        var lake = LandingLake()
        lake.sources = sources
        return lake
    }

    @Test func `a source that fails every time does not stop the one behind it`() async throws {
        let lake = lake([FailingSource.self, WorkingSource.self])
        for _ in 0..<3 {
            let error = await lake.failure(LandingLake.schedule)
            #expect(error?.errorType == "Function.RunsFailed")
            #expect(
                error?.description
                    == "bronze failed for 1 of 2 files and runs, the others are done: failing: read the account failed: it is down; send the event again"
            )
            #expect(try lake.commits.map(\.source) == ["working"])
        }
    }

    @Test func `neither does it stop a search, nor a search that fails it`() async throws {
        let lake = lake([FailingSource.self, LandingLake.files, WorkingSource.self])
        try await lake.land("a", lines: 1)
        _ = await lake.failure(LandingLake.schedule)
        #expect(Set(try lake.commits.map(\.source)) == ["files", "working"])
        let other = self.lake([LandingLake.files, WorkingSource.self])
        other.store.setBeforeHook { operation, key in
            guard operation == .list, key.isEmpty else { return }
            throw S3Error(
                code: .accessDenied, operation: "ListObjectVersions", resource: "s3://landing/", message: "no"
            )
        }
        let error = await other.failure(LandingLake.schedule)
        #expect(error?.description.contains("1 of 2 files and runs") == true)
        #expect(error?.description.contains("ListObjectVersions s3://landing/ failed: AccessDenied") == true)
        #expect(try other.commits.map(\.source) == ["working"])
    }

    @Test func `the error of a source alone is its own`() async throws {
        let error = await lake([FailingSource.self]).failure(LandingLake.schedule)
        #expect(error?.errorType == "Function.Down")
    }

    @Test func `a cancellation ends the invocation`() async throws {
        let lake = lake([CancelledSource.self, WorkingSource.self])
        await #expect(throws: CancellationError.self) { try await lake.send(LandingLake.schedule) }
        #expect(try lake.commits.isEmpty)
    }

    @Test func `a continuation that fails does not stop the others`() async throws {
        let lake = lake([FailingSource.self, WorkingSource.self])
        let time = try #require(Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
        var keys: [String] = []
        for source in ["failing", "working"] {
            let run = Run(source: source, eventID: "e", eventTime: time)
            let key = ObjectLayout.continuationKey(run: run, number: 2)
            let continuation = Continuation(
                source: source, runID: run.id, extractionDate: "2026-01-08", number: 2, isFull: false)
            lake.store.seed(key, bucket: "bronze", body: try ObjectJSON.encode(continuation))
            keys.append(key)
        }
        keys.insert("continuations/working/gone/0002.json", at: 1)
        let error = await lake.failure(
            LandingLake.notification((keys[0], nil), (keys[1], nil), (keys[2], nil), bucket: "bronze"))
        #expect(error?.description.hasPrefix("bronze failed for 2 of 3 files and runs") == true)
        #expect(error?.description.contains("s3://bronze/\(keys[0]): read the account failed") == true)
        #expect(error?.description.contains("read s3://bronze/\(keys[1]) failed") == true)
        #expect(try lake.commits.map(\.source) == ["working"])
    }

    @Test(arguments: [
        ("rows", "3 rows of records are counted, the parts that are listed hold 2"),
        ("stream", "raw/a is listed, its stream records is not counted"),
        ("part", "2 rows of records are counted, the parts that are listed hold 0"),
    ])
    func `counts that do not follow from the parts are never committed`(mistake: String, cause: String)
        async throws
    {
        var lake = lake([MiscountingSource.self])
        let event = LandingLake.manual(#""source":"miscounting""#)
        lake.environment["MISTAKE"] = mistake
        let error = await lake.failure(event)
        #expect(error?.errorType == "Function.Ledger")
        #expect(error?.description.contains("bronze ledger of commits/miscounting/2026-01-08/") == true)
        #expect(error?.description.contains("does not add up: \(cause)") == true)
        #expect(lake.objects == [:])
        lake.environment["MISTAKE"] = nil
        try await lake.send(event)
        #expect(try lake.commits.count == 1)
    }
}
