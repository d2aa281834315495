public import HTTP

/// Keeps requests within the account's budget: a token bucket, written as the moment when the next request may go.
///
/// That form is known as the generic cell rate algorithm; it needs one number and no timer.
public actor RateLimiter {
    private let intervalSeconds: Double
    private let burstSeconds: Double
    private let time: any TimeSource
    private var next: Timestamp
    private var lastSeen: Timestamp

    /// Makes a limiter whose bucket is full.
    ///
    /// Wistia allows 600 requests a minute to the whole account, every other tool included, and does not say how many are
    /// left (<https://docs.wistia.com/docs/making-api-requests>).
    ///
    /// - Parameters:
    ///   - requestsPerMinute: The steady rate.
    ///   - burst: How many requests may go at once after a pause.
    ///   - time: The clock, and how to wait.
    public init(requestsPerMinute: Double = 480, burst: Int = 5, time: any TimeSource) {
        precondition(requestsPerMinute > 0 && requestsPerMinute.isFinite, "a rate is positive")
        precondition(burst >= 1, "at least one request goes at once")
        intervalSeconds = 60 / requestsPerMinute
        burstSeconds = intervalSeconds * Double(burst - 1)
        self.time = time
        let now = time.now()
        next = now.adding(seconds: -burstSeconds)
        lastSeen = now
    }

    /// Waits for the next request's turn; turns are given in the order of the calls.
    ///
    /// - Parameter deadline: The moment by which the turn must have come; nil waits as long as it takes.
    /// - Returns: False, at once, when the turn would come too late; nothing is used up then.
    /// - Throws: `CancellationError` when the task is cancelled while it waits; its turn is lost.
    public func acquire(by deadline: Timestamp? = nil) async throws -> Bool {
        let now = observeClock()
        let turn = max(next, now.adding(seconds: -burstSeconds))
        if let deadline, max(turn, now) >= deadline {
            return false
        }
        next = turn.adding(seconds: intervalSeconds)
        let waitSeconds = turn.seconds(since: now)
        if waitSeconds > 0 {
            try await time.sleep(seconds: waitSeconds)
        }
        return true
    }

    /// Holds every request back that has no turn yet, because the server asked for it; never shortens an earlier pause.
    ///
    /// - Parameter seconds: How long from now.
    public func pause(seconds: Double) {
        next = max(next, observeClock().adding(seconds: seconds))
    }

    /// Reads the clock; if it was set back, the schedule goes back with it instead of stalling everybody.
    private func observeClock() -> Timestamp {
        let now = time.now()
        if now < lastSeen {
            next = next.adding(seconds: now.seconds(since: lastSeen))
        }
        lastSeen = now
        return now
    }
}
