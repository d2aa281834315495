import HTTP
import Lake

extension CrawlRun {
    /// Pages of visitors that are asked for at once at most; at 480 requests a minute and 8 s a page it is 64.
    static let requestsInFlightMaximum = 64

    /// Reads visitors, newest first, until what is known, and then the top again.
    mutating func readVisitors() async throws {
        begin(.visitors)
        while true {
            switch visitors.step {
            case .crawl(let page): try await readPage(page, as: .page(page))
            case .lap(let page): try await readPage(page, as: .lapPage(page))
            case .crawlAll: try await readAllVisitors()
            case .done: return try await flush()
            }
        }
    }

    private mutating func readPage(_ page: Int, as subject: ExchangeFacts.Subject) async throws {
        // A part holds pages of the crawl or of the lap, never of both: its metadata says which.
        if buffer.lines.last.map({ $0.subject.isLap != subject.isLap }) == true {
            try await flush()
        }
        let answer = try await ask { try await $0.visitors(page: page) }
        visitors.begin(at: answer.serverDate ?? answer.fetchedAt)
        visitors.note(try await keepPage(answer, page, subject: subject))
        try await flushIfDue()
    }

    // MARK: Full crawl

    /// What the tasks of a full crawl report.
    private enum CrawlEvent: Sendable {
        /// Whether the next request may go; false when its turn would come too late.
        case turn(Result<Bool, any Error>)
        case answer(FullCrawl.Request, Result<WistiaAnswer, any Error>)
        case written(PartBuffer<ExchangeFacts>, Result<[CrawlPart], any Error>)
    }

    /// Reads the whole list, many pages at once.
    ///
    /// Requests and writes are tasks of their own; what they bring is taken in here, one after the other, so that parts hold the
    /// answers in the order in which they came. At most two parts' lines and the pages in flight are held at a time.
    private mutating func readAllVisitors() async throws {
        try await flush()
        let known = parts.filter { $0.stream == .visitors }
            .filter { $0.number <= partsKnown || $0.writerID == run.parts.writerID }
        var crawl = FullCrawl(
            resuming: known.flatMap(\.keptCrawlPages), expectedPageCount: previous?.visitorPageCount)
        let stop = await withTaskGroup(of: CrawlEvent.self) { group in
            await readPages(of: &crawl, in: &group)
        }
        if let stop { throw stop }
        if let page = crawl.firstMissingPage {
            throw LakeError.pagesMissing(runID: run.request.run.id, pages: "\(page)")
        }
        try await flush()
        visitors.noteEnd()
    }

    /// Asks and writes until the crawl is done, or something ends it and what was under way has come in.
    ///
    /// - Returns: What ended it; nil when it is done.
    private mutating func readPages(of crawl: inout FullCrawl, in group: inout TaskGroup<CrawlEvent>) async
        -> (any Error)?
    {
        var stop: (any Error)?
        var hasTurn = false
        var awaitsTurn = false
        var isWriting = false
        while true {
            if stop == nil, !isWriting, buffer.isDue(at: source.time.now()) {
                isWriting = true
                write(in: &group)
            }
            if stop == nil, isTimeUp(withinSeconds: WistiaBronze.handOverSeconds) { stop = TimeIsUp() }
            if stop == nil, hasTurn, let next = crawl.next() {
                hasTurn = false
                ask(for: next, in: &group)
            }
            // While S3 is slower than the API, no more is asked for.
            let isBusy =
                crawl.requestsInFlight >= CrawlRun.requestsInFlightMaximum
                || isWriting && buffer.isDue(at: source.time.now())
            if stop == nil, !hasTurn, !awaitsTurn, !isBusy, crawl.canAsk {
                awaitsTurn = true
                awaitTurn(in: &group)
            }
            if stop != nil, awaitsTurn, crawl.requestsInFlight == 0, !isWriting { group.cancelAll() }
            guard awaitsTurn || isWriting || crawl.requestsInFlight > 0 else {
                group.cancelAll()
                return stop
            }
            switch await group.next() {
            case .turn(.success(let isInTime)):
                (awaitsTurn, hasTurn) = (false, isInTime)
                if !isInTime { stop = stop ?? TimeIsUp() }
            case .turn(.failure(let error)):
                awaitsTurn = false
                stop = stop ?? error
            case .answer(let asked, let result):
                do {
                    try await note(try result.get(), to: asked, of: &crawl)
                } catch {
                    crawl.giveUp(asked)
                    stop = stop ?? (isForNextInvocation(error) ? TimeIsUp() : error)
                }
            case .written(_, .success(let written)):
                isWriting = false
                take(written)
            case .written(let lines, .failure(let error)):
                isWriting = false
                buffer.restore(lines)
                stop = stop ?? error
                group.cancelAll()
            case nil:
                break
            }
        }
    }

    private mutating func note(
        _ answer: WistiaAnswer, to asked: FullCrawl.Request, of crawl: inout FullCrawl
    ) async throws {
        let facts = try await keepPage(
            answer, asked.page, subject: .page(asked.page, segment: asked.segment))
        visitors.begin(at: answer.serverDate ?? answer.fetchedAt)
        visitors.note(facts)
        crawl.note(
            CrawlPage(number: asked.page, rowCount: facts.rowCount, marks: facts.marks), for: asked)
    }

    private func awaitTurn(in group: inout TaskGroup<CrawlEvent>) {
        let handOver = deadline?.adding(seconds: -WistiaBronze.handOverSeconds)
        group.addTask { [client] in
            do {
                return .turn(.success(try await client.awaitTurn(by: handOver)))
            } catch {
                return .turn(.failure(error))
            }
        }
    }

    private func ask(for request: FullCrawl.Request, in group: inout TaskGroup<CrawlEvent>) {
        group.addTask { [client] in
            do {
                return .answer(
                    request, .success(try await client.visitors(page: request.page, hasTurn: true)))
            } catch {
                return .answer(request, .failure(error))
            }
        }
    }

    private mutating func write(in group: inout TaskGroup<CrawlEvent>) {
        let lines = buffer.takeAll()
        let number = nextNumber(of: lines.stream)
        group.addTask { [store = run.parts, metadata = metadata(of: lines)] in
            do {
                return .written(
                    lines,
                    .success(
                        try await store.write(
                            lines, metadata: metadata, from: number, inspect: ExchangeLine.facts)))
            } catch {
                return .written(lines, .failure(error))
            }
        }
    }
}
