import HTTP
import Synchronization
import TestSupport
import Testing

struct RetryTests {
    private struct Failure: Error, Equatable {
        var attempt: Int
    }

    /// Random numbers that are as great as can be, so that delays are their bounds.
    private struct GreatestRandomSource: RandomSource {
        func next() -> UInt64 { .max }
    }

    private let time = VirtualTimeSource()

    private func run(
        attempts: Int = 5, base: Double = 1, maximum: Double = 60, deadlineSeconds: Double? = nil,
        random: any RandomSource = GreatestRandomSource(), decision: RetryDecision = .retry,
        succeedsAt: Int = .max
    ) async throws -> Int {
        try await withRetries(
            policy: RetryPolicy(
                attemptsMaximum: attempts, delayBaseSeconds: base, delayMaximumSeconds: maximum),
            deadline: deadlineSeconds.map { time.now().adding(seconds: $0) }, time: time, random: random,
            decide: { _ in decision },
            operation: { attempt in
                guard attempt >= succeedsAt else {
                    throw Failure(attempt: attempt)
                }
                return attempt
            })
    }

    @Test func `returns the first success without waiting`() async throws {
        #expect(try await run(succeedsAt: 1) == 1)
        #expect(time.sleeps.isEmpty)
    }

    @Test func `doubles the greatest delay up to the maximum`() async throws {
        #expect(try await run(attempts: 6, maximum: 5, succeedsAt: 6) == 6)
        #expect(time.sleeps.map { ($0 * 1000).rounded() / 1000 } == [1, 2, 4, 5, 5])
    }

    @Test func `throws the last error when the attempts are used up`() async throws {
        await #expect(throws: Failure(attempt: 5)) { try await run() }
        #expect(time.sleeps.count == 4)
    }

    @Test func `draws each delay anew from zero to its bound`() async throws {
        let random = SeededRandomSource(seed: 7)
        let policy = RetryPolicy(attemptsMaximum: 3, delayBaseSeconds: 2, delayMaximumSeconds: 60)
        let delays = (0..<2000).map { _ in policy.delaySeconds(afterAttempt: 2, random: random) }
        #expect(delays.allSatisfy { (0..<4).contains($0) })
        let mean = delays.reduce(0, +) / 2000
        #expect(abs(mean - 2) < 0.1)
        #expect(delays.contains { $0 < 0.1 } && delays.contains { $0 > 3.9 })
    }

    @Test func `survives a thousand attempts without overflow`() {
        let policy = RetryPolicy(attemptsMaximum: 2000, delayBaseSeconds: 1, delayMaximumSeconds: 60)
        #expect(policy.delaySeconds(afterAttempt: 1000, random: GreatestRandomSource()) < 60)
        #expect(policy.delaySeconds(afterAttempt: 1000, random: GreatestRandomSource()) > 59.9)
    }

    @Test func `stops when told so`() async {
        await #expect(throws: Failure(attempt: 1)) { try await run(decision: .stop) }
        #expect(time.sleeps.isEmpty)
    }

    @Test func `waits as long as the server said, beyond its own maximum`() async throws {
        #expect(try await run(maximum: 5, decision: .retryAfter(seconds: 90), succeedsAt: 2) == 2)
        #expect(time.sleeps == [90])
    }

    @Test func `waits its own delay when the server said less`() async throws {
        #expect(try await run(base: 8, decision: .retryAfter(seconds: 0), succeedsAt: 2) == 2)
        #expect(try #require(time.sleeps.first) > 7.9)
    }

    @Test(arguments: [(10.0, 3), (0.9, 1), (1.1, 2), (0, 1), (-5, 1)])
    func `never sleeps into the deadline`(deadlineSeconds: Double, attempts: Int) async {
        let start = time.now()
        await #expect(throws: Failure(attempt: attempts)) {
            try await run(
                maximum: 8, deadlineSeconds: deadlineSeconds,
                decision: attempts == 3 ? .retryAfter(seconds: 4) : .retry)
        }
        #expect(time.now().seconds(since: start) < max(deadlineSeconds, 0.001))
    }

    @Test func `never retries a cancellation`() async {
        let attempts = Mutex(0)
        await #expect(throws: CancellationError.self) {
            try await withRetries(
                policy: RetryPolicy(attemptsMaximum: 5, delayBaseSeconds: 1, delayMaximumSeconds: 1),
                time: time, random: SeededRandomSource(),
                decide: { _ in .retry },
                operation: { _ in
                    attempts.withLock { $0 += 1 }
                    throw CancellationError()
                })
        }
        #expect(attempts.withLock { $0 } == 1)
    }

    @Test func `ends when the task is cancelled while it waits`() async {
        let time = VirtualTimeSource(isManual: true)
        let task = Task {
            try await withRetries(
                policy: RetryPolicy(attemptsMaximum: 5, delayBaseSeconds: 1, delayMaximumSeconds: 1),
                time: time, random: SeededRandomSource(), decide: { _ in .retry },
                operation: { attempt in throw Failure(attempt: attempt) })
        }
        await time.waitForSleepers(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: [
        ("120", 120.0), ("0", 0), ("Thu, 08 Jan 2026 02:01:30 GMT", 90), ("Thu, 08 Jan 2026 01:00:00 GMT", 0),
        ("99999999999999999999", 1_000_000_000), ("Fri, 31 Dec 9999 23:59:59 GMT", 1_000_000_000),
    ])
    func `reads Retry-After as seconds or as a date`(value: String, seconds: Double) {
        #expect(retryAfterSeconds(from: ["retry-after": value], now: time.now()) == seconds)
    }

    @Test(arguments: ["", "-1", "1.5", "soon", "1e3", "+5"])
    func `ignores a Retry-After that says nothing`(value: String) {
        #expect(retryAfterSeconds(from: ["Retry-After": value], now: time.now()) == nil)
        #expect(retryAfterSeconds(from: [:], now: time.now()) == nil)
    }
}
