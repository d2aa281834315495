import HTTP
import Synchronization
import TestSupport

/// A server with a budget of requests, which answers in virtual time: 1.2 to 8 s a page.
final class BudgetServer: Transport {
    enum Budget {
        /// So many a minute, counted evenly, and five at once.
        case even
        /// So many a minute, counted anew whenever so many seconds have passed.
        case windows(seconds: Double)
    }

    /// What the server saw.
    struct Record {
        /// When requests came, refused ones included.
        var arrivals: [Timestamp] = []
        /// When the last request came that was not refused.
        var lastAccepted: Timestamp?
        var refusalCount = 0
        /// Until when the server last asked everybody to stay away.
        var awayUntil: Timestamp?
        /// Requests that came all the same.
        var intrusionCount = 0
    }

    private struct State {
        var requestsPerMinute: Double
        var level = 0.0
        var counted = Timestamp(microsecondsSinceEpoch: 0)
        var record = Record()
    }

    private let budget: Budget
    private let saysWhen: Bool
    private let refusalSeconds: Double
    private let time: VirtualTimeSource
    private let random = SeededRandomSource(seed: 42)
    private let state: Mutex<State>

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - budget: How it counts.
    ///   - requestsPerMinute: How much it allows.
    ///   - saysWhen: Whether it sends Retry-After.
    ///   - refusalSeconds: How long it takes to refuse.
    ///   - time: The clock.
    init(
        _ budget: Budget, requestsPerMinute: Double, saysWhen: Bool, refusalSeconds: Double,
        time: VirtualTimeSource
    ) {
        self.budget = budget
        self.saysWhen = saysWhen
        self.refusalSeconds = refusalSeconds
        self.time = time
        state = Mutex(State(requestsPerMinute: requestsPerMinute))
    }

    var record: Record { state.withLock { $0.record } }

    func allow(requestsPerMinute: Double) { state.withLock { $0.requestsPerMinute = requestsPerMinute } }

    func send(_ request: Request) async throws -> Response {
        let waitSeconds = state.withLock { arrive(&$0) }
        guard let waitSeconds else {
            try await time.sleep(seconds: 1.2 + 6.8 * random.fraction())
            return Response(status: 200, body: Array("[]".utf8))
        }
        try await time.sleep(seconds: refusalSeconds)
        guard saysWhen else { return Response(status: 503) }
        let retryAfterSeconds = waitSeconds.rounded(.up)
        state.withLock { state in
            let until = time.now().adding(seconds: retryAfterSeconds)
            state.record.awayUntil = state.record.awayUntil.map { max($0, until) } ?? until
        }
        return Response(
            status: 429, headers: ["Retry-After": "\(Int(retryAfterSeconds))"],
            body: Array("Rate limit exceeded".utf8))
    }

    /// Counts a request; gives the seconds until there is room for it when there is none.
    private func arrive(_ state: inout State) -> Double? {
        let now = time.now()
        let perSecond = state.requestsPerMinute / 60
        let waitSeconds: Double
        switch budget {
        case .even:
            state.level = min(5, state.level + now.seconds(since: state.counted) * perSecond)
            state.counted = now
            waitSeconds = (1 - state.level) / perSecond
        case .windows(let seconds):
            let length = Int64(seconds * 1_000_000)
            let begin = Timestamp(microsecondsSinceEpoch: now.microsecondsSinceEpoch / length * length)
            if begin > state.counted {
                state.level = perSecond * seconds
                state.counted = begin
            }
            waitSeconds = seconds - now.seconds(since: begin)
        }
        state.record.arrivals.append(now)
        if let until = state.record.awayUntil, now < until { state.record.intrusionCount += 1 }
        guard state.level >= 1 else {
            state.record.refusalCount += 1
            return waitSeconds
        }
        state.level -= 1
        state.record.lastAccepted = now
        return nil
    }
}
