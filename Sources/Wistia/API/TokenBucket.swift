import HTTP

/// When the next request may go, at a rate that gives way to the server and comes back.
///
/// The level is kept as the moment from which a turn is free: a moment that has passed stands for saved turns. That form is
/// known as the generic cell rate algorithm; it needs one number and no timer. The rate follows additive increase,
/// multiplicative decrease, which is how flows that cannot see each other share a budget fairly (RFC 5681 §3.1).
struct TokenBucket {
    /// From the lowest rate to the configured one it takes seven eighths of this, at the pace of the current rate.
    static let recoveryMinutes = 2.0
    /// The longest pause, in seconds; Wistia counts by the minute.
    static let pauseMaximumSeconds = 60.0
    /// The lowest rate is an eighth of the configured one, but no less than this.
    private static let requestsPerMinuteMinimum = 6.0

    private(set) var requestsPerMinute: Double
    /// How often the rate was lowered.
    private(set) var generation = 0
    private let configuredRequestsPerMinute: Double
    private let lowestRequestsPerMinute: Double
    private let burst: Int
    private var free: Timestamp
    private var pausedUntil: Timestamp
    private var lastSeen: Timestamp

    /// Makes a full bucket.
    init(requestsPerMinute: Double, burst: Int, now: Timestamp) {
        precondition(requestsPerMinute >= 0.001 && requestsPerMinute.isFinite, "a rate is positive")
        precondition(burst >= 1, "at least one request goes at once")
        self.requestsPerMinute = requestsPerMinute
        configuredRequestsPerMinute = requestsPerMinute
        lowestRequestsPerMinute = min(
            requestsPerMinute, max(requestsPerMinute / 8, Self.requestsPerMinuteMinimum))
        self.burst = burst
        free = now
        pausedUntil = now
        lastSeen = now
        free = fullest(at: now)
    }

    /// Rounded up, so that the rate is never exceeded.
    private var intervalMicroseconds: Int64 { Int64((60_000_000 / requestsPerMinute).rounded(.up)) }

    /// What `free` is when every turn of a burst is saved.
    private func fullest(at now: Timestamp) -> Timestamp {
        now.adding(microseconds: -intervalMicroseconds * Int64(burst - 1))
    }

    // MARK: Turns

    /// When the turn comes of a request that has so many in front of it, by what is known now.
    func turn(at now: Timestamp, behind count: Int = 0) -> Timestamp {
        max(free, fullest(at: now)).adding(microseconds: intervalMicroseconds * Int64(count))
    }

    /// Uses a turn that has come.
    mutating func take(at now: Timestamp) {
        free = turn(at: now, behind: 1)
    }

    func isPaused(at now: Timestamp) -> Bool { pausedUntil > now }

    /// Reads the clock; if it was set back, the schedule goes back with it instead of stalling everybody.
    mutating func observe(_ now: Timestamp) {
        let step = now.microsecondsSinceEpoch - lastSeen.microsecondsSinceEpoch
        if step < 0 {
            free = free.adding(microseconds: step)
            pausedUntil = pausedUntil.adding(microseconds: step)
        }
        lastSeen = now
    }

    // MARK: Answers

    /// Takes in a success; its request was sent when the rate had been lowered so many times.
    mutating func noteSuccess(sentIn generation: Int, at now: Timestamp) {
        guard generation == self.generation, requestsPerMinute < configuredRequestsPerMinute else { return }
        // Successes come at the current rate, so that the rate rises by the same amount every second.
        let step = configuredRequestsPerMinute / (Self.recoveryMinutes * requestsPerMinute)
        change(to: min(requestsPerMinute + step, configuredRequestsPerMinute), at: now)
    }

    /// Takes in that there were too many requests.
    ///
    /// Of the many that are in flight when the budget ends only the first tells something new, and so a generation ends once.
    mutating func noteThrottled(sentIn generation: Int, retryAfterSeconds: Double?, at now: Timestamp) {
        if let seconds = retryAfterSeconds {
            pausedUntil = max(
                pausedUntil, now.adding(seconds: min(max(seconds, 0), Self.pauseMaximumSeconds)))
            free = max(free, pausedUntil)
        }
        guard generation == self.generation else { return }
        self.generation += 1
        free = max(free, now)
        change(to: max(requestsPerMinute / 2, lowestRequestsPerMinute), at: now)
    }

    /// Changes the rate; saved turns stay as many as they are, and so does the share of the next one.
    private mutating func change(to rate: Double, at now: Timestamp) {
        let origin = max(now, pausedUntil)
        let lead = free.microsecondsSinceEpoch - origin.microsecondsSinceEpoch
        free = origin.adding(
            microseconds: Int64((Double(lead) * requestsPerMinute / rate).rounded(.up)))
        requestsPerMinute = rate
    }
}

extension Timestamp {
    fileprivate func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch + microseconds)
    }
}
