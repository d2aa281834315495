import Foundation
import TestSupport

@testable import Lake
@testable import Wistia

/// A list of visitors that moves while it is read, and crawls of it, in virtual time.
///
/// Every answer shows the list as it was at a random moment between request and reply. The driver does what bronze does: a
/// request goes when the budget has a turn for it and fewer than 64 are in flight.
struct FullCrawlSimulation {
    /// What the driver does wrong, on purpose.
    enum Fault {
        /// Believes that the next segment's first page is still what it was, instead of reading it.
        case noExtension
        /// Asks for a segment's page together with the page in front of it, and happens to be answered earlier.
        case askingAhead
        /// Does not read the top again at the end.
        case noRescan
        /// Goes on, when interrupted, one page after the next one.
        case resumingLate
    }

    /// What came of it.
    struct Outcome {
        /// Visitors of whom the newest row was not read, though it stood in the list before the closing re-scan began.
        var lost = 0
        /// Requests, the re-scan's included.
        var requests = 0
        /// Pages of the list when the crawl ended.
        var pages = 0
        /// From the first request to the last answer, the re-scan included.
        var durationSeconds = 0.0
    }

    static let requestsPerSecond = 8.0
    static let requestsInFlightMaximum = 64

    /// The visitors, newest first: `number << 16 | how often active`.
    private(set) var list: [UInt64]
    private(set) var now = 0.0
    private(set) var requests = 0
    /// What was read, in the order of receipt.
    private(set) var kept: [KeptCrawlPage] = []
    private let visitorCountAtStart: Int
    private var visitorCount: Int
    /// When visitors went to the top since the crawl began, by number.
    private var movedAt: [Int: Double] = [:]
    private let activationsPerSecond: Double
    private var nextActivation = Double.infinity
    private var nextTurn: Double
    /// Pages that the latency's growth is spread over.
    private let deepestPage: Double
    private let random: SeededRandomSource

    init(visitors: Int, activationsPerSecond: Double, seed: UInt64) {
        list = Array(FullCrawlSimulation.ranked.prefix(visitors))
        visitorCountAtStart = visitors
        visitorCount = visitors
        self.activationsPerSecond = activationsPerSecond
        deepestPage = max(1, Double(visitors) / 100)
        nextTurn = -4 / FullCrawlSimulation.requestsPerSecond
        random = SeededRandomSource(seed: seed)
        drawNextActivation()
    }

    /// The visitors of a list at the start; made once, since a debug build takes its time for loops.
    private static let ranked = (0..<200_000).map { UInt64($0) << 16 }

    // MARK: The account

    private func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    private mutating func drawNextActivation() {
        guard activationsPerSecond > 0 else { return }
        nextActivation = max(now, 0) - log(1 - unit()) / activationsPerSecond
    }

    /// Lets time pass.
    private mutating func advance(to moment: Double) {
        while nextActivation <= moment {
            now = nextActivation
            activate()
            drawNextActivation()
        }
        now = moment
    }

    /// Somebody becomes active, in one of three cases for the first time.
    private mutating func activate() {
        let mark: UInt64
        if list.isEmpty || random.next() % 3 == 0 {
            mark = UInt64(visitorCount) << 16
            visitorCount += 1
        } else {
            mark = list.remove(at: Int(random.next() % UInt64(list.count))) + 1
        }
        list.insert(mark, at: 0)
        movedAt[Int(mark >> 16)] = now
    }

    private func page(_ number: Int) -> ExchangeFacts {
        let start = min((number - 1) * 100, list.count)
        let rows = Array(list[start..<min(start + 100, list.count)])
        return ExchangeFacts(number: number, rowCount: rows.count, marks: rows)
    }

    /// Seconds: 1.2 to 2 on page 1, 6.5 to 8 on the list's last.
    private func latency(ofPage page: Int) -> Double {
        let depth = min(1, Double(page - 1) / deepestPage)
        return 1.2 + 5.3 * depth + unit() * (0.8 + 0.7 * depth)
    }

    // MARK: The driver

    /// A page that one of several attempts asks for.
    private struct Ask: Hashable {
        var attempt = 0
        var request: FullCrawl.Request
    }

    /// A request on its way.
    private struct Flight {
        var ask: Ask
        var seenAt: Double
        var repliedAt: Double
        var page: ExchangeFacts?
    }

    private mutating func takeOff(_ ask: Ask) -> Flight {
        nextTurn =
            max(nextTurn, now - 4 / FullCrawlSimulation.requestsPerSecond)
            + 1 / FullCrawlSimulation.requestsPerSecond
        requests += 1
        let seconds = latency(ofPage: ask.request.page)
        return Flight(ask: ask, seenAt: now + seconds * unit(), repliedAt: now + seconds)
    }

    /// Asks and takes answers until the crawl is done.
    ///
    /// - Parameters:
    ///   - fault: What is done wrong.
    ///   - wakeUps: Moments at which there is something new to ask for.
    ///   - next: The next request at a moment; nil when an answer has to come first.
    ///   - note: Takes an answer and says whether all is done.
    private mutating func drive(
        fault: Fault? = nil, wakeUps: [Double] = [], next: (Double) -> Ask?,
        note: (ExchangeFacts, Ask, Double) -> Bool
    ) {
        var flights: [Flight] = []
        var ahead: [Ask: ExchangeFacts] = [:]
        // Whether the rule would have nothing new to say: only answers and wake-ups change that.
        var isWaiting = false
        while true {
            let wakeUp = wakeUps.first { $0 > now } ?? .infinity
            var event = wakeUp
            if !isWaiting, flights.count < FullCrawlSimulation.requestsInFlightMaximum {
                if now < nextTurn {
                    event = min(event, nextTurn)
                } else if let ask = next(now) {
                    flights.append(takeOff(ask))
                    if fault == .askingAhead {
                        var following = ask
                        following.request.page += 1
                        ahead[following] = page(following.request.page)
                    }
                    continue
                } else {
                    isWaiting = true
                }
            }
            var index: Int?
            for position in flights.indices {
                let moment =
                    flights[position].page == nil ? flights[position].seenAt : flights[position].repliedAt
                if moment < event { (event, index) = (moment, position) }
            }
            guard event < .infinity else { return }
            advance(to: event)
            guard let index else {
                if event == wakeUp { isWaiting = false }
                continue
            }
            let ask = flights[index].ask
            guard let seen = flights[index].page else {
                flights[index].page = ahead[ask] ?? page(ask.request.page)
                continue
            }
            flights.swapAt(index, flights.count - 1)
            flights.removeLast()
            isWaiting = false
            if note(seen, ask, now) { return }
        }
    }

    // MARK: Crawls

    /// Pages in the list's order, as many at once as the budget allows: what must not be done.
    mutating func crawlNaively() -> Outcome {
        var number = 0
        var isAtEnd = false
        var awaited = 0
        var answers: [KeptCrawlPage] = []
        drive(
            next: { _ in
                guard !isAtEnd else { return nil }
                number += 1
                awaited += 1
                return Ask(request: .init(segment: number, page: number))
            },
            note: { page, _, _ in
                answers.append(.init(attempt: "", part: 1, partsKnown: 0, segment: page.page, page: page))
                awaited -= 1
                isAtEnd = isAtEnd || page.rowCount == 0
                return isAtEnd && awaited == 0
            })
        kept = answers
        return finish()
    }

    /// When an attempt begins and when it is killed.
    struct Attempt {
        var start = 0.0
        var end = Double.infinity
        fileprivate var crawl: FullCrawl?
        fileprivate var partsKnown = 0
        fileprivate var buffer: [KeptCrawlPage] = []

        init(start: Double = 0, end: Double = .infinity) {
            self.start = start
            self.end = end
        }
    }

    /// A full crawl by the rules.
    ///
    /// - Parameters:
    ///   - expectedPageCount: As in ``FullCrawl``.
    ///   - attempts: Who works on it, and when; what an attempt has not flushed when it is killed is lost.
    ///   - linesPerPart: After how many answers an attempt flushes.
    ///   - fault: What is done wrong.
    /// - Returns: What came of it.
    mutating func crawl(
        expectedPageCount: Int? = nil, attempts: [Attempt] = [Attempt()], linesPerPart: Int = 100,
        fault: Fault? = nil
    ) -> Outcome {
        var attempts = attempts
        var stored: [KeptCrawlPage] = []
        var partCount = 0
        func flush(_ index: Int) {
            guard !attempts[index].buffer.isEmpty else { return }
            partCount += 1
            for var page in attempts[index].buffer {
                page.part = partCount
                stored.append(page)
            }
            attempts[index].buffer = []
        }
        func begin(_ index: Int) {
            var known = stored
            attempts[index].partsKnown = partCount
            if fault == .resumingLate, !known.isEmpty {
                for segment in FullCrawl(resuming: known).segments where segment.overlappedSegment == nil {
                    let page = ExchangeFacts(number: segment.nextPage, rowCount: 100, marks: [])
                    known.append(
                        .init(
                            attempt: "none", part: partCount, partsKnown: partCount,
                            segment: segment.firstPage, page: page))
                }
                stored = known
            }
            attempts[index].crawl = FullCrawl(resuming: known, expectedPageCount: expectedPageCount)
        }
        var turn = 0
        drive(
            fault: fault, wakeUps: attempts.flatMap { [$0.start, $0.end] }.sorted(),
            next: { now in
                for _ in attempts.indices {
                    turn = (turn + 1) % attempts.count
                    guard attempts[turn].start <= now, now < attempts[turn].end else { continue }
                    if attempts[turn].crawl == nil { begin(turn) }
                    if let request = attempts[turn].crawl?.next() {
                        return Ask(attempt: turn, request: request)
                    }
                }
                return nil
            },
            note: { page, ask, now in
                let index = ask.attempt
                guard now < attempts[index].end, var crawl = attempts[index].crawl else { return false }
                attempts[index].crawl = nil
                defer { attempts[index].crawl = crawl }
                var page = page
                if fault == .noExtension, ask.request.segment != page.page,
                    let met = crawl.segments.first(where: { $0.firstPage == page.page })?.pages.first
                {
                    page = met
                }
                crawl.note(page, for: ask.request)
                attempts[index].buffer.append(
                    .init(
                        attempt: "\(index)", part: 0, partsKnown: attempts[index].partsKnown,
                        segment: ask.request.segment, page: page))
                if crawl.isDone || attempts[index].buffer.count == linesPerPart { flush(index) }
                return crawl.isDone
            })
        kept = stored
        return finish(rescanning: fault != .noRescan)
    }

    /// Reads the top until three minutes before the crawl, and judges.
    private mutating func finish(rescanning: Bool = true) -> Outcome {
        // How often a visitor had been active in the newest row that was read of him, plus one.
        var newest = [UInt64](repeating: 0, count: visitorCount + 1_000)
        func read(_ rows: [UInt64]) {
            newest.withUnsafeMutableBufferPointer { newest in
                rows.withUnsafeBufferPointer { rows in
                    var index = 0
                    while index < rows.count {
                        let visitor = Int(truncatingIfNeeded: rows[index] &>> 16)
                        newest[visitor] = max(newest[visitor], rows[index] & 0xFFFF &+ 1)
                        index &+= 1
                    }
                }
            }
        }
        for page in kept { read(page.page.marks) }
        let rescanStart = now
        if rescanning {
            var number = 0
            var isAwaiting = false
            drive(
                next: { _ in
                    guard !isAwaiting else { return nil }
                    isAwaiting = true
                    number += 1
                    return Ask(request: .init(segment: 0, page: number))
                },
                note: { [visitorCountAtStart] page, _, _ in
                    isAwaiting = false
                    read(page.marks)
                    return page.rowCount == 0
                        || page.marks.contains { $0 & 0xFFFF == 0 && $0 >> 16 < visitorCountAtStart }
                })
        }
        var outcome = Outcome(
            requests: requests, pages: (list.count + 99) / 100, durationSeconds: now)
        list.withUnsafeBufferPointer { list in
            var index = 0
            while index < list.count {
                let visitor = Int(truncatingIfNeeded: list[index] &>> 16)
                // Whoever moved while the re-scan was read is the next run's: its watermark is this run's start.
                if newest[visitor] != list[index] & 0xFFFF &+ 1,
                    movedAt[visitor].map({ $0 < rescanStart }) ?? true
                {
                    outcome.lost += 1
                }
                index &+= 1
            }
        }
        return outcome
    }
}
