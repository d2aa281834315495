import HTTP
import Synchronization

/// Keeps requests within the account's budget, which others use too: one token bucket that adapts to what the server says.
///
/// Requests go in the order in which they asked. The first in line alone watches the clock, and looks again when it wakes, so
/// that a pause holds everybody; the others wait for the line to move up.
///
/// An answer that there were too many requests halves the rate, once for all the requests that were in flight then, down to an
/// eighth of the configured rate (at least 6 a minute). Successes raise it again, evenly: by half the configured rate in a minute, in
/// 105 s from the lowest rate, if requests use it. No window of time ever holds more turns than the configured rate and the burst.
final class RateLimiter: Sendable {
    private struct Waiter {
        var id: Int
        var deadline: Timestamp?
        /// Is told true when the waiter has become the first in line, false when its turn would come too late.
        var continuation: CheckedContinuation<Bool, any Error>
    }

    private struct Line {
        var bucket: TokenBucket
        /// Whether somebody is first in line; that one is not among the waiters.
        var hasFirst = false
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private enum Prospect {
        case now
        case after(seconds: Double)
        case tooLate
    }

    private let line: Mutex<Line>
    private let time: any TimeSource

    /// Makes a limiter whose bucket is full.
    ///
    /// Wistia allows 600 requests a minute to the whole account, every other tool included, and does not say how many are
    /// left (<https://docs.wistia.com/docs/making-api-requests>).
    ///
    /// - Parameters:
    ///   - requestsPerMinute: The configured rate, at least 0.001, which is never exceeded.
    ///   - burst: How many requests may go at once after a time without any.
    ///   - time: The clock, and how to wait.
    init(requestsPerMinute: Double, burst: Int, time: any TimeSource) {
        line = Mutex(
            Line(
                bucket: TokenBucket(requestsPerMinute: requestsPerMinute, burst: burst, now: time.now())))
        self.time = time
    }

    /// The rate at present: the configured one or, after the server asked for less, a lower one.
    var requestsPerMinute: Double { line.withLock { $0.bucket.requestsPerMinute } }

    // MARK: Turns

    /// Waits for the next request's turn; turns are given in the order of the calls.
    ///
    /// - Parameter deadline: The moment by which the turn must have come; nil waits as long as it takes.
    /// - Returns: False, as soon as it is known that the turn would come too late at the present rate; nothing is used up then.
    /// - Throws: `CancellationError` when the task is cancelled before its turn, which then is the next one's.
    func acquire(by deadline: Timestamp? = nil) async throws -> Bool {
        guard try await comeFirst(deadline) else { return false }
        defer { moveUp() }
        while true {
            try Task.checkCancellation()
            switch takeTurn(by: deadline) {
            case .now: return true
            case .tooLate: return false
            case .after(let seconds): try await time.sleep(seconds: seconds)
            }
        }
    }

    /// Joins the line; returns when first in it, or with false when the turn would come too late.
    private func comeFirst(_ deadline: Timestamp?) async throws -> Bool {
        let id = line.withLock { line in
            line.nextID += 1
            return line.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = line.withLock { line -> Result<Bool, any Error>? in
                    // Whoever cancels later finds the waiter in the line.
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    guard !isTooLate(deadline, behind: line.waiters.count + (line.hasFirst ? 1 : 0), &line)
                    else { return .success(false) }
                    guard line.hasFirst else {
                        line.hasFirst = true
                        return .success(true)
                    }
                    line.waiters.append(Waiter(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = line.withLock { line in
                line.waiters.firstIndex { $0.id == id }.map { line.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Leaves the line's first place to the next.
    private func moveUp() {
        let next = line.withLock { line in
            line.hasFirst = !line.waiters.isEmpty
            return line.hasFirst ? line.waiters.removeFirst() : nil
        }
        next?.continuation.resume(returning: true)
    }

    private func takeTurn(by deadline: Timestamp?) -> Prospect {
        line.withLock { line in
            guard !isTooLate(deadline, behind: 0, &line) else { return .tooLate }
            let now = time.now()
            let waitSeconds = line.bucket.turn(at: now).seconds(since: now)
            guard waitSeconds <= 0 else { return .after(seconds: waitSeconds) }
            line.bucket.take(at: now)
            return .now
        }
    }

    private func isTooLate(_ deadline: Timestamp?, behind count: Int, _ line: inout Line) -> Bool {
        let now = time.now()
        line.bucket.observe(now)
        guard let deadline else { return false }
        return max(line.bucket.turn(at: now, behind: count), now) >= deadline
    }

    // MARK: Answers

    /// Whether the server asked for a pause that is not over: a turn that was given before must not be used in it.
    var isPaused: Bool {
        line.withLock { line in
            let now = time.now()
            line.bucket.observe(now)
            return line.bucket.isPaused(at: now)
        }
    }

    /// How often the rate was lowered; read it when a request is sent, and hand it back with the answer.
    ///
    /// It tells which answers speak of the present rate, and which of one that was given up since.
    var generation: Int { line.withLock { $0.bucket.generation } }

    /// Takes in a success, which raises a lowered rate a little.
    ///
    /// - Parameter generation: ``generation`` when the request was sent.
    func noteSuccess(sentIn generation: Int) {
        line.withLock { line in
            let now = time.now()
            line.bucket.observe(now)
            line.bucket.noteSuccess(sentIn: generation, at: now)
        }
    }

    /// Takes in that there were too many requests: lowers the rate, unless that was done since the request was sent, and pauses.
    ///
    /// - Parameters:
    ///   - generation: ``generation`` when the request was sent.
    ///   - retryAfterSeconds: How long the server wants everybody to stay away; at most 60 s count, since the budget is one of
    ///     a minute. An earlier pause is never shortened. Nil when the server does not say; there is no pause then.
    func noteThrottled(sentIn generation: Int, retryAfterSeconds: Double?) {
        let late = line.withLock { line in
            let now = time.now()
            line.bucket.observe(now)
            line.bucket.noteThrottled(sentIn: generation, retryAfterSeconds: retryAfterSeconds, at: now)
            var late: [Waiter] = []
            var staying: [Waiter] = []
            for waiter in line.waiters {
                if isTooLate(waiter.deadline, behind: staying.count + 1, &line) {
                    late.append(waiter)
                } else {
                    staying.append(waiter)
                }
            }
            line.waiters = staying
            return late
        }
        for waiter in late { waiter.continuation.resume(returning: false) }
    }
}
