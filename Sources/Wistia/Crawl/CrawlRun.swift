import AWS
import HTTP
import JSON
import Lake
import Logging

/// One invocation's work on a run: its state between the first request and what is to be committed.
struct CrawlRun {
    /// Media that are asked about at once at most; at 480 requests a minute and 2 s an answer it is 16.
    private static let mediaInFlightMaximum = 16
    /// Days between full crawls.
    static let fullCrawlIntervalDays: Int32 = 7
    /// How long after the time that a run stands for an answer may tell of that time, in seconds.
    static let snapshotSecondsMaximum = 86_400.0
    /// How long before the day that a run stands for an answer may be given, in seconds: clocks differ by as much.
    static let clockDifferenceSecondsMaximum = 900.0

    let source: WistiaBronze
    let run: BronzeRun
    let client: WistiaClient
    let previous: CrawlCursor?

    /// How long before the deadline a passing failure is left to the next invocation, in seconds.
    private let graceSeconds: Double
    private var failed: [BronzeCommit.Failure] = []
    private var skipped: Set<Stream> = []
    private(set) var parts: [CrawlPart] = []
    /// How many parts of visitors lay there before this attempt's first request.
    private(set) var partsKnown = 0
    private var rowsAnswered: [Stream: Int] = [:]
    var visitors: VisitorsCrawl
    /// What was read and is not in a part yet; all of one stream.
    var buffer = PartBuffer<ExchangeFacts>(stream: .media)
    /// The page that came last and its answer; an API that does not heed `page` would give that for ever.
    private var lastPage: (number: Int, body: [UInt8])?
    private let parser = JSONParser()

    init(source: WistiaBronze, run: BronzeRun, client: WistiaClient) {
        self.source = source
        self.run = run
        self.client = client
        let seconds = run.deadline?.seconds(since: source.time.now()) ?? 0
        graceSeconds = min(WistiaBronze.graceSeconds, seconds * WistiaBronze.graceShare)
        // What another release kept in other words is as good as nothing: then everything is read.
        previous = run.cursor.flatMap { try? $0.value(as: CrawlCursor.self) }
        visitors = VisitorsCrawl(
            watermark: CrawlRun.isFullCrawlDue(request: run.request, previous: previous)
                ? nil : previous?.watermark.flatMap { Timestamp(rfc3339: $0) })
    }

    var deadline: Timestamp? { run.deadline }

    /// Whether every visitor is to be read: on demand, at first, and once a week.
    private static func isFullCrawlDue(request: RunRequest, previous: CrawlCursor?) -> Bool {
        guard !request.isFull, let last = previous?.lastFullCrawl.flatMap({ UTCDate($0) }) else {
            return true
        }
        let days = request.run.extractionDate.daysSinceEpoch - last.daysSinceEpoch
        return days >= fullCrawlIntervalDays
    }

    /// Reads what is not in parts yet.
    ///
    /// - Returns: What is to be committed; nil when the time was up and the next invocation has to go on.
    mutating func finish() async throws -> Reading? {
        try await loadParts()
        do {
            do {
                let ids = try await readMedia()
                try await readEach(of: ids, stream: .mediaStats) { try await $0.mediaStats(id: $1) }
                try await readEach(of: ids, stream: .mediaEngagement) { try await $0.mediaEngagement(id: $1) }
            } catch is IsOfAnotherDay {
                try await leaveOutSnapshots()
            }
            try await readVisitors()
        } catch is TimeIsUp {
            try await flush()
            return nil
        } catch {
            // Whatever ended the reading, what was read is kept. If S3 is what failed, it was asked often enough, and of two
            // errors the first tells what to do.
            if !(error is S3Error) { await flushAfterFailure() }
            throw error
        }
        return try makeReading()
    }

    /// Thrown when the next invocation has to go on.
    struct TimeIsUp: Error {}

    /// Thrown when an answer does not tell of the run's day.
    private struct IsOfAnotherDay: Error {}

    /// Whether an answer tells of the time that the run stands for, by the clock of who gave it.
    ///
    /// Counters are lifetime totals as of now. Filed under a day that is over, or that has not come, they would pass for that
    /// day's, and put the right ones out.
    private func isOfRunsDay(_ answer: WistiaAnswer) -> Bool {
        let moment = answer.serverDate ?? answer.fetchedAt
        let day = Int64(run.request.run.extractionDate.daysSinceEpoch)
        return moment.seconds(since: run.request.time) <= CrawlRun.snapshotSecondsMaximum
            && moment.seconds(since: Timestamp(microsecondsSinceEpoch: day * 86_400_000_000))
                >= -CrawlRun.clockDifferenceSecondsMaximum
    }

    /// Leaves out the streams that only tell of now; what was answered in time stays.
    private mutating func leaveOutSnapshots() async throws {
        try await flush()
        skipped = [.media, .mediaStats, .mediaEngagement]
        source.logger.warning(
            "the run stands for a day that is over or has not come; the media, which only tell of now, are left out",
            metadata: ["run_id": "\(run.request.run.id)", "time": "\(run.request.time.iso8601)"])
    }

    // MARK: Parts

    /// Takes up what earlier attempts left.
    private mutating func loadParts() async throws {
        parts = try await run.parts.parts(of: Stream.ofWistia, inspect: ExchangeLine.facts)
        let crawled = parts.filter { $0.stream == .visitors }
        partsKnown = crawled.map(\.number).max() ?? 0
        // Of attempts at the same time the one that began first may have written last.
        guard let runStart = crawled.compactMap(\.runStart).min() else { return }
        // An attempt that decided to read everything, because the order did not hold, decided for all.
        let floor = crawled.contains { $0.floor == nil } ? nil : crawled.first?.floor
        visitors = VisitorsCrawl(floor: floor, runStart: runStart)
        // Each attempt's parts are in the order of its answers.
        for (index, part) in crawled.enumerated() {
            // Nobody begins the lap before the whole list lies in earlier parts.
            if !part.lapPages.isEmpty, visitors.step == .crawlAll,
                FullCrawl(resuming: crawled[..<index].flatMap(\.keptCrawlPages)).isDone
            {
                visitors.noteEnd()
            }
            for facts in part.lines { visitors.note(facts) }
        }
    }

    /// Writes the buffered lines.
    mutating func flush() async throws {
        guard !buffer.isEmpty else { return }
        let lines = buffer.takeAll()
        do {
            take(
                try await run.parts.write(
                    lines, metadata: metadata(of: lines), from: nextNumber(of: lines.stream),
                    inspect: ExchangeLine.facts))
        } catch {
            buffer.restore(lines)
            throw error
        }
    }

    /// Takes parts that were adopted, and the one that was written, which is the last.
    mutating func take(_ written: [CrawlPart]) {
        parts += written
        if let part = written.last { log(part) }
    }

    /// The number of a stream's next part.
    func nextNumber(of stream: Stream) -> Int {
        (parts.filter { $0.stream == stream }.map(\.number).max() ?? 0) + 1
    }

    func metadata(of buffer: PartBuffer<ExchangeFacts>) -> [String: String] {
        var metadata: [String: String] = [:]
        var pages: [Int] = []
        var lapPages: [Int] = []
        for facts in buffer.lines {
            switch facts.subject {
            case .page(let page, _): pages.append(page)
            case .lapPage(let page): lapPages.append(page)
            case .media: break
            }
        }
        metadata[CrawlMetadata.pages] = pageRanges(pages)
        metadata[CrawlMetadata.lapPages] = pageRanges(lapPages)
        guard buffer.stream == .visitors, let runStart = visitors.runStart else { return metadata }
        metadata[CrawlMetadata.partsKnown] = "\(partsKnown)"
        metadata[CrawlMetadata.runStart] = runStart.iso8601
        metadata[CrawlMetadata.floor] = visitors.floor?.iso8601 ?? CrawlMetadata.noFloor
        return metadata
    }

    private func log(_ part: CrawlPart) {
        source.logger.info(
            "part written",
            metadata: [
                "key": "\(part.key)", "requests": "\(part.lines.count)", "rows": "\(part.rowCount)",
                "size_bytes": "\(part.sizeBytes)",
            ])
    }

    /// Writes what was read before something else failed, if S3 takes it.
    private mutating func flushAfterFailure() async {
        do {
            try await flush()
        } catch {
            source.logger.warning(
                "the answers since the last part could not be written and will be asked for again: \(error)")
        }
    }

    mutating func flushIfDue() async throws {
        if buffer.isDue(at: source.time.now()) { try await flush() }
    }

    /// Asks the API, unless it is time to hand over to the next invocation.
    func ask(_ request: (WistiaClient) async throws -> WistiaAnswer) async throws -> WistiaAnswer {
        guard !isTimeUp(withinSeconds: WistiaBronze.handOverSeconds) else { throw TimeIsUp() }
        do {
            return try await request(client)
        } catch {
            throw isForNextInvocation(error) ? TimeIsUp() : error
        }
    }

    /// Whether a failure to get an answer only says that the time was short.
    func isForNextInvocation(_ error: any Error) -> Bool {
        guard let error = error as? WistiaError else { return false }
        let isPassing = [.throttled, .serverFailed, .unreachable].contains(error.kind)
        return error.kind == .deadlineReached
            || isPassing && isTimeUp(withinSeconds: graceSeconds)
    }

    func isTimeUp(withinSeconds seconds: Double) -> Bool {
        guard let deadline else { return false }
        return deadline.seconds(since: source.time.now()) < seconds
    }

    /// Takes an answer into the buffer and counts its rows.
    @discardableResult
    mutating func keep(_ answer: WistiaAnswer, subject: ExchangeFacts.Subject) throws -> ExchangeFacts {
        let facts = try facts(of: answer, subject: subject)
        keep(answer, facts)
        return facts
    }

    /// Takes the answer to a page, unless it is that to the page before: then the list would have no end.
    mutating func keepPage(_ answer: WistiaAnswer, _ page: Int, subject: ExchangeFacts.Subject) async throws
        -> ExchangeFacts
    {
        let facts = try facts(of: answer, subject: subject)
        if page > 1, facts.rowCount > 0, isFamiliar(answer, page, facts) {
            // It is right if everybody moved on by exactly one page since; then the page before is another one now.
            let before = try await ask { [stream = buffer.stream] client in
                stream == .media
                    ? try await client.medias(page: page - 1) : try await client.visitors(page: page - 1)
            }
            let others = try self.facts(of: before, subject: .page(page - 1))
            guard before.body != answer.body, others.members.isDisjoint(with: facts.members) else {
                throw LakeError.endlessList(subject: "\(buffer.stream.rawValue) page \(page)")
            }
        }
        lastPage = (page, answer.body)
        keep(answer, facts)
        return facts
    }

    private func facts(of answer: WistiaAnswer, subject: ExchangeFacts.Subject) throws -> ExchangeFacts {
        try parser.withDocument(answer.body) {
            try ExchangeFacts(stream: buffer.stream, subject: subject, body: $0)
        }
    }

    private mutating func keep(_ answer: WistiaAnswer, _ facts: ExchangeFacts) {
        rowsAnswered[buffer.stream, default: 0] += facts.rowCount
        buffer.append(
            facts, bytes: ExchangeLine.encode(answer, subject: facts.subject), at: source.time.now())
    }

    /// Whether a page's answer is the one that came before it, or that to the page before which an earlier attempt kept, as far
    /// as that can be told without its bytes.
    private func isFamiliar(_ answer: WistiaAnswer, _ page: Int, _ facts: ExchangeFacts) -> Bool {
        if let lastPage, lastPage.number != page, lastPage.body == answer.body { return true }
        return parts.contains { part in
            part.stream == buffer.stream && part.writerID != run.parts.writerID
                && part.lines.contains { kept in
                    guard case .page(page - 1, _) = kept.subject else { return false }
                    return !facts.members.isEmpty && kept.members == facts.members
                }
        }
    }

    // MARK: Streams

    /// Begins to buffer a stream's lines; those of the one before have been written.
    mutating func begin(_ stream: Stream) {
        precondition(buffer.isEmpty, "the lines of one stream are written before the next begins")
        buffer = PartBuffer(stream: stream)
    }

    /// Reads the media list, or the media that were asked for.
    ///
    /// A media that is deleted between two pages pulls the later ones up by a place, and one of them is then on neither. So the
    /// list is read until a pass tells of nothing new, and one that an earlier attempt began is read again from its first page.
    /// All that any pass told of is asked about.
    ///
    /// - Returns: The ids, each once, in the order of the lists.
    private mutating func readMedia() async throws -> [String] {
        if !source.mediaIDs.isEmpty {
            try await readEach(of: source.mediaIDs, stream: .media) { try await $0.media(id: $1) }
        } else if !hasMediaList {
            begin(.media)
            var passes = MediaListPasses()
            while !passes.areEnough {
                let page = passes.nextPage
                let answer = try await ask { try await $0.medias(page: page) }
                guard isOfRunsDay(answer) else { throw IsOfAnotherDay() }
                passes.note(try await keepPage(answer, page, subject: .page(page)))
                try await flushIfDue()
            }
            try await flush()
        }
        // The answers name the media, whatever they were asked for by: an id may also be the numeric one.
        var seen: Set<String> = []
        return parts.filter { $0.stream == .media }.flatMap(\.lines).flatMap(\.mediaIDs)
            .filter { seen.insert($0).inserted }
    }

    /// Whether one of the earlier attempts read the media list often enough.
    private var hasMediaList: Bool {
        var passes: [String?: MediaListPasses] = [:]
        for part in parts where part.stream == .media {
            for facts in part.lines { passes[part.writerID, default: MediaListPasses()].note(facts) }
        }
        return passes.values.contains(where: \.areEnough)
    }

    /// What came of a question about a media.
    private struct MediaEvent: Sendable {
        var id: String
        var result: Result<WistiaAnswer, any Error>
    }

    /// Asks about each media, some at once; one that is gone is recorded and does not stop the others.
    private mutating func readEach(
        of ids: [String], stream: Stream,
        request: @escaping @Sendable (WistiaClient, String) async throws -> WistiaAnswer
    ) async throws {
        let known = Set(parts.filter { $0.stream == stream }.flatMap(\.lines).map(\.subject))
        begin(stream)
        var waiting = ids.filter { !known.contains(.media($0)) }[...]
        var gone: Set<String> = []
        let stop = await withTaskGroup(of: MediaEvent.self) {
            group in
            var stop: (any Error)?
            var requestsInFlight = 0
            while true {
                if stop == nil, isTimeUp(withinSeconds: WistiaBronze.handOverSeconds) { stop = TimeIsUp() }
                while stop == nil, requestsInFlight < CrawlRun.mediaInFlightMaximum,
                    let id = waiting.popFirst()
                {
                    requestsInFlight += 1
                    group.addTask { [client] in
                        do {
                            return MediaEvent(id: id, result: .success(try await request(client, id)))
                        } catch {
                            return MediaEvent(id: id, result: .failure(error))
                        }
                    }
                }
                guard let event = await group.next() else { return stop }
                requestsInFlight -= 1
                do {
                    let answer = try event.result.get()
                    guard isOfRunsDay(answer) else { throw IsOfAnotherDay() }
                    try keep(answer, subject: .media(event.id))
                    if stop == nil { try await flushIfDue() }
                } catch let error as WistiaError where error.kind == .notFound {
                    gone.insert(event.id)
                } catch {
                    stop = stop ?? (isForNextInvocation(error) ? TimeIsUp() : error)
                }
            }
        }
        failed += ids.filter(gone.contains).map { .init(subject: $0, stream: stream, status: 404) }
        if let stop { throw stop }
        try await flush()
    }

    // MARK: Commit

    /// The deepest page that held visitors, or page 1 where none did.
    private var visitorPageCount: Int {
        let crawled = parts.filter { $0.stream == .visitors }.flatMap(\.keptCrawlPages)
        return crawled.filter { $0.page.rowCount > 0 }.map(\.page.number).max() ?? 1
    }

    /// The pages that the parts leave out, as text; nil when nobody can have been missed.
    private var missingPages: String? {
        let crawled = parts.filter { $0.stream == .visitors }
        let lapPages = Set(crawled.flatMap(\.lapPages))
        if let missing = pageRanges(Set(1...max(1, lapPages.max() ?? 1)).subtracting(lapPages)) {
            return missing
        }
        if visitors.hasReachedEnd {
            return FullCrawl(resuming: crawled.flatMap(\.keptCrawlPages)).firstMissingPage.map { "\($0)" }
        }
        // Another attempt at the same run may have read everything, as far as it came.
        return pageRanges(Set(1...visitors.crawledPageCount).subtracting(crawled.flatMap(\.crawlPages)))
    }

    /// The parts that the commit is to list.
    ///
    /// Of media without any counters that were answered in time nothing is known but that they were there: that is no snapshot.
    private var keptParts: [CrawlPart] {
        skipped.isEmpty || parts.contains { $0.stream == .mediaStats }
            ? parts : parts.filter { $0.stream == .visitors }
    }

    private func makeReading() throws -> Reading {
        let parts = keptParts
        let previousWatermark = previous?.watermark.flatMap { Timestamp(rfc3339: $0) }
        var ledger: [String: BronzeCommit.StreamLedger] = [:]
        for stream in Stream.ofWistia {
            let ours = parts.filter { $0.stream == stream }
            let isKept = stream == .visitors || parts.count == self.parts.count
            let counts = BronzeCommit.StreamLedger(
                requests: ours.reduce(0) { $0 + $1.lines.count },
                // What another attempt was answered is known from its parts alone.
                rowsAnswered: ours.filter { $0.writerID != run.parts.writerID }.reduce(0) { $0 + $1.rowCount }
                    + (isKept ? rowsAnswered[stream, default: 0] : 0),
                rowsInParts: ours.reduce(0) { $0 + $1.rowCount })
            guard counts.rowsAnswered == counts.rowsInParts else {
                throw LakeError.ledger(
                    layer: "bronze", table: stream.rawValue,
                    counts: "\(counts.rowsAnswered) rows answered, \(counts.rowsInParts) rows in parts")
            }
            ledger[stream.rawValue] = counts
        }
        let runID = run.request.run.id
        if let missing = missingPages { throw LakeError.pagesMissing(runID: runID, pages: missing) }
        guard let runStart = visitors.runStart else { throw LakeError.pagesMissing(runID: runID, pages: "1") }
        let isFull = visitors.hasReachedEnd
        return Reading(
            parts: parts.sorted { ($0.streamOrder, $0.number) < ($1.streamOrder, $1.number) }.map {
                BronzeCommit.Part($0, rows: $0.rowCount)
            },
            ledger: ledger, complete: isFull ? [.visitors] : [], failed: failed, skipped: skipped.sorted(),
            cursor: try Cursor(
                CrawlCursor(
                    runStart: runStart.iso8601,
                    watermark: visitors.watermark(after: previousWatermark)?.iso8601,
                    lastFullCrawl: isFull
                        ? run.request.run.extractionDate.description : previous?.lastFullCrawl,
                    visitorPageCount: isFull ? visitorPageCount : previous?.visitorPageCount)))
    }
}

extension StoredPart<ExchangeFacts> {
    fileprivate var streamOrder: Int { Stream.ofWistia.firstIndex(of: stream) ?? 0 }
}
