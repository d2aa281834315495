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
            case .crawl(let page): try await readPage(.page(page))
            case .rescan(let page): try await readPage(.rescanPage(page))
            case .crawlAll: try await readAllVisitors()
            case .done: return try await flush()
            }
        }
    }

    private mutating func readPage(_ page: ExchangeFacts.Subject) async throws {
        // A part holds pages of the crawl or of the re-scan, never of both: its metadata says which.
        if buffer.lines.last.map({ $0.subject.isRescan != page.isRescan }) == true {
            try await flush()
        }
        try await keepPage(try await ask(.visitors(page)))
        try await flushIfDue()
    }

    // MARK: Full crawl

    /// What the tasks of a full crawl report.
    private enum CrawlEvent: Sendable {
        /// Whether the next request may go; false when its turn would come too late.
        case turn(Result<Bool, any Error>)
        case answer(FullCrawl.Request, Result<WistiaAnswer, any Error>)
        case written(Write)
    }

    /// Reads the whole list, many pages at once.
    ///
    /// Requests and writes are tasks of their own; what they bring is taken in here, one after the other, so that parts hold the
    /// answers in the order in which they came. At most two parts' lines and the pages in flight are held at a time.
    private mutating func readAllVisitors() async throws {
        try await flush()
        let known = parts[.visitors, default: []]
            .filter { $0.number <= partsKnown || $0.writerID == run.parts.writerID }
        var crawl = FullCrawl(
            resuming: known.flatMap(\.keptCrawlPages), expectedPageCount: previous?.visitorPageCount)
        let stop = await withTaskGroup(of: CrawlEvent.self) { group in
            await readPages(of: &crawl, in: &group)
        }
        if let stop { throw stop }
        if let page = crawl.firstMissingPage {
            throw LakeError.pagesMissing(runID: run.request.run.id, first: page)
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
                group.addTask { [write = beginWrite()] in .written(await write()) }
            }
            if stop == nil, isTimeUp(withinSeconds: WistiaBronze.continueSeconds) { stop = TimeIsUp() }
            if stop == nil, hasTurn, let next = crawl.next() {
                hasTurn = false
                group.addTask { [client] in
                    let page = Endpoint.visitors(.page(next.page, segment: next.segment))
                    return .answer(next, await Result { try await client.send(page, hasTurn: true) })
                }
            }
            // While S3 is slower than the API, no more is asked for.
            let isBusy =
                crawl.requestsInFlight >= CrawlRun.requestsInFlightMaximum
                || isWriting && buffer.isDue(at: source.time.now())
            if stop == nil, !hasTurn, !awaitsTurn, !isBusy, crawl.canAsk {
                awaitsTurn = true
                let moment = deadline?.adding(seconds: -WistiaBronze.continueSeconds)
                group.addTask { [client] in
                    .turn(await Result { try await client.awaitTurn(by: moment) })
                }
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
                    let answer = try result.get()
                    try await keepPage(answer)
                    crawl.note(answer.facts, for: asked)
                } catch {
                    crawl.giveUp(asked)
                    stop = stop ?? (isForNextInvocation(error) ? TimeIsUp() : error)
                }
            case .written(let write):
                isWriting = false
                do {
                    try end(write)
                } catch {
                    stop = stop ?? error
                    group.cancelAll()
                }
            case nil:
                break
            }
        }
    }
}
