/// How often and how patiently to try again.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts in all, the first included; 1 never tries again.
    public var attemptsMaximum: Int
    /// The greatest delay before the second attempt; it doubles with each further one.
    public var delayBaseSeconds: Double
    /// The greatest delay that we choose; a server may name a longer one.
    public var delayMaximumSeconds: Double

    /// Makes a policy.
    public init(attemptsMaximum: Int, delayBaseSeconds: Double, delayMaximumSeconds: Double) {
        precondition(attemptsMaximum >= 1, "there is always a first attempt")
        precondition(delayBaseSeconds >= 0 && delayMaximumSeconds >= 0, "delays are not negative")
        self.attemptsMaximum = attemptsMaximum
        self.delayBaseSeconds = delayBaseSeconds
        self.delayMaximumSeconds = delayMaximumSeconds
    }

    /// How long to wait after a failed attempt: exponential back-off with full jitter.
    ///
    /// The jitter runs from zero, since clients that failed together must not come back together
    /// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, from 1.
    ///   - random: Where the jitter comes from.
    /// - Returns: Seconds, at least 0 and less than the bound of that attempt.
    public func delaySeconds(afterAttempt attempt: Int, random: any RandomSource) -> Double {
        // Beyond 2⁶² the maximum has long taken over.
        let doublings = Double(UInt64(1) << UInt64(min(max(attempt, 1) - 1, 62)))
        return min(delayMaximumSeconds, delayBaseSeconds * doublings) * random.fraction()
    }
}

/// What to do about a failed attempt.
public enum RetryDecision: Sendable, Equatable {
    /// Give up: trying again cannot help.
    case stop
    /// Try again after the policy's delay.
    case retry
    /// Try again, but not before the server said; the policy's delay counts if it is longer.
    case retryAfter(seconds: Double)
}

/// Runs an operation until it succeeds, cannot succeed, or has used up its attempts or its time.
///
/// This is the only place of the project that tries again. `CancellationError` always ends it.
///
/// - Parameters:
///   - policy: How often and how patiently.
///   - deadline: The moment that no delay may reach; nil sets none. The operation itself is not cut short.
///   - time: The clock, and how to wait.
///   - random: Where the jitter comes from.
///   - isolation: The caller's actor, so that nothing needs to be sendable.
///   - decide: Says of an error what to do about it.
///   - operation: What to do; it is given the attempt's number, from 1.
/// - Returns: What the operation returned.
/// - Throws: The last attempt's error; `CancellationError` when the task was cancelled while waiting.
public func withRetries<Value>(
    policy: RetryPolicy, deadline: Timestamp? = nil, time: any TimeSource, random: any RandomSource,
    isolation: isolated (any Actor)? = #isolation,
    decide: (any Error) -> RetryDecision,
    operation: (_ attempt: Int) async throws -> Value
) async throws -> Value {
    var attempt = 1
    while true {
        do {
            return try await operation(attempt)
        } catch {
            guard !(error is CancellationError), !Task.isCancelled, attempt < policy.attemptsMaximum else {
                throw error
            }
            var delaySeconds = policy.delaySeconds(afterAttempt: attempt, random: random)
            switch decide(error) {
            case .stop:
                throw error
            case .retry:
                break
            case .retryAfter(let seconds):
                delaySeconds = max(delaySeconds, seconds)
            }
            if let deadline, time.now().adding(seconds: delaySeconds) >= deadline {
                throw error
            }
            try await time.sleep(seconds: delaySeconds)
        }
        attempt += 1
    }
}

/// How long a server asks its clients to stay away, by its `Retry-After` field (RFC 9110 §10.2.3).
///
/// - Parameters:
///   - headers: The answer's header fields.
///   - now: The current moment, from which a date counts.
/// - Returns: Seconds, 0 for a date that has passed, 10⁹ (31 years) at most; nil when the field is absent or neither seconds nor a date.
public func retryAfterSeconds(from headers: Headers, now: Timestamp) -> Double? {
    guard let value = headers["Retry-After"] else {
        return nil
    }
    // Bounded, since adding it to a time must not overflow.
    let secondsMaximum = 1_000_000_000.0
    if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
        return min(Double(value) ?? 0, secondsMaximum)
    }
    return Timestamp(httpDate: value).map { min(max(0, $0.seconds(since: now)), secondsMaximum) }
}
