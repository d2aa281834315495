import HTTP

/// Which of several pieces of work could not be done: one that fails does not stop the others.
struct BronzeFailures {
    /// Failures that an error names; the line must stay one that can be read.
    static let namedMaximum = 20

    private let time: any TimeSource
    /// When the last file may begin; nil at any time.
    private let lastStart: Timestamp?
    private var failures: [(subject: String, error: any Error)] = []
    private var count = 0
    private var leftCount = 0
    private var isBegun = false

    /// Starts without failures.
    ///
    /// - Parameters:
    ///   - time: The clock.
    ///   - deadline: When the platform ends the invocation; nil when never.
    init(time: any TimeSource, deadline: Timestamp?) {
        self.time = time
        // The last quarter is for the file that was begun.
        let now = time.now()
        lastStart = deadline.map { now.adding(seconds: $0.seconds(since: now) * 0.75) }
    }

    /// Whether there is time for another file, as there always is for the first; if not, the error will say that it is left.
    mutating func hasTime() -> Bool {
        guard isBegun, let lastStart, time.now() >= lastStart else {
            isBegun = true
            return true
        }
        leftCount += 1
        return false
    }

    /// Does a piece of work.
    ///
    /// - Parameters:
    ///   - subject: What it is about.
    ///   - isCounted: Whether the error counts it among what is done; a search is not, but what it found.
    ///   - work: What to do.
    /// - Returns: What the work returned; nil when it failed, which is noted.
    /// - Throws: What ends the whole invocation: its own cancellation.
    mutating func attempt<Result>(
        _ subject: String, isCounted: Bool = true, _ work: () async throws -> Result
    ) async throws -> Result? {
        do {
            let result = try await work()
            if isCounted { count += 1 }
            return result
        } catch {
            guard !(error is CancellationError), !Task.isCancelled else { throw error }
            count += 1
            failures.append((subject, error))
            return nil
        }
    }

    /// Throws if anything was left undone.
    ///
    /// - Throws: The failure of the only piece of work, or one that all of them share; else ``LakeError`` of kind `RunsFailed` or
    ///   `TimeUp`.
    func throwIfAny() throws {
        var texts = failures.prefix(BronzeFailures.namedMaximum).map { failure in
            let text = "\(failure.error)"
            return text.contains(failure.subject) ? text : "\(failure.subject): \(text)"
        }
        if failures.count > texts.count { texts.append("\(failures.count - texts.count) more") }
        if leftCount > 0 {
            throw LakeError.filesLeft(leftCount, of: count + leftCount, failures: texts)
        }
        guard let first = failures.first else { return }
        if failures.count == count, failures.allSatisfy({ "\($0.error)" == "\(first.error)" }) {
            throw first.error
        }
        throw LakeError.runsFailed(failures.count, of: count, failures: texts)
    }
}
