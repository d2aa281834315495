import HTTP

@testable import Wistia

extension RateLimiter {
    /// A limiter with bronze's rate and burst.
    convenience init(requestsPerMinute: Double = 480, time: any TimeSource) {
        self.init(requestsPerMinute: requestsPerMinute, burst: 5, time: time)
    }
}
