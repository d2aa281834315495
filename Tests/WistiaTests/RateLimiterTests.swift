import HTTP
import TestSupport
import Testing
import Wistia

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
        await limiter.pause(seconds: 10)
        await limiter.pause(seconds: 2)
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
}
