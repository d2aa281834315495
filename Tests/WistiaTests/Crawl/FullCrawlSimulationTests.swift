import Testing

@testable import Lake
@testable import Wistia

/// Thousands of crawls of a list that moves, each with its seed.
struct FullCrawlSimulationTests {
    static let activationsPerSecond = [0, 0.01, 0.1]
    /// 110 pages, latencies from 1.2 to 8 s.
    static let visitors = 11_000
    /// What the project that seed 001 describes has.
    static let manyVisitors = 110_471

    /// What some crawls came to.
    struct Summary {
        var crawls = 0
        var crawlsWithLoss = 0
        var extraRequests = 0
        var extraRequestsMaximum = 0
        var durationSeconds = 0.0
        var durationMaximumSeconds = 0.0
        var pages = 0

        mutating func add(_ outcome: FullCrawlSimulation.Outcome) {
            crawls += 1
            if outcome.lost > 0 { crawlsWithLoss += 1 }
            let extra = outcome.requests - outcome.pages
            extraRequests += extra
            extraRequestsMaximum = max(extraRequestsMaximum, extra)
            durationSeconds += outcome.durationSeconds
            durationMaximumSeconds = max(durationMaximumSeconds, outcome.durationSeconds)
            pages = max(pages, outcome.pages)
        }

        func print(_ title: String) {
            func tenths(_ number: Double) -> Double { (number * 10).rounded() / 10 }
            Swift.print(
                title, "\(crawls) crawls of \(pages) pages:", "\(crawlsWithLoss) lost visitors;",
                "extra requests \(tenths(Double(extraRequests) / Double(crawls))) (at most \(extraRequestsMaximum));",
                "\(tenths(durationSeconds / Double(crawls))) s (at most \(tenths(durationMaximumSeconds)),",
                "pages/rate \(tenths(Double(pages) / FullCrawlSimulation.requestsPerSecond)))")
        }
    }

    private func simulate(
        _ crawls: Int, visitors: Int = visitors, activationsPerSecond: Double,
        _ crawl: (inout FullCrawlSimulation, _ number: Int) -> FullCrawlSimulation.Outcome
    ) -> Summary {
        var summary = Summary()
        for number in 0..<crawls {
            var simulation = FullCrawlSimulation(
                visitors: visitors, activationsPerSecond: activationsPerSecond,
                seed: UInt64(number) * 7_919 + 13)
            summary.add(crawl(&simulation, number))
        }
        return summary
    }

    @Test(arguments: activationsPerSecond)
    func `1,000 crawls of 110 pages lose nobody`(rate: Double) {
        let summary = simulate(1_000, activationsPerSecond: rate) { crawl, _ in crawl.crawl() }
        summary.print("\(rate) activations/s, length unknown:")
        #expect(summary.crawlsWithLoss == 0)
        #expect(summary.extraRequestsMaximum <= 22)
    }

    @Test(arguments: activationsPerSecond)
    func `crawls of 1,105 pages lose nobody and keep to the budget`(rate: Double) {
        for (expected, name) in [(nil, "unknown"), (1_105, "known")] {
            let summary = simulate(2, visitors: Self.manyVisitors, activationsPerSecond: rate) { crawl, _ in
                crawl.crawl(expectedPageCount: expected)
            }
            summary.print("\(rate) activations/s, length \(name):")
            #expect(summary.crawlsWithLoss == 0)
            #expect(summary.extraRequestsMaximum <= 110)
            #expect(
                summary.durationMaximumSeconds <= 1.1 * 1_105 / FullCrawlSimulation.requestsPerSecond + 8)
        }
    }

    @Test func `pages in any order lose visitors`() {
        for rate in Self.activationsPerSecond {
            let summary = simulate(20, visitors: Self.manyVisitors, activationsPerSecond: rate) { crawl, _ in
                crawl.crawlNaively()
            }
            summary.print("\(rate) activations/s, without the rule:")
            #expect(summary.crawlsWithLoss == 0 || rate > 0)
            #expect(summary.crawlsWithLoss > 5 || rate == 0)
        }
    }

    @Test(
        arguments: [
            .noExtension, .askingAhead, .noRescan, .resumingLate,
        ] as [FullCrawlSimulation.Fault])
    func `every part of the rule is needed`(fault: FullCrawlSimulation.Fault) {
        let summary = simulate(40, activationsPerSecond: 0.1) { crawl, number in
            guard fault == .resumingLate else { return crawl.crawl(fault: fault) }
            let end = 10 + Double(number)
            return crawl.crawl(
                attempts: [.init(end: end), .init(start: end)], linesPerPart: 10, fault: fault)
        }
        #expect(summary.crawlsWithLoss > 10)
    }

    @Test func `a crawl that is killed anywhere and goes on later loses nobody`() {
        let summary = simulate(60, activationsPerSecond: 0.1) { crawl, number in
            let end = Double(number) * 0.7
            return crawl.crawl(
                attempts: [
                    .init(end: end), .init(start: end + 20, end: end + 40), .init(start: end + 1_000),
                ], linesPerPart: 7)
        }
        summary.print("0.1 activations/s, killed twice:")
        #expect(summary.crawlsWithLoss == 0)
    }

    @Test func `attempts at the same time lose nobody`() {
        let summary = simulate(60, activationsPerSecond: 0.1) { crawl, number in
            crawl.crawl(
                attempts: [
                    .init(end: 30 + Double(number)), .init(start: Double(number) / 2, end: 70),
                    .init(start: 80), .init(start: 85),
                ], linesPerPart: 10)
        }
        summary.print("0.1 activations/s, four attempts:")
        #expect(summary.crawlsWithLoss == 0)
    }
}
