import AWS
import HTTP
import Logging
import Tables

/// Does runs of one source: parts, commit, state, in this order.
struct BronzeDriver: Sendable {
    /// How many times a run is continued before it stops with an error: a guard against loops.
    ///
    /// AWS breaks loops through S3 at about 16 (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
    static let continuationsMaximum = 12

    var bucket: String
    var store: any ObjectStore
    var source: any BronzeSource
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Does a run, or as much of it as the time allows.
    ///
    /// Parts are written first, then the commit, then the state, so that a crash anywhere leaves the cursor behind the data.
    /// - Parameters:
    ///   - request: What to do.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: What it came to.
    /// - Throws: What ended the reading, ``S3Error`` or ``LakeError``; what was read until then lies in parts, unless S3 refused
    ///   them, and the same event goes on from there.
    func run(_ request: RunRequest, deadline: Timestamp?) async throws -> BronzeReport {
        let commitKey = ObjectLayout.commitKey(run: request.run)
        if let commit = try await commits.commit(commitKey) {
            try await advanceState(to: commit, key: commitKey)
            return BronzeReport(.alreadyCommitted, commit, key: commitKey)
        }
        let run = BronzeRun(
            request: request, deadline: deadline, cursor: try await newestCursor(source: request.run.source),
            parts: PartStore(
                store: store, bucket: bucket, run: request.run, writerID: String(random.next(), radix: 16),
                time: time, random: random))
        guard let reading = try await source.read(run) else {
            try await writeContinuation(of: request)
            return BronzeReport(continued: request.run)
        }
        let commit = try await commits.write(BronzeCommit(run: request.run, reading: reading))
        try await advanceState(to: commit, key: commitKey)
        return BronzeReport(.committed, commit, key: commitKey)
    }

    private var commits: BronzeCommitStore {
        BronzeCommitStore(bucket: bucket, store: store, time: time, random: random)
    }

    // MARK: Continuations

    /// Reads the object that starts a run's next invocation.
    static func continuation(_ key: String, bucket: String, store: any ObjectStore) async throws -> RunRequest
    {
        let resource = "s3://\(bucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else {
            throw LakeError.missingObject(resource: resource, namedBy: "the event")
        }
        let continuation = try ObjectJSON.decode(Continuation.self, from: object.body, of: resource)
        let run = UTCDate(continuation.extractionDate).map {
            Run(source: continuation.source, id: continuation.runID, extractionDate: $0)
        }
        guard let run, let time = run.time,
            key == ObjectLayout.continuationKey(run: run, number: continuation.number)
        else {
            throw LakeError.unreadableObject(
                resource: resource, expected: "Continuation", cause: "its fields are not those of its key")
        }
        return RunRequest(
            run: run, time: time, isFull: continuation.isFull, invocation: continuation.number)
    }

    private func writeContinuation(of request: RunRequest) async throws {
        guard request.invocation <= BronzeDriver.continuationsMaximum else {
            throw LakeError.tooManyContinuations(runID: request.run.id, count: request.invocation - 1)
        }
        let next = Continuation(
            source: request.run.source, runID: request.run.id,
            extractionDate: request.run.extractionDate.description, number: request.invocation + 1,
            isFull: request.isFull)
        // Unconditional: a repeated attempt has to start the next invocation again, since the first notification may be lost.
        _ = try await store.put(
            ObjectLayout.continuationKey(run: request.run, number: next.number), bucket: bucket,
            body: try ObjectJSON.encode(next), contentType: "application/json", condition: nil, metadata: [:])
    }

    // MARK: State

    /// What the newest commit remembers, from the cache if it tells of that commit.
    ///
    /// Which commit is the newest is never taken from the cache: it may lag behind after a crash, and be ahead of the commits
    /// after an object was deleted or restored, and a cursor ahead of the data would lose rows.
    private func newestCursor(source: String) async throws -> Cursor? {
        let cached = try await state(source: source)?.state
        guard let key = try await newestCommitKey(source: source) else {
            if let cached {
                logger.warning("the state tells of \(cached.commit), which is not there; starting without it")
            }
            return nil
        }
        if let cached, cached.commit == key { return cached.cursor }
        if let cached {
            logger.warning(
                "the state tells of \(cached.commit), the newest commit is \(key); going on from that")
        }
        return try await commits.commit(key)?.cursor
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
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else { return nil }
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
        try await retryingOnConflict("s3://\(bucket)/\(stateKey)", time: time, random: random) {
            let current = try await state(source: commit.source)
            if let state = current?.state, state.runID >= commit.runID { return }
            _ = try await store.put(
                stateKey, bucket: bucket, body: try ObjectJSON.encode(BronzeState(of: commit, key: key)),
                contentType: "application/json",
                condition: current.map { .ifMatch($0.object.attributes.etag) } ?? .ifNoneMatch, metadata: [:])
        }
    }
}
