import AWS
import HTTP
import LambdaRuntime

/// A stage that answers the commits of the layer before its own.
protocol AnsweringStage: Sendable {
    /// What became of one commit.
    associatedtype Report: Encodable

    /// The layer's name, for errors.
    static var layer: String { get }
    /// The layer before, for errors.
    static var layerBefore: String { get }
    /// Where the commits to answer lie.
    var inputBucket: String { get }
    /// Where the answers go, under the same keys.
    var outputBucket: String { get }
    /// S3.
    var store: any ObjectStore { get }

    /// Answers commits: each day's tables once, then the current tables once, then the commits.
    ///
    /// - Parameters:
    ///   - commitKeys: The commits, in any order.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: A report per commit, oldest first.
    /// - Throws: What stopped the only commit, or, when some of several commits fail, one error that names them.
    func answer(_ commitKeys: [String], deadline: Timestamp?) async throws -> [Report]
}

extension AnsweringStage {
    /// Answers what an event names: commits, days, or what was not answered yet.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: A report per commit, oldest first; none for S3's test message.
    /// - Throws: ``PipelineError/unexpectedEvent(layer:found:expected:)`` or
    ///   ``PipelineError/unexpectedKey(layer:key:expected:)`` for what is another layer's, else what stopped the work.
    func answer(_ event: Event, deadline: Timestamp?) async throws -> [Report] {
        switch event {
        case .objectsCreated(let objects):
            for object in objects { try object.requireCommit(in: inputBucket, layer: Self.layer) }
            return try await answer(objects.map(\.key), deadline: deadline)
        case .reprocess(let reprocess):
            try requireWistia(reprocess.source, layer: Self.layer)
            let keys = try await store.commitKeys(
                source: reprocess.source, bucket: inputBucket, days: reprocess.from...reprocess.to)
            return try await answer(keys, deadline: deadline)
        case .reconcile(let reconcile):
            try requireWistia(reconcile.source, layer: Self.layer)
            let keys = try await store.unansweredCommitKeys(
                source: reconcile.source, bucket: inputBucket, answers: outputBucket)
            return try await answer(keys, deadline: deadline)
        case .testEvent:
            return []
        case let other:
            throw PipelineError.unexpectedEvent(
                layer: Self.layer, found: other.name,
                expected:
                    "the notification of a \(Self.layerBefore) commit, a reprocess or a reconcile event")
        }
    }
}

extension ObjectReference {
    /// Refuses an object that is not a commit of the layer before.
    fileprivate func requireCommit(in bucket: String, layer: String) throws {
        guard self.bucket == bucket, let run = ObjectLayout.run(ofCommitKey: key) else {
            throw PipelineError.unexpectedKey(
                layer: layer, key: "s3://\(self.bucket)/\(key)",
                expected: "s3://\(bucket)/commits/<source>/<date>/<run id>.json")
        }
        try requireWistia(run.source, layer: layer)
    }
}

/// The commits of one day that are to be answered.
struct CommitDay {
    var source: String
    var date: UTCDate
    /// Oldest first.
    var runs: [Run]

    /// Sorts commits into days, oldest first; a commit that is named twice counts once.
    ///
    /// - Throws: ``PipelineError/unexpectedKey(layer:key:expected:)``.
    static func days(of commitKeys: [String], layer: String) throws -> [CommitDay] {
        var days: [CommitDay] = []
        for key in Set(commitKeys).sorted() {
            guard let run = ObjectLayout.run(ofCommitKey: key) else {
                throw PipelineError.unexpectedKey(
                    layer: layer, key: key, expected: "commits/<source>/<date>/<run id>.json")
            }
            if let last = days.last, last.source == run.source, last.date == run.extractionDate {
                days[days.count - 1].runs.append(run)
            } else {
                days.append(CommitDay(source: run.source, date: run.extractionDate, runs: [run]))
            }
        }
        return days
    }
}

/// Which of several commits could not be answered: one that fails does not stop the others.
struct AnswerFailures {
    private let layer: String
    private let count: Int
    private let time: any TimeSource
    /// When the last piece of work may begin; nil at any time.
    let lastStart: Timestamp?
    private var failures: [(run: Run, error: any Error)] = []
    private var firstDateLeft: UTCDate?

    /// Starts without failures.
    ///
    /// - Parameters:
    ///   - layer: Who answers.
    ///   - days: What is to be answered.
    ///   - time: The clock.
    ///   - deadline: When the platform ends the invocation; nil when never.
    init(layer: String, days: [CommitDay], time: any TimeSource, deadline: Timestamp?) {
        self.layer = layer
        self.time = time
        count = days.reduce(0) { $0 + $1.runs.count }
        // The last quarter is for the day that was begun, for the current tables and for the commits.
        let now = time.now()
        lastStart = deadline.map { now.adding(seconds: $0.seconds(since: now) * 0.75) }
    }

    /// Whether there is time for another day; if not, the error will say from where to go on.
    mutating func hasTime(for day: CommitDay) -> Bool {
        guard let lastStart, time.now() >= lastStart else { return true }
        firstDateLeft = day.date
        return false
    }

    /// Does something for some commits.
    ///
    /// - Parameters:
    ///   - runs: Whose work it is.
    ///   - work: What to do.
    /// - Returns: What the work returned; nil when it failed, which is noted.
    /// - Throws: What ends the whole invocation: its own cancellation.
    mutating func attempt<Result>(_ runs: [Run], _ work: () async throws -> Result) async throws -> Result? {
        do {
            return try await work()
        } catch {
            guard !(error is CancellationError), !Task.isCancelled else { throw error }
            failures += runs.map { ($0, error) }
            return nil
        }
    }

    /// Throws if anything was left undone.
    ///
    /// - Throws: The failure of a single commit or of a table that all of them share, ``PipelineError/commitsFailed(layer:failures:count:)`` or
    ///   ``PipelineError/timeUp(layer:from:failures:)``.
    func throwIfAny() throws {
        let texts = failures.map { "\(ObjectLayout.commitKey(run: $0.run)): \($0.error)" }
        if let firstDateLeft {
            throw PipelineError.timeUp(layer: layer, from: firstDateLeft.description, failures: texts)
        }
        // What names no commit and failed for all is what they share.
        if failures.count == count, let first = failures.first,
            failures.allSatisfy({ "\($0.error)" == "\(first.error)" })
        {
            throw first.error
        }
        guard texts.isEmpty else {
            throw PipelineError.commitsFailed(layer: layer, failures: texts, count: count)
        }
    }
}
