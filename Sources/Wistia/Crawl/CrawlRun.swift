import AWS
import HTTP
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
    private(set) var parts: [Stream: [CrawlPart]] = [:]
    /// How many parts of visitors lay there before this attempt's first request.
    private(set) var partsKnown = 0
    private var rowsAnswered: [Stream: Int] = [:]
    var visitors: VisitorsCrawl
    /// What was read and is not in a part yet; all of one stream.
    var buffer = PartBuffer<ExchangeFacts>(stream: .media)
    /// The page that came last and its answer; an API that does not heed `page` would give that for ever.
    private var lastPage: (number: Int, body: [UInt8])?
    /// The marks of each page of the stream, as earlier attempts were answered.
    private var knownMarks: [Int: [[UInt64]]] = [:]

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
                try await readEach(of: ids, stream: .mediaStats, Endpoint.mediaStats)
                try await readEach(of: ids, stream: .mediaEngagement, Endpoint.mediaEngagement)
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
        answer.moment.seconds(since: run.request.time) <= CrawlRun.snapshotSecondsMaximum
            && answer.moment.seconds(since: run.request.run.extractionDate.start)
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
        parts = Dictionary(
            grouping: try await run.parts.parts(of: Stream.ofWistia, inspect: ExchangeLine.facts),
            by: \.stream)
        let crawled = parts[.visitors, default: []]
        partsKnown = crawled.map(\.number).max() ?? 0
        // Of attempts at the same time the one that began first may have written last.
        guard let runStart = crawled.compactMap(\.runStart).min() else { return }
        // An attempt that decided to read everything, because the order did not hold, decided for all.
        let lowerBound = crawled.contains { $0.lowerBound == nil } ? nil : crawled.first?.lowerBound
        visitors = VisitorsCrawl(lowerBound: lowerBound, runStart: runStart)
        // Each attempt's parts are in the order of its answers.
        for (index, part) in crawled.enumerated() {
            // Nobody begins the re-scan before the whole list lies in earlier parts.
            if part.lines.contains(where: \.subject.isRescan), visitors.step == .crawlAll,
                FullCrawl(resuming: crawled[..<index].flatMap(\.keptCrawlPages)).isDone
            {
                visitors.noteEnd()
            }
            for facts in part.lines { visitors.note(facts) }
        }
    }

    /// Lines that were to be written, and the parts that came of it: those that were adopted, and the one that was written.
    typealias Write = (lines: PartBuffer<ExchangeFacts>, parts: Result<[CrawlPart], any Error>)

    /// Writes the buffered lines.
    mutating func flush() async throws {
        guard !buffer.isEmpty else { return }
        let write = beginWrite()
        try end(await write())
    }

    /// Takes the lines out of the buffer, and hands out what writes them as their stream's next part.
    mutating func beginWrite() -> @Sendable () async -> Write {
        let lines = buffer
        buffer = PartBuffer(stream: lines.stream)
        let number = (parts[lines.stream, default: []].map(\.number).max() ?? 0) + 1
        return { [store = run.parts, metadata = metadata(of: lines)] in
            await (
                lines,
                Result {
                    try await store.write(
                        lines, metadata: metadata, from: number, inspect: ExchangeLine.facts)
                }
            )
        }
    }

    /// Takes in what came of a write; lines that could not be written go back into the buffer.
    mutating func end(_ write: Write) throws {
        do {
            let written = try write.parts.get()
            parts[write.lines.stream, default: []] += written
            guard let part = written.last else { return }
            source.logger.info(
                "part written",
                metadata: [
                    "key": "\(part.key)", "requests": "\(part.lines.count)", "rows": "\(part.rowCount)",
                    "size_bytes": "\(part.sizeBytes)",
                ])
        } catch {
            buffer.restore(write.lines)
            throw error
        }
    }

    private func metadata(of lines: PartBuffer<ExchangeFacts>) -> [String: String] {
        guard lines.stream == .visitors, let runStart = visitors.runStart else { return [:] }
        let rescanCount = lines.lines.count(where: \.subject.isRescan)
        return [
            CrawlMetadata.partsKnown: "\(partsKnown)", CrawlMetadata.runStart: runStart.iso8601,
            CrawlMetadata.lowerBound: visitors.lowerBound?.iso8601 ?? CrawlMetadata.noLowerBound,
            CrawlMetadata.rescanPages: rescanCount > 0 ? "\(rescanCount)" : nil,
        ].compactMapValues { $0 }
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

    /// Asks the API, unless it is time to leave the rest to the next invocation.
    func ask(_ endpoint: Endpoint) async throws -> WistiaAnswer {
        guard !isTimeUp(withinSeconds: WistiaBronze.continueSeconds) else { throw TimeIsUp() }
        do {
            return try await client.send(endpoint)
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
    private mutating func keep(_ answer: WistiaAnswer) {
        rowsAnswered[buffer.stream, default: 0] += answer.facts.rowCount
        buffer.append(answer.facts, bytes: ExchangeLine.encode(answer), at: source.time.now())
    }

    /// Takes the answer to a page, unless it is that to the page before: then the list would have no end.
    mutating func keepPage(_ answer: WistiaAnswer) async throws {
        let page = answer.facts.page
        if page > 1, answer.facts.rowCount > 0, isFamiliar(answer, page) {
            // It is right if everybody moved on by exactly one page since; then the page before is another one now.
            let before = try await ask(
                buffer.stream == .media ? .medias(page: page - 1) : .visitors(.page(page - 1)))
            guard before.body != answer.body, !before.facts.shares(rowWith: answer.facts) else {
                throw LakeError.endlessList(subject: "\(buffer.stream.rawValue) page \(page)")
            }
        }
        lastPage = (page, answer.body)
        keep(answer)
        guard buffer.stream == .visitors else { return }
        visitors.begin(at: answer.moment)
        visitors.note(answer.facts)
    }

    /// Whether a page's answer is the one that came before it, or that to the page before which an earlier attempt kept, as far
    /// as that can be told without its bytes.
    private func isFamiliar(_ answer: WistiaAnswer, _ page: Int) -> Bool {
        if let lastPage, lastPage.number != page, lastPage.body == answer.body { return true }
        return !answer.facts.marks.isEmpty && knownMarks[page - 1]?.contains(answer.facts.marks) == true
    }

    // MARK: Streams

    /// Begins to buffer a stream's lines; those of the one before have been written.
    mutating func begin(_ stream: Stream) {
        precondition(buffer.isEmpty, "the lines of one stream are written before the next begins")
        buffer = PartBuffer(stream: stream)
        knownMarks = [:]
        for facts in parts[stream, default: []].flatMap(\.lines) where !facts.subject.isRescan {
            knownMarks[facts.page, default: []].append(facts.marks)
        }
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
            try await readEach(of: source.mediaIDs, stream: .media, Endpoint.media)
        } else if !hasMediaList {
            begin(.media)
            var passes = MediaListPasses()
            while !passes.areEnough {
                let answer = try await ask(.medias(page: passes.nextPage))
                guard isOfRunsDay(answer) else { throw IsOfAnotherDay() }
                try await keepPage(answer)
                passes.note(answer.facts)
                try await flushIfDue()
            }
            try await flush()
        }
        // The answers name the media, whatever they were asked for by: an id may also be the numeric one.
        var seen: Set<String> = []
        return parts[.media, default: []].flatMap(\.lines).flatMap(\.mediaIDs)
            .filter { seen.insert($0).inserted }
    }

    /// Whether one of the earlier attempts read the media list often enough.
    private var hasMediaList: Bool {
        var passes: [String?: MediaListPasses] = [:]
        for part in parts[.media, default: []] {
            for facts in part.lines { passes[part.writerID, default: MediaListPasses()].note(facts) }
        }
        return passes.values.contains(where: \.areEnough)
    }

    /// Asks about each media, some at once; one that is gone is recorded and does not stop the others.
    private mutating func readEach(
        of ids: [String], stream: Stream, _ endpoint: @Sendable (String) -> Endpoint
    ) async throws {
        let known = Set(parts[stream, default: []].flatMap(\.lines).map(\.subject))
        begin(stream)
        var waiting = ids.filter { !known.contains(.media($0)) }[...]
        var gone: Set<String> = []
        let stop = await withTaskGroup(of: (id: String, answer: Result<WistiaAnswer, any Error>).self) {
            group in
            var stop: (any Error)?
            var requestsInFlight = 0
            while true {
                if stop == nil, isTimeUp(withinSeconds: WistiaBronze.continueSeconds) { stop = TimeIsUp() }
                while stop == nil, requestsInFlight < CrawlRun.mediaInFlightMaximum,
                    let id = waiting.popFirst()
                {
                    requestsInFlight += 1
                    group.addTask { [client, endpoint = endpoint(id)] in
                        await (id, Result { try await client.send(endpoint) })
                    }
                }
                guard let event = await group.next() else { return stop }
                requestsInFlight -= 1
                do {
                    let answer = try event.answer.get()
                    guard isOfRunsDay(answer) else { throw IsOfAnotherDay() }
                    keep(answer)
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
        let crawled = parts[.visitors, default: []].flatMap(\.lines).filter { !$0.subject.isRescan }
        return crawled.filter { $0.rowCount > 0 }.map(\.page).max() ?? 1
    }

    /// The first page that the parts leave out; nil when nobody can have been missed.
    private var missingPage: Int? {
        let crawled = parts[.visitors, default: []]
        let subjects = Set(crawled.flatMap(\.lines).map(\.subject))
        let rescanned = subjects.filter(\.isRescan).compactMap(\.page)
        if let missing = firstGap(in: rescanned, upTo: rescanned.max() ?? 1) { return missing }
        if visitors.hasReachedEnd {
            return FullCrawl(resuming: crawled.flatMap(\.keptCrawlPages)).firstMissingPage
        }
        // Another attempt at the same run may have read everything, as far as it came.
        return firstGap(
            in: subjects.filter { !$0.isRescan }.compactMap(\.page), upTo: visitors.crawledPageCount)
    }

    private func firstGap(in pages: [Int], upTo last: Int) -> Int? {
        let pages = Set(pages)
        return (1...max(1, last)).first { !pages.contains($0) }
    }

    private func makeReading() throws -> Reading {
        // Of media without any counters that were answered in time nothing is known but that they were there: that is no
        // snapshot.
        let hasSnapshot = skipped.isEmpty || parts[.mediaStats] != nil
        let previousWatermark = previous?.watermark.flatMap { Timestamp(rfc3339: $0) }
        var listed: [CrawlPart] = []
        var ledger: [String: BronzeCommit.StreamLedger] = [:]
        for stream in Stream.ofWistia {
            let isListed = hasSnapshot || stream == .visitors
            let ours = isListed ? parts[stream, default: []] : []
            let counts = BronzeCommit.StreamLedger(
                requests: ours.reduce(0) { $0 + $1.lines.count },
                // What another attempt was answered is known from its parts alone.
                rowsAnswered: ours.filter { $0.writerID != run.parts.writerID }.reduce(0) { $0 + $1.rowCount }
                    + (isListed ? rowsAnswered[stream, default: 0] : 0),
                rowsInParts: ours.reduce(0) { $0 + $1.rowCount })
            guard counts.rowsAnswered == counts.rowsInParts else {
                throw LakeError.ledger(
                    layer: "bronze", table: stream.rawValue,
                    counts: "\(counts.rowsAnswered) rows answered, \(counts.rowsInParts) rows in parts")
            }
            ledger[stream.rawValue] = counts
            listed += ours.sorted { $0.number < $1.number }
        }
        guard missingPage == nil, let runStart = visitors.runStart else {
            throw LakeError.pagesMissing(runID: run.request.run.id, first: missingPage ?? 1)
        }
        let isFull = visitors.hasReachedEnd
        return Reading(
            parts: listed.map { BronzeCommit.Part($0, rows: $0.rowCount) },
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
