import AWS
import Datasets
import HTTP
import JSON
import Logging
import Wistia

/// One invocation's work on a run: its state between the first request and the commit.
struct BronzeRun {
    /// Media that are asked about at once at most; at 480 requests a minute and 2 s an answer it is 16.
    static let mediaInFlightMaximum = 16

    let stage: BronzeStage
    let request: BronzeStage.Request
    let deadline: Timestamp?
    let previous: BronzeState?
    let shelf: PartShelf

    private(set) var failedMedia: [BronzeCommit.FailedMedia] = []
    private(set) var parts: [StoredPart] = []
    /// How many parts of visitors lay there before this attempt's first request.
    private(set) var partsKnown = 0
    private var rowsAnswered: [Stream: Int] = [:]
    var visitors: VisitorsCrawl
    /// What was read and is not in a part yet; all of one stream.
    var buffer = PartBuffer(stream: .media)
    /// The page that came last and its answer; an API that does not heed `page` would give that for ever.
    private var lastPage: (number: Int, body: [UInt8])?
    private let parser = JSONParser()

    init(
        stage: BronzeStage, request: BronzeStage.Request, deadline: Timestamp?, previous: BronzeState?
    ) {
        self.stage = stage
        self.request = request
        self.deadline = deadline
        self.previous = previous
        shelf = PartShelf(
            store: stage.store, bucket: stage.bucket, run: request.run,
            writerID: String(stage.random.next(), radix: 16), time: stage.time, random: stage.random)
        visitors = VisitorsCrawl(
            watermark: BronzeRun.isFullCrawlDue(request: request, previous: previous)
                ? nil : previous?.watermark.flatMap { Timestamp(rfc3339: $0) })
    }

    /// Whether every visitor is to be read: on demand, at first, and once a week.
    static func isFullCrawlDue(request: BronzeStage.Request, previous: BronzeState?) -> Bool {
        guard !request.isFull, let last = previous?.lastFullCrawl.flatMap({ UTCDate($0) }) else {
            return true
        }
        let days = request.run.extractionDate.daysSinceEpoch - last.daysSinceEpoch
        return days >= BronzeStage.fullCrawlIntervalDays
    }

    /// Reads what is not in parts yet.
    ///
    /// - Returns: The commit to be written; nil when the time was up and the next invocation goes on.
    mutating func finish() async throws -> BronzeCommit? {
        try await loadParts()
        do {
            let ids = try await readMedia()
            try await readEach(of: ids, stream: .mediaStats) { try await $0.mediaStats(id: $1) }
            try await readEach(of: ids, stream: .mediaEngagement) { try await $0.mediaEngagement(id: $1) }
            try await readVisitors()
        } catch is TimeIsUp {
            try await flush()
            try await writeContinuation()
            return nil
        } catch {
            // Whatever ended the reading, what was read is kept. If S3 is what failed, it was asked often enough, and of two
            // errors the first tells what to do.
            if !(error is S3Error) { await flushAfterFailure() }
            throw error
        }
        return try makeCommit()
    }

    /// Thrown when the next invocation has to go on.
    struct TimeIsUp: Error {}

    // MARK: Parts

    /// Takes up what earlier attempts left.
    private mutating func loadParts() async throws {
        parts = try await shelf.parts()
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
            for facts in part.exchanges { visitors.note(facts) }
        }
    }

    /// Writes the buffered lines.
    mutating func flush() async throws {
        guard !buffer.isEmpty else { return }
        let lines = buffer.takeAll()
        do {
            take(
                try await shelf.write(
                    lines, metadata: metadata(of: lines), from: nextNumber(of: lines.stream)))
        } catch {
            buffer.restore(lines)
            throw error
        }
    }

    /// Takes parts that were adopted, and the one that was written, which is the last.
    mutating func take(_ written: [StoredPart]) {
        parts += written
        if let part = written.last { log(part) }
    }

    /// The number of a stream's next part.
    func nextNumber(of stream: Stream) -> Int {
        (parts.filter { $0.stream == stream }.map(\.number).max() ?? 0) + 1
    }

    func metadata(of buffer: PartBuffer) -> [String: String] {
        var metadata = [PartMetadata.writerID: shelf.writerID]
        var pages: [Int] = []
        var lapPages: [Int] = []
        for line in buffer.lines {
            switch line.facts.subject {
            case .page(let page, _): pages.append(page)
            case .lapPage(let page): lapPages.append(page)
            case .media: break
            }
        }
        metadata[PartMetadata.pages] = pageRanges(pages)
        metadata[PartMetadata.lapPages] = pageRanges(lapPages)
        guard buffer.stream == .visitors, let runStart = visitors.runStart else { return metadata }
        metadata[PartMetadata.partsKnown] = "\(partsKnown)"
        metadata[PartMetadata.runStart] = runStart.iso8601
        metadata[PartMetadata.floor] = visitors.floor?.iso8601 ?? PartMetadata.noFloor
        return metadata
    }

    private func log(_ part: StoredPart) {
        stage.logger.info(
            "part written",
            metadata: [
                "key": "\(part.key)", "requests": "\(part.exchanges.count)", "rows": "\(part.rowCount)",
                "size_bytes": "\(part.sizeBytes)",
            ])
    }

    /// Writes what was read before something else failed, if S3 takes it.
    private mutating func flushAfterFailure() async {
        do {
            try await flush()
        } catch {
            stage.logger.warning(
                "the answers since the last part could not be written and will be asked for again: \(error)")
        }
    }

    mutating func flushIfDue() async throws {
        if buffer.isDue(at: stage.time.now()) { try await flush() }
    }

    /// Asks the API, unless it is time to hand over to the next invocation.
    func ask(_ request: (WistiaClient) async throws -> WistiaAnswer) async throws -> WistiaAnswer {
        guard !isTimeUp(withinSeconds: BronzeStage.handOverSeconds) else { throw TimeIsUp() }
        do {
            return try await request(stage.wistia)
        } catch {
            throw isForNextInvocation(error) ? TimeIsUp() : error
        }
    }

    /// Whether a failure to get an answer only says that the time was short.
    func isForNextInvocation(_ error: any Error) -> Bool {
        guard let error = error as? WistiaError else { return false }
        let isPassing = [.throttled, .serverFailed, .unreachable].contains(error.kind)
        return error.kind == .deadlineReached
            || isPassing && isTimeUp(withinSeconds: BronzeStage.patienceSeconds)
    }

    func isTimeUp(withinSeconds seconds: Double) -> Bool {
        guard let deadline else { return false }
        return deadline.seconds(since: stage.time.now()) < seconds
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
            let before = try await ask { [stream = buffer.stream] wistia in
                stream == .media
                    ? try await wistia.medias(page: page - 1) : try await wistia.visitors(page: page - 1)
            }
            let others = try self.facts(of: before, subject: .page(page - 1))
            guard before.body != answer.body, others.members.isDisjoint(with: facts.members) else {
                throw PipelineError.endlessList(subject: "\(buffer.stream.rawValue) page \(page)")
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
            .init(facts: facts, bytes: ExchangeLine.encode(answer, subject: facts.subject)),
            at: stage.time.now())
    }

    /// Whether a page's answer is the one that came before it, or that to the page before which an earlier attempt kept, as far
    /// as that can be told without its bytes.
    private func isFamiliar(_ answer: WistiaAnswer, _ page: Int, _ facts: ExchangeFacts) -> Bool {
        if let lastPage, lastPage.number != page, lastPage.body == answer.body { return true }
        return parts.contains { part in
            part.stream == buffer.stream && part.writerID != shelf.writerID
                && part.exchanges.contains { kept in
                    guard case .page(page - 1, _) = kept.subject else { return false }
                    return !facts.members.isEmpty && kept.members == facts.members
                }
        }
    }

    private func writeContinuation() async throws {
        guard request.invocation <= BronzeStage.continuationsMaximum else {
            throw PipelineError.tooManyContinuations(runID: request.run.id, count: request.invocation - 1)
        }
        let next = Continuation(
            source: request.run.source, runID: request.run.id,
            extractionDate: request.run.extractionDate.description, number: request.invocation + 1,
            isFull: request.isFull)
        // Unconditional: a repeated attempt has to start the next invocation again, since the first notification may be lost.
        _ = try await stage.store.put(
            ObjectLayout.continuationKey(run: request.run, number: next.number), bucket: stage.bucket,
            body: try ObjectJSON.encode(next), contentType: "application/json", condition: nil, metadata: [:])
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
        guard stage.mediaIDs.isEmpty else {
            try await readEach(of: stage.mediaIDs, stream: .media) { try await $0.media(id: $1) }
            return stage.mediaIDs
        }
        if !hasMediaList {
            begin(.media)
            var passes = MediaListPasses()
            while !passes.areEnough {
                let page = passes.nextPage
                let answer = try await ask { try await $0.medias(page: page) }
                passes.note(try await keepPage(answer, page, subject: .page(page)))
                try await flushIfDue()
            }
            try await flush()
        }
        var seen: Set<String> = []
        return parts.filter { $0.stream == .media }.flatMap(\.exchanges).flatMap(\.mediaIDs)
            .filter { seen.insert($0).inserted }
    }

    /// Whether one of the earlier attempts read the media list often enough.
    private var hasMediaList: Bool {
        var passes: [String?: MediaListPasses] = [:]
        for part in parts where part.stream == .media {
            for facts in part.exchanges { passes[part.writerID, default: MediaListPasses()].note(facts) }
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
        let known = Set(parts.filter { $0.stream == stream }.flatMap(\.exchanges).map(\.subject))
        begin(stream)
        var waiting = ids.filter { !known.contains(.media($0)) }[...]
        var gone: Set<String> = []
        let stop = await withTaskGroup(of: MediaEvent.self) {
            group in
            var stop: (any Error)?
            var requestsInFlight = 0
            while true {
                if stop == nil, isTimeUp(withinSeconds: BronzeStage.handOverSeconds) { stop = TimeIsUp() }
                while stop == nil, requestsInFlight < BronzeRun.mediaInFlightMaximum,
                    let id = waiting.popFirst()
                {
                    requestsInFlight += 1
                    group.addTask { [wistia = stage.wistia] in
                        do {
                            return MediaEvent(id: id, result: .success(try await request(wistia, id)))
                        } catch {
                            return MediaEvent(id: id, result: .failure(error))
                        }
                    }
                }
                guard let event = await group.next() else { return stop }
                requestsInFlight -= 1
                do {
                    try keep(try event.result.get(), subject: .media(event.id))
                    if stop == nil { try await flushIfDue() }
                } catch let error as WistiaError where error.kind == .notFound {
                    gone.insert(event.id)
                } catch {
                    stop = stop ?? (isForNextInvocation(error) ? TimeIsUp() : error)
                }
            }
        }
        failedMedia += ids.filter(gone.contains).map { .init(mediaID: $0, stream: stream, status: 404) }
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

    private func makeCommit() throws -> BronzeCommit {
        let previousWatermark = previous?.watermark.flatMap { Timestamp(rfc3339: $0) }
        var ledger: [String: BronzeCommit.StreamLedger] = [:]
        var unknownFields: [String: [String: Int]] = [:]
        for stream in Stream.allCases {
            let ours = parts.filter { $0.stream == stream }
            let counts = BronzeCommit.StreamLedger(
                requests: ours.reduce(0) { $0 + $1.exchanges.count },
                // What another attempt was answered is known from its parts alone.
                rowsAnswered: ours.filter { $0.writerID != shelf.writerID }.reduce(0) { $0 + $1.rowCount }
                    + rowsAnswered[stream, default: 0],
                rowsInParts: ours.reduce(0) { $0 + $1.rowCount })
            guard counts.rowsAnswered == counts.rowsInParts else {
                throw PipelineError.ledger(
                    layer: "bronze", table: stream.rawValue,
                    counts: "\(counts.rowsAnswered) rows answered, \(counts.rowsInParts) rows in parts")
            }
            ledger[stream.rawValue] = counts
            for facts in ours.flatMap(\.exchanges) where !facts.unknownFields.isEmpty {
                unknownFields[stream.rawValue, default: [:]].merge(facts.unknownFields, uniquingKeysWith: +)
            }
        }
        if let missing = missingPages {
            throw PipelineError.pagesMissing(runID: request.run.id, pages: missing)
        }
        guard let runStart = visitors.runStart else {
            throw PipelineError.pagesMissing(runID: request.run.id, pages: "1")
        }
        let date = request.run.extractionDate.description
        return BronzeCommit(
            source: request.run.source, runID: request.run.id, extractionDate: date,
            runStart: runStart.iso8601, isFullCrawl: visitors.hasReachedEnd,
            watermark: visitors.watermark(after: previousWatermark)?.iso8601,
            lastFullCrawl: visitors.hasReachedEnd ? date : previous?.lastFullCrawl,
            visitorPageCount: visitors.hasReachedEnd ? visitorPageCount : previous?.visitorPageCount,
            parts: parts.sorted { ($0.streamOrder, $0.number) < ($1.streamOrder, $1.number) }.map { part in
                BronzeCommit.Part(
                    stream: part.stream, key: part.key, etag: part.etag.value,
                    requests: part.exchanges.count, rows: part.rowCount,
                    pages: pageRanges(part.crawlPages), lapPages: pageRanges(part.lapPages))
            },
            ledger: ledger, failedMedia: failedMedia, unknownFields: unknownFields)
    }
}

extension StoredPart {
    fileprivate var streamOrder: Int { Stream.allCases.firstIndex(of: stream) ?? 0 }
}
