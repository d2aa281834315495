import AWS
import HTTP
import LambdaRuntime

/// What an event asks of silver or gold: which commits of the layer before to answer, and how.
struct CommitRequest {
    /// The commits, oldest first within a source.
    var days: [CommitDay]
    /// Whether their partitions are to be made anew.
    var isRebuild = false
}

/// Where a layer finds the commits of the layer before.
struct CommitSource: Sendable {
    /// The layer's name, for errors.
    var layer: String
    /// The layer before, for errors.
    var layerBefore: String
    /// Where the commits to answer lie.
    var inputBucket: String
    /// Where the answers go, under the same keys.
    var outputBucket: String
    /// The sources that are on.
    var sources: [String]
    var store: any ObjectStore

    /// What an event asks for.
    ///
    /// - Parameters:
    ///   - event: The event; nothing follows from S3's test message.
    ///   - isQuarantined: Tells of a commit whether it has refused or quarantined rows; nil in a layer that has none.
    /// - Returns: The commits to answer.
    /// - Throws: ``LakeError`` of kind `UnexpectedEvent` or `UnexpectedKey` for what is another layer's; what the store throws.
    func request(_ event: Event, isQuarantined: ((String) async throws -> Bool)? = nil) async throws
        -> CommitRequest
    {
        switch event {
        case .objectsCreated(let objects):
            for object in objects { try require(object) }
            return CommitRequest(days: try days(of: objects.map(\.key)))
        case .reprocess(let reprocess):
            try require(reprocess.source)
            var keys = try await store.commitKeys(
                source: reprocess.source, bucket: inputBucket, days: reprocess.from...reprocess.to)
            if reprocess.isQuarantined {
                guard let isQuarantined else {
                    throw LakeError.unexpectedEvent(
                        layer: layer, found: "a reprocess of what was quarantined",
                        expected: "a reprocess of days; send that event to the layer before")
                }
                var chosen: [String] = []
                for key in keys where try await isQuarantined(key) { chosen.append(key) }
                keys = chosen
            }
            return CommitRequest(days: try days(of: keys), isRebuild: true)
        case .reconcile(let reconcile):
            try require(reconcile.source)
            return CommitRequest(days: try await unanswered([reconcile.source]))
        case .schedule:
            return CommitRequest(days: try await unanswered(sources.sorted()))
        case .testEvent:
            return CommitRequest(days: [])
        case .manualRun:
            throw LakeError.unexpectedEvent(
                layer: layer, found: event.name,
                expected:
                    "the notification of a \(layerBefore) commit, a schedule, a reprocess or a reconcile event"
            )
        }
    }

    private func unanswered(_ sources: [String]) async throws -> [CommitDay] {
        var keys: [String] = []
        for source in sources {
            keys += try await store.unansweredCommitKeys(
                source: source, bucket: inputBucket, answers: outputBucket)
        }
        return try days(of: keys)
    }

    private func days(of keys: [String]) throws -> [CommitDay] { try CommitDay.days(of: keys, layer: layer) }

    /// Refuses an object that is not a commit of the layer before.
    private func require(_ object: ObjectReference) throws {
        guard object.bucket == inputBucket, let run = ObjectLayout.run(ofCommitKey: object.key) else {
            throw LakeError.unexpectedKey(
                layer: layer, key: "s3://\(object.bucket)/\(object.key)",
                expected: "s3://\(inputBucket)/commits/<source>/<date>/<run id>.json")
        }
        try require(run.source)
    }

    private func require(_ source: String) throws {
        guard sources.contains(source) else {
            throw LakeError.unknownSource(source, layer: layer, known: sources.sorted())
        }
    }
}
