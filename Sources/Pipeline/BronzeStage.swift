public import AWS
import Digest
public import HTTP
import JSON
public import Logging
public import Wistia

/// Reads a Wistia account and keeps what the API said.
public struct BronzeStage: Sendable {
    /// What an event asks of the stage.
    public struct Request: Sendable, Equatable {
        /// The run.
        public var run: Run
        /// Whether every visitor is to be read, whatever is known.
        public var isFull: Bool
        /// Which invocation of the run this is, from 1.
        public var invocation: Int

        /// Makes a request.
        public init(run: Run, isFull: Bool = false, invocation: Int = 1) {
            self.run = run
            self.isFull = isFull
            self.invocation = invocation
        }
    }

    /// What an invocation came to.
    public struct Report: Encodable, Sendable, Equatable {
        /// How it ended.
        public enum Outcome: String, Encodable, Sendable {
            /// The run's commit was written.
            case committed
            /// The run had its commit already; no object was changed.
            case alreadyCommitted = "already_committed"
            /// The next invocation goes on.
            case continued
        }

        /// How it ended.
        public var outcome: Outcome
        /// The run's id.
        public var runID: String
        /// The commit's key; nil when the run goes on.
        public var commit: String?
        /// The commit's counts; empty when the run goes on.
        public var ledger: [String: BronzeCommit.StreamLedger]
        /// How many media could not be read.
        public var failedMediaCount: Int
        /// The new watermark; nil when there is none yet, or the run goes on.
        public var watermark: String?

        enum CodingKeys: String, CodingKey {
            case outcome, commit, ledger, watermark
            case runID = "run_id"
            case failedMediaCount = "failed_media_count"
        }
    }

    /// How many times a run is continued before it stops with an error: a guard against loops.
    ///
    /// AWS breaks loops through S3 at about 16 (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
    static let continuationsMaximum = 12
    /// Days between full crawls.
    static let fullCrawlIntervalDays: Int32 = 7

    /// Seconds before the deadline at which a run hands over to its next invocation.
    static let handOverSeconds = 45.0
    /// Seconds before the deadline from which on a passing failure of the API is left to the next invocation: retries were
    /// cut short by the deadline, since the API asks for up to a minute's patience.
    static let patienceSeconds = 120.0
    /// Seconds before the deadline at which the API has to have answered, so that what was read can still be written.
    static let writingSeconds = 20.0

    var bucket: String
    var mediaIDs: [String]
    var store: any ObjectStore
    var wistia: WistiaClient
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Makes the stage.
    ///
    /// - Parameters:
    ///   - bucket: The bronze bucket.
    ///   - mediaIDs: The hashed ids of the media to read; empty reads all.
    ///   - store: S3.
    ///   - wistia: The API.
    ///   - time: The clock.
    ///   - random: Where writer ids come from.
    ///   - logger: Gets a line per part.
    public init(
        bucket: String, mediaIDs: [String], store: any ObjectStore, wistia: WistiaClient,
        time: any TimeSource, random: any RandomSource, logger: Logger
    ) {
        self.bucket = bucket
        self.mediaIDs = mediaIDs
        self.store = store
        self.wistia = wistia
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Reads the object that starts a run's next invocation.
    public func continuation(_ key: String) async throws -> Request {
        let resource = "s3://\(bucket)/\(key)"
        guard let object = try await objectIfPresent(key) else {
            throw PipelineError.missingObject(resource: resource, namedBy: "the event")
        }
        let continuation = try ObjectJSON.decode(Continuation.self, from: object.body, of: resource)
        let run = UTCDate(continuation.extractionDate).map {
            Run(source: continuation.source, id: continuation.runID, extractionDate: $0)
        }
        guard let run, key == ObjectLayout.continuationKey(run: run, number: continuation.number) else {
            throw PipelineError.unreadableObject(
                resource: resource, expected: "Continuation", cause: "its fields are not those of its key")
        }
        return Request(run: run, isFull: continuation.isFull, invocation: continuation.number)
    }

    /// Does a run, or as much of it as the time allows.
    ///
    /// Parts are written first, then the commit, then the state, so that a crash anywhere leaves the watermark behind the data.
    /// - Parameters:
    ///   - request: What to do.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: What it came to.
    /// - Throws: ``WistiaError``, ``S3Error`` or ``PipelineError``; what the API answered until then lies in parts, unless
    ///   S3 refused them, and the same event goes on from there.
    public func run(_ request: Request, deadline: Timestamp?) async throws -> Report {
        let commitKey = ObjectLayout.commitKey(run: request.run)
        if let commit = try await commit(commitKey) {
            try await advanceState(to: commit, key: commitKey)
            return report(.alreadyCommitted, commit, key: commitKey)
        }
        let previous = try await newestState(source: request.run.source)
        var crawl = BronzeRun(stage: self, request: request, deadline: deadline, previous: previous)
        guard let commit = try await crawl.finish() else {
            return Report(
                outcome: .continued, runID: request.run.id, ledger: [:],
                failedMediaCount: crawl.failedMedia.count)
        }
        do {
            _ = try await store.put(
                commitKey, bucket: bucket, body: try ObjectJSON.encode(commit),
                contentType: "application/json", condition: .ifNoneMatch, metadata: [:])
        } catch let error as S3Error where error.isWriteConflict {
            // Either another attempt of this run was faster, or this one's own reply was lost: the commit that stands counts.
            guard let standing = try await self.commit(commitKey) else { throw error }
            try await advanceState(to: standing, key: commitKey)
            return report(.committed, standing, key: commitKey)
        }
        try await advanceState(to: commit, key: commitKey)
        return report(.committed, commit, key: commitKey)
    }

    private func report(_ outcome: Report.Outcome, _ commit: BronzeCommit, key: String) -> Report {
        Report(
            outcome: outcome, runID: commit.runID, commit: key, ledger: commit.ledger,
            failedMediaCount: commit.failedMedia.count, watermark: commit.watermark)
    }

    private func commit(_ key: String) async throws -> BronzeCommit? {
        guard let object = try await objectIfPresent(key) else { return nil }
        return try ObjectJSON.decode(BronzeCommit.self, from: object.body, of: "s3://\(bucket)/\(key)")
    }

    /// What the newest commit says, from the cache if it tells of that commit.
    ///
    /// Which commit is the newest is never taken from the cache: it may lag behind after a crash, and be ahead of the commits
    /// after an object was deleted or restored, and a watermark ahead of the data would lose visitors.
    private func newestState(source: String) async throws -> BronzeState? {
        let cached = try await state(source: source)?.state
        guard let key = try await newestCommitKey(source: source) else {
            if let cached {
                logger.warning("the state tells of \(cached.commit), which is not there; starting without it")
            }
            return nil
        }
        if let cached, cached.commit == key { return cached }
        if let cached {
            logger.warning(
                "the state tells of \(cached.commit), the newest commit is \(key); going on from that")
        }
        return try await commit(key).map { BronzeState(of: $0, key: key) }
    }

    /// The key of the newest commit by its run's id; nil before the first.
    private func newestCommitKey(source: String) async throws -> String? {
        let folders = try await store.listFolders(
            prefix: ObjectLayout.commitPrefix(source: source), bucket: bucket)
        for folder in folders.reversed() where ObjectLayout.date(ofFolder: folder) != nil {
            let keys = try await store.list(prefix: folder, bucket: bucket).map(\.key)
            if let newest = keys.last(where: { ObjectLayout.run(ofCommitKey: $0) != nil }) { return newest }
        }
        return nil
    }

    /// The state's object and what it says; nil where there is none, or nothing readable: it is only a cache.
    private func state(source: String) async throws -> (object: StoredObject, state: BronzeState?)? {
        let key = ObjectLayout.stateKey(source: source)
        guard let object = try await objectIfPresent(key) else { return nil }
        do {
            let state = try ObjectJSON.decode(
                BronzeState.self, from: object.body, of: "s3://\(bucket)/\(key)")
            return (object, state)
        } catch {
            logger.warning("the state is unreadable and made anew from the newest commit: \(error)")
            return (object, nil)
        }
    }

    /// Makes the state tell of a commit, unless it tells of a newer one.
    private func advanceState(to commit: BronzeCommit, key: String) async throws {
        let stateKey = ObjectLayout.stateKey(source: commit.source)
        let resource = "s3://\(bucket)/\(stateKey)"
        try await redoingOnConflict(resource, time: time, random: random) {
            let current = try await state(source: commit.source)
            if let state = current?.state, state.runID >= commit.runID { return }
            _ = try await store.put(
                stateKey, bucket: bucket, body: try ObjectJSON.encode(BronzeState(of: commit, key: key)),
                contentType: "application/json",
                condition: current.map { .ifMatch($0.object.attributes.etag) } ?? .ifNoneMatch, metadata: [:])
        }
    }

    private func objectIfPresent(_ key: String) async throws -> StoredObject? {
        try await store.objectIfPresent(key, bucket: bucket)
    }
}

extension ObjectStore {
    /// Reads an object; nil when there is none.
    func objectIfPresent(_ key: String, bucket: String) async throws -> StoredObject? {
        do {
            return try await get(key, bucket: bucket, range: nil)
        } catch let error as S3Error where error.code == .noSuchKey {
            return nil
        }
    }
}
