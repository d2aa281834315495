import HTTP

/// Which of several commits could not be answered: one that fails does not stop the others.
struct CommitFailures {
    private let layer: String
    private let count: Int
    private let time: any TimeSource
    /// When the last piece of work may begin; nil at any time.
    let lastStart: Timestamp?
    private var failures: [(run: Run, error: any Error)] = []
    private var firstDateLeft: UTCDate?
    private var isBegun = false
    /// What concerns no commit alone, and is said when nothing else failed.
    private var shared: (any Error)?

    /// Whether there was no time for some of the days.
    var isOutOfTime: Bool { firstDateLeft != nil }

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

    /// Whether there is time for another day, as there always is for the first; if not, the error will say from where to go on.
    mutating func hasTime(for day: CommitDay) -> Bool {
        guard isBegun, let lastStart, time.now() >= lastStart else {
            isBegun = true
            return true
        }
        firstDateLeft = min(firstDateLeft ?? day.date, day.date)
        return false
    }

    /// Notes a failure of some commits.
    mutating func note(_ error: any Error, for runs: [Run]) {
        failures += runs.map { ($0, error) }
    }

    /// Forgets the failures of some commits, which are tried again.
    mutating func forget(_ runs: [Run]) {
        failures.removeAll { runs.contains($0.run) }
    }

    /// Notes that there was no time for a commit.
    mutating func noteLeft(_ run: Run) {
        firstDateLeft = min(firstDateLeft ?? run.extractionDate, run.extractionDate)
    }

    /// Notes what concerns no commit alone.
    mutating func noteShared(_ error: any Error) {
        shared = shared ?? error
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
            note(error, for: runs)
            return nil
        }
    }

    /// Throws if anything was left undone.
    ///
    /// - Throws: The failure of a single commit or of a table that all of them share, ``LakeError`` of kind `CommitsFailed` or
    ///   `TimeUp`.
    func throwIfAny() throws {
        let texts = failures.map { "\(ObjectLayout.commitKey(run: $0.run)): \($0.error)" }
        if let firstDateLeft {
            throw LakeError.timeUp(layer: layer, from: firstDateLeft.description, failures: texts)
        }
        // What names no commit and failed for all is what they share.
        if failures.count == count, let first = failures.first,
            failures.allSatisfy({ "\($0.error)" == "\(first.error)" })
        {
            throw first.error
        }
        guard texts.isEmpty else {
            throw LakeError.commitsFailed(layer: layer, failures: texts, count: count)
        }
        if let shared { throw shared }
    }
}
