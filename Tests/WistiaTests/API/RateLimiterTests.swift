import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Wistia

struct RateLimiterTests {
    @Test func `lets a burst go at once and spaces the rest`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let limiter = RateLimiter(requestsPerMinute: 60, burst: 3, time: time)
        var moments: [Double] = []
        for _ in 0..<6 {
            #expect(try await limiter.acquire())
            moments.append(time.now().seconds(since: start))
        }
        #expect(moments == [0, 0, 0, 1, 2, 3])
    }

    @Test func `keeps 480 a minute over ten minutes`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let limiter = RateLimiter(time: time)
        for _ in 0..<4_805 {
            _ = try await limiter.acquire()
        }
        #expect(abs(time.now().seconds(since: start) - 600) < 0.01)
    }

    @Test func `fills the bucket again, but not beyond the burst`() async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(requestsPerMinute: 60, burst: 2, time: time)
        for _ in 0..<2 {
            _ = try await limiter.acquire()
        }
        time.advance(seconds: 3_600)
        let later = time.now()
        for _ in 0..<3 {
            _ = try await limiter.acquire()
        }
        #expect(time.now().seconds(since: later) == 1)
    }

    @Test func `refuses a turn after the deadline without using it up`() async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(requestsPerMinute: 60, burst: 1, time: time)
        let deadline = time.now().adding(seconds: 0.5)
        #expect(try await limiter.acquire(by: deadline))
        #expect(try await limiter.acquire(by: deadline) == false)
        #expect(try await limiter.acquire(by: deadline.adding(seconds: 1)))
        #expect(time.sleeps == [1])
    }

    @Test func `holds everybody back after a pause, the longest one counting`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let limiter = RateLimiter(time: time)
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: 10)
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: 2)
        _ = try await limiter.acquire()
        #expect(time.now().seconds(since: start) == 10)
    }

    @Test func `does not stall when the clock is set back`() async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(requestsPerMinute: 60, burst: 1, time: time)
        _ = try await limiter.acquire()
        time.advance(seconds: -3_600)
        _ = try await limiter.acquire()
        #expect(time.sleeps == [1])
    }

    // MARK: Many at once

    /// A generation whose answers tell nothing of the rate: they pause, no more.
    private let longAgo = -1

    /// Requests that wait in a world of their own, and when each of them went.
    private final class Queue: Sendable {
        let world = VirtualWorld()
        let limiter: RateLimiter
        private let gone = Mutex<[String]>([])

        init(requestsPerMinute: Double, burst: Int = 1) {
            limiter = RateLimiter(requestsPerMinute: requestsPerMinute, burst: burst, time: world.time)
        }

        /// What became of the requests so far: `name@seconds`, or `name too late@seconds`, in order.
        var events: [String] { gone.withLock { $0 } }

        /// Lets a request join the line.
        @discardableResult
        func join(_ name: String, deadlineSeconds: Double? = nil) -> Task<Void, any Error> {
            let deadline = deadlineSeconds.map { world.time.now().adding(seconds: $0) }
            let task = world.start { [self] in
                let isInTime = try await limiter.acquire(by: deadline)
                gone.withLock { $0.append("\(name)\(isInTime ? "" : " too late")@\(world.elapsedSeconds)") }
            }
            world.settle()
            return task
        }
    }

    @Test func `gives turns in the order in which they were asked for`() {
        let queue = Queue(requestsPerMinute: 60, burst: 2)
        for name in ["a", "b", "c", "d", "e"] { queue.join(name) }
        queue.world.advance(seconds: 2)
        queue.join("f")
        queue.world.advance(seconds: 10)
        #expect(queue.events == ["a@0.0", "b@0.0", "c@1.0", "d@2.0", "e@3.0", "f@4.0"])
    }

    @Test func `holds back who waited for a turn already when the pause came`() {
        let queue = Queue(requestsPerMinute: 60)
        for name in ["a", "b", "c"] { queue.join(name) }
        queue.world.advance(seconds: 0.5)
        #expect(!queue.limiter.isPaused)
        queue.limiter.noteThrottled(sentIn: longAgo, retryAfterSeconds: 10)
        #expect(queue.limiter.isPaused)
        queue.join("d")
        queue.world.advance(seconds: 10)
        #expect(!queue.limiter.isPaused)
        queue.world.advance(seconds: 10)
        // No burst after it.
        #expect(queue.events == ["a@0.0", "b@10.5", "c@11.5", "d@12.5"])
    }

    @Test(arguments: [
        (["b"], ["a", "c", "d", "e"]), (["c", "d"], ["a", "b", "e"]), (["b", "c", "e"], ["a", "d"]),
    ])
    func `gives a cancelled request's turn to the next`(cancelled: [String], left: [String]) async {
        let queue = Queue(requestsPerMinute: 60)
        var tasks: [String: Task<Void, any Error>] = [:]
        for name in ["a", "b", "c", "d", "e"] { tasks[name] = queue.join(name) }
        queue.world.advance(seconds: 0.5)
        for name in cancelled { tasks[name]?.cancel() }
        queue.world.advance(seconds: 20)
        #expect(queue.events == left.enumerated().map { "\($1)@\(Double($0))" })
        for name in cancelled {
            await #expect(throws: CancellationError.self) { try await tasks[name]?.value }
        }
    }

    @Test func `gives the turn of a request that is cancelled when it has come to the next`() async {
        let queue = Queue(requestsPerMinute: 60)
        queue.join("a")
        let task = queue.join("b")
        queue.join("c")
        // Wakes it, but lets it not run yet.
        queue.world.time.advance(seconds: 1)
        task.cancel()
        queue.world.settle()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(queue.events == ["a@0.0", "c@1.0"])
    }

    @Test func `refuses a request that was cancelled before it asked, however long the line is`() async throws
    {
        let queue = Queue(requestsPerMinute: 60)
        queue.join("a")
        queue.join("b")
        let hasEnded = Mutex(false)
        let task = queue.world.start {
            defer { hasEnded.withLock { $0 = true } }
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await queue.limiter.acquire()
        }
        queue.world.settle()
        try #require(hasEnded.withLock { $0 })
        await #expect(throws: CancellationError.self) { try await task.value }
        queue.join("c")
        queue.world.advance(seconds: 2)
        #expect(queue.events == ["a@0.0", "b@1.0", "c@2.0"])
    }

    @Test func `counts those in front when it refuses a turn after the deadline`() {
        let queue = Queue(requestsPerMinute: 60)
        queue.join("a")
        queue.join("b")
        queue.join("c", deadlineSeconds: 2)
        queue.join("d", deadlineSeconds: 2.1)
        queue.join("e", deadlineSeconds: 2.1)
        queue.world.advance(seconds: 10)
        #expect(queue.events == ["a@0.0", "c too late@0.0", "e too late@0.0", "b@1.0", "d@2.0"])
    }

    @Test func `tells those at once whom a pause makes late`() {
        let queue = Queue(requestsPerMinute: 60)
        queue.join("a")
        queue.join("first", deadlineSeconds: 5)
        queue.join("patient")
        queue.join("hasty", deadlineSeconds: 5)
        queue.join("calm", deadlineSeconds: 12.6)
        queue.world.advance(seconds: 0.5)
        queue.limiter.noteThrottled(sentIn: longAgo, retryAfterSeconds: 10)
        queue.world.advance(seconds: 20)
        // Only the first in line watches the clock.
        #expect(
            queue.events == [
                "a@0.0", "hasty too late@0.5", "first too late@1.0", "patient@10.5", "calm@11.5",
            ])
    }

    @Test func `strands nobody when hundreds ask and give up on several threads`() async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(requestsPerMinute: 6_000, time: time)
        let tasks = (0..<600).map { number in
            Task {
                let turn = try await limiter.acquire(
                    by: number % 5 == 0 ? time.now().adding(seconds: 1) : nil)
                if number % 7 == 0 { limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: 1) }
                return turn
            }
        }
        for task in tasks.enumerated() where task.offset % 3 == 0 { task.element.cancel() }
        for task in tasks.enumerated() where task.offset % 3 != 0 && task.offset % 5 != 0 {
            #expect(try await task.element.value)
        }
        for task in tasks { _ = await task.result }
        // The line is empty, or this would wait for ever.
        #expect(try await limiter.acquire())
    }

    // MARK: The rate

    @Test func `halves the rate once for all requests that were in flight`() {
        let limiter = RateLimiter(time: VirtualTimeSource())
        let generation = limiter.generation
        for _ in 1...64 { limiter.noteThrottled(sentIn: generation, retryAfterSeconds: nil) }
        #expect(limiter.requestsPerMinute == 240)
        #expect(!limiter.isPaused)
        limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: nil)
        #expect(limiter.requestsPerMinute == 120)
    }

    @Test(arguments: [(480.0, 60.0), (600, 75), (40, 6), (12, 6), (6, 6), (2, 2)])
    func `never asks less often than an eighth of the configured rate, or six times a minute`(
        configured: Double, lowest: Double
    ) {
        let limiter = RateLimiter(requestsPerMinute: configured, time: VirtualTimeSource())
        for _ in 1...10 { limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: nil) }
        #expect(limiter.requestsPerMinute == lowest)
    }

    @Test(arguments: [(1, 60.0), (2, 90), (3, 105), (9, 105)])
    func `reaches the configured rate again within two minutes of successes`(
        decreases: Int, seconds: Double
    ) async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(time: time)
        for _ in 0..<decreases { limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: nil) }
        let start = time.now()
        var rates: [Double] = []
        while limiter.requestsPerMinute < 480 {
            _ = try await limiter.acquire()
            limiter.noteSuccess(sentIn: limiter.generation)
            rates.append(limiter.requestsPerMinute)
        }
        #expect(abs(time.now().seconds(since: start) - seconds) < 2)
        #expect(rates == rates.sorted())
        limiter.noteSuccess(sentIn: limiter.generation)
        #expect(limiter.requestsPerMinute == 480)
    }

    @Test func `learns nothing from successes of requests that were sent at another rate`() {
        let limiter = RateLimiter(time: VirtualTimeSource())
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: nil)
        limiter.noteSuccess(sentIn: 0)
        #expect(limiter.requestsPerMinute == 240)
        limiter.noteSuccess(sentIn: limiter.generation)
        #expect(limiter.requestsPerMinute == 241)
    }

    @Test func `spaces requests by the lower rate and forgets the burst`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let limiter = RateLimiter(requestsPerMinute: 60, burst: 3, time: time)
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: nil)
        var moments: [Double] = []
        for _ in 0..<3 {
            _ = try await limiter.acquire()
            moments.append(time.now().seconds(since: start))
        }
        #expect(moments == [0, 2, 4])
    }

    @Test(arguments: [(0.0, 0.0), (-5, 0), (60, 60), (61, 60), (1e9, 60)])
    func `pauses for a minute at most`(seconds: Double, waited: Double) async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let limiter = RateLimiter(time: time)
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: seconds)
        _ = try await limiter.acquire()
        #expect(time.now().seconds(since: start) == waited)
    }

    @Test func `ends a pause in time when the clock is set back`() async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(time: time)
        limiter.noteThrottled(sentIn: 0, retryAfterSeconds: 10)
        time.advance(seconds: -3_600)
        _ = try await limiter.acquire()
        #expect(time.sleeps == [10])
        #expect(!limiter.isPaused)
    }

    /// Whatever the answers, and however the rate changes with them.
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `never gives more turns than the configured rate and the burst`(seed: UInt64) async throws {
        let time = VirtualTimeSource()
        let random = SeededRandomSource(seed: seed)
        let limiter = RateLimiter(requestsPerMinute: 90, burst: 4, time: time)
        var moments: [Timestamp] = []
        for _ in 0..<500 {
            _ = try await limiter.acquire()
            moments.append(time.now())
            switch random.next() % 40 {
            case 0: limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: nil)
            case 1: limiter.noteThrottled(sentIn: 0, retryAfterSeconds: random.fraction() * 20)
            case 2...3: time.advance(seconds: random.fraction() * 20)
            default: for _ in 0..<random.next() % 4 { limiter.noteSuccess(sentIn: limiter.generation) }
            }
        }
        expectWithinRate(moments, requestsPerMinute: 90, burst: 4)
    }
}
