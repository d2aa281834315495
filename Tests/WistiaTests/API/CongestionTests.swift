import AWS
import HTTP
import TestSupport
import Testing

@testable import Wistia

/// The client, with hundreds of requests at once, against a server that allows half of the configured 480 a minute.
struct CongestionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var budget: BudgetServer.Budget
        var saysWhen: Bool
        var refusalSeconds: Double
        /// Of the requests that the server would have allowed in the time that was needed.
        var shareMinimum: Double
        /// Refused requests are sent again.
        var refusalsMaximum: Int
        var pages = 200
    }

    static let cases = [
        Case(
            testDescription: "Retry-After, refused at once", budget: .even, saysWhen: true,
            refusalSeconds: 0.2, shareMinimum: 0.7, refusalsMaximum: 6),
        Case(
            testDescription: "Retry-After, refused as late as answered", budget: .even, saysWhen: true,
            refusalSeconds: 5, shareMinimum: 0.7, refusalsMaximum: 30),
        Case(
            testDescription: "no Retry-After, refused at once", budget: .even, saysWhen: false,
            refusalSeconds: 0.2, shareMinimum: 0.7, refusalsMaximum: 6),
        Case(
            testDescription: "no Retry-After, refused as late as answered", budget: .even, saysWhen: false,
            refusalSeconds: 5, shareMinimum: 0.7, refusalsMaximum: 30),
        Case(
            testDescription: "Retry-After, by the minute", budget: .windows(seconds: 60), saysWhen: true,
            refusalSeconds: 0.2, shareMinimum: 0.7, refusalsMaximum: 12, pages: 1_000),
        Case(
            testDescription: "no Retry-After, by the minute", budget: .windows(seconds: 60), saysWhen: false,
            refusalSeconds: 0.2, shareMinimum: 0.7, refusalsMaximum: 80, pages: 1_000),
        Case(
            testDescription: "Retry-After, by ten seconds", budget: .windows(seconds: 10), saysWhen: true,
            refusalSeconds: 0.2, shareMinimum: 0.7, refusalsMaximum: 12),
        // After each window that was used up it is found out only by asking that the next has begun.
        Case(
            testDescription: "no Retry-After, by ten seconds", budget: .windows(seconds: 10), saysWhen: false,
            refusalSeconds: 0.2, shareMinimum: 0.6, refusalsMaximum: 30),
    ]

    /// A client in a world of its own.
    private struct Setting {
        let world = VirtualWorld()
        let server: BudgetServer
        let limiter: RateLimiter
        let client: WistiaClient

        init(_ row: Case) async throws {
            server = BudgetServer(
                row.budget, requestsPerMinute: 240, saysWhen: row.saysWhen,
                refusalSeconds: row.refusalSeconds,
                time: world.time)
            limiter = RateLimiter(time: world.time)
            let tokens = TokenSource { Secret("not-a-real-token-1") }
            // Read beforehand, since reading is a task of its own.
            _ = try await tokens.token()
            client = WistiaClient(
                transport: server, baseURL: "https://api.example.com", tokens: tokens, limiter: limiter,
                time: world.time, random: SeededRandomSource())
        }

        /// Asks for so many pages at once and waits for all answers.
        func read(pages: Int) async throws {
            try await world.run { [client] in
                try await withThrowingTaskGroup { group in
                    for page in 1...pages {
                        group.addTask { _ = try await client.send(.visitors(.page(page))) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(arguments: cases)
    func `a server that allows half gets half, and all of it again when it relents`(row: Case) async throws {
        let setting = try await Setting(row)
        let begin = setting.world.time.now()
        try await setting.read(pages: row.pages)
        let record = setting.server.record
        let seconds = try #require(record.lastAccepted).seconds(since: begin)
        #expect(Double(row.pages) / (4 * seconds) >= row.shareMinimum)
        #expect((1...row.refusalsMaximum).contains(record.refusalCount))
        #expect(record.intrusionCount == 0)

        setting.server.allow(requestsPerMinute: 600)
        try await setting.read(pages: 1_000)
        let later = setting.server.record
        #expect(setting.limiter.requestsPerMinute == 480)
        let last = later.arrivals.suffix(241)
        #expect(abs(last.last!.seconds(since: last.first!) - 30) < 0.001)
        expectWithinRate(later.arrivals, requestsPerMinute: 480, burst: 5)
    }

    @Test func `the same run twice is the same run`() async throws {
        var arrivals: [[Timestamp]] = []
        for _ in 1...2 {
            let setting = try await Setting(Self.cases[2])
            try await setting.read(pages: 200)
            arrivals.append(setting.server.record.arrivals)
        }
        #expect(arrivals[0] == arrivals[1])
    }
}

/// Asserts that no window of time holds more requests than the rate and the burst.
func expectWithinRate(
    _ moments: [Timestamp], requestsPerMinute: Double, burst: Double,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    // The greatest excess of any window that ends with this request.
    var excess = 0.0
    var greatest = 0.0
    for (moment, previous) in zip(moments, moments.prefix(1) + moments) {
        excess = max(0, excess - moment.seconds(since: previous) * requestsPerMinute / 60) + 1
        greatest = max(greatest, excess)
    }
    #expect(greatest <= burst + 0.0001, sourceLocation: sourceLocation)
}
