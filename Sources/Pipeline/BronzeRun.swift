import AWS
import Datasets
import HTTP
import JSON
import Logging
import Wistia

/// One invocation's work on a run: its state between the first request and the commit.
struct BronzeRun {
    /// Pages in a part at most; with a full page of visitors at 70 kB a part is some 7 MB before compression.
    static let partLinesMaximum = 100
    /// Seconds between parts at most, so that a crash loses no more than that.
    static let partSecondsMaximum = 60.0
    /// Bytes in a part at most, before compression.
    static let partSizeBytesMaximum = 32 << 20

    /// How often the media list is read at most; each pass but the first and the last found a media that slid.
    static let listPassesMaximum = 4

    let stage: BronzeStage
    let request: BronzeStage.Request
    let deadline: Timestamp?
    let previous: BronzeState?
    /// Tells this attempt's parts from those of another attempt at the same run.
    let writerID: String

    private(set) var failedMedia: [BronzeCommit.FailedMedia] = []
    private var parts: [StoredPart] = []
    private var rowsAnswered: [Stream: Int] = [:]
    private var visitors: VisitorsCrawl
    /// What was read and is not in a part yet; all of one stream.
    private var buffer = PartBuffer(stream: .media)
    /// The answer to the page that was read last; an API that does not heed `page` would give it for ever.
    private var lastPage: [UInt8] = []
    private let parser = JSONParser()
    private let reader = PartReader()

    init(
        stage: BronzeStage, request: BronzeStage.Request, deadline: Timestamp?, previous: BronzeState?
    ) {
        self.stage = stage
        self.request = request
        self.deadline = deadline
        self.previous = previous
        writerID = String(stage.random.next(), radix: 16)
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
    private struct TimeIsUp: Error {}

    // MARK: Parts

    /// Takes up what earlier attempts left.
    private mutating func loadParts() async throws {
        for stream in Stream.allCases {
            let prefix = ObjectLayout.partPrefix(stream: stream, run: request.run)
            for listed in try await stage.store.list(prefix: prefix, bucket: stage.bucket) {
                guard let number = ObjectLayout.partNumber(ofKey: listed.key, prefix: prefix) else {
                    continue
                }
                _ = try await adoptPart(stream: stream, number: number)
            }
        }
        let crawled = parts.filter { $0.stream == .visitors }
        guard let first = crawled.first, let runStart = first.runStart else { return }
        visitors = VisitorsCrawl(floor: first.floor, runStart: runStart)
        // Each attempt's parts are in the order of its requests, and what is not next changes nothing.
        for facts in crawled.flatMap(\.exchanges) { visitors.note(facts) }
    }

    /// Takes a part that is there; nil when it is not.
    private mutating func adoptPart(stream: Stream, number: Int) async throws -> StoredPart? {
        let key = ObjectLayout.partKey(stream: stream, run: request.run, number: number)
        guard let object = try await stage.store.objectIfPresent(key, bucket: stage.bucket) else {
            return nil
        }
        let part = try storedPart(
            stream: stream, number: number, bytes: object.body, etag: object.attributes.etag,
            metadata: object.attributes.metadata)
        parts.append(part)
        return part
    }

    /// Counts a part's exchanges and rows from its bytes.
    private func storedPart(
        stream: Stream, number: Int, bytes: [UInt8], etag: ETag, metadata: [String: String]
    ) throws -> StoredPart {
        let key = ObjectLayout.partKey(stream: stream, run: request.run, number: number)
        let isLap = metadata[PartMetadata.lapPages] != nil
        var part = StoredPart(
            stream: stream, number: number, key: key, etag: etag,
            writerID: metadata[PartMetadata.writerID],
            runStart: metadata[PartMetadata.runStart].flatMap { Timestamp(rfc3339: $0) },
            floor: metadata[PartMetadata.floor].flatMap { Timestamp(rfc3339: $0) }, exchanges: [])
        try reader.forEachExchange(in: bytes, key: key, bucket: stage.bucket, runID: request.run.id) {
            exchange, body in
            let subject: ExchangeFacts.Subject
            if let page = exchange.page {
                subject = isLap ? .lapPage(page) : .page(page)
            } else {
                subject = .media(exchange.mediaID ?? "")
            }
            part.exchanges.append(try ExchangeFacts(stream: stream, subject: subject, body: body))
        }
        return part
    }

    /// Writes the buffered lines as their stream's next part.
    ///
    /// A part that another attempt wrote under the number is adopted, and the lines go whole under the next one: what that
    /// attempt read of the same pages is of another moment, and a row that moved in between would be in neither if pages of
    /// both were mixed. A refusal may also be the echo of this attempt's own write whose reply was lost.
    private mutating func flush() async throws {
        guard !buffer.isEmpty else { return }
        let bytes = try buffer.compressed()
        while true {
            let part = try await writeOrAdopt(
                bytes, metadata: metadata(of: buffer), stream: buffer.stream)
            guard part.writerID == writerID else { continue }
            log(part, sizeBytes: bytes.count)
            buffer.removeAll()
            return
        }
    }

    /// Writes a part under the stream's next number, or takes the one that is there.
    private mutating func writeOrAdopt(_ bytes: [UInt8], metadata: [String: String], stream: Stream)
        async throws
        -> StoredPart
    {
        let number = (parts.filter { $0.stream == stream }.map(\.number).max() ?? 0) + 1
        let key = ObjectLayout.partKey(stream: stream, run: request.run, number: number)
        let resource = "s3://\(stage.bucket)/\(key)"
        return try await redoingOnConflict(resource, time: stage.time, random: stage.random) {
            do {
                let etag = try await stage.store.put(
                    key, bucket: stage.bucket, body: bytes, contentType: "application/gzip",
                    condition: .ifNoneMatch, metadata: metadata)
                let part = try storedPart(
                    stream: stream, number: number, bytes: bytes, etag: etag, metadata: metadata)
                parts.append(part)
                return part
            } catch let error as S3Error where error.isWriteConflict {
                // 409 says that another write is under way; until it is done there is nothing to adopt.
                guard let part = try await adoptPart(stream: stream, number: number) else { throw error }
                return part
            }
        }
    }

    private func metadata(of buffer: PartBuffer) -> [String: String] {
        var metadata = [PartMetadata.writerID: writerID]
        var pages: [Int] = []
        var lapPages: [Int] = []
        for line in buffer.lines {
            switch line.facts.subject {
            case .page(let page): pages.append(page)
            case .lapPage(let page): lapPages.append(page)
            case .media: break
            }
        }
        metadata[PartMetadata.pages] = pageRanges(pages)
        metadata[PartMetadata.lapPages] = pageRanges(lapPages)
        if let runStart = visitors.runStart {
            metadata[PartMetadata.runStart] = runStart.iso8601
            metadata[PartMetadata.floor] = visitors.floor?.iso8601 ?? PartMetadata.noFloor
        }
        return metadata
    }

    private func log(_ part: StoredPart, sizeBytes: Int) {
        stage.logger.info(
            "part written",
            metadata: [
                "key": "\(part.key)", "requests": "\(part.exchanges.count)", "rows": "\(part.rowCount)",
                "size_bytes": "\(sizeBytes)",
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

    private mutating func flushIfDue() async throws {
        guard let startedAt = buffer.startedAt else { return }
        if buffer.lines.count >= BronzeRun.partLinesMaximum
            || buffer.sizeBytes >= BronzeRun.partSizeBytesMaximum
            || stage.time.now().seconds(since: startedAt) >= BronzeRun.partSecondsMaximum
        {
            try await flush()
        }
    }

    /// Asks the API, unless it is time to hand over to the next invocation.
    private func ask(_ request: (WistiaClient) async throws -> WistiaAnswer) async throws -> WistiaAnswer {
        guard !isTimeUp(withinSeconds: BronzeStage.handOverSeconds) else { throw TimeIsUp() }
        do {
            return try await request(stage.wistia)
        } catch let error as WistiaError {
            let isPassing = [.throttled, .serverFailed, .unreachable].contains(error.kind)
            if error.kind == .deadlineReached
                || isPassing && isTimeUp(withinSeconds: BronzeStage.patienceSeconds)
            {
                throw TimeIsUp()
            }
            throw error
        }
    }

    /// Whether an answer is that to a page which an earlier attempt kept, as far as that can be told without its bytes.
    ///
    /// Without this an attempt that begins behind that page would keep its answer once more, as the next page.
    private func isAnswerOfKeptPage(_ page: Int, _ facts: ExchangeFacts, stream: Stream) -> Bool {
        guard stream == .visitors, let newest = facts.newestLastActiveAt, newest != facts.oldestLastActiveAt
        else { return false }
        return parts.contains { part in
            part.stream == stream && part.writerID != writerID
                && part.exchanges.contains { kept in
                    kept.subject == .page(page) && kept.rowCount == facts.rowCount
                        && kept.newestLastActiveAt == newest
                        && kept.oldestLastActiveAt == facts.oldestLastActiveAt
                }
        }
    }

    private func isTimeUp(withinSeconds seconds: Double) -> Bool {
        guard let deadline else { return false }
        return deadline.seconds(since: stage.time.now()) < seconds
    }

    /// Takes an answer into the buffer and counts its rows.
    private mutating func keep(_ answer: WistiaAnswer, subject: ExchangeFacts.Subject) throws
        -> ExchangeFacts
    {
        let stream = buffer.stream
        if case .page(let page) = subject {
            guard answer.body != lastPage || page == 1 else {
                throw PipelineError.endlessList(subject: "\(stream.rawValue) page \(page)")
            }
            lastPage = answer.body
        }
        let facts = try parser.withDocument(answer.body) {
            try ExchangeFacts(stream: stream, subject: subject, body: $0)
        }
        if case .page(let page) = subject, isAnswerOfKeptPage(page - 1, facts, stream: stream) {
            throw PipelineError.endlessList(subject: "\(stream.rawValue) page \(page)")
        }
        rowsAnswered[stream, default: 0] += facts.rowCount
        buffer.append(
            .init(facts: facts, bytes: ExchangeLine.encode(answer, subject: subject)), at: stage.time.now())
        return facts
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
    private mutating func begin(_ stream: Stream) {
        precondition(buffer.isEmpty, "the lines of one stream are written before the next begins")
        buffer = PartBuffer(stream: stream)
    }

    /// Reads the media list, or the media that were asked for.
    ///
    /// A media that is deleted between two pages pulls the later ones up by a place, and one of them is then on neither. So a
    /// list of several pages is read until a pass tells of nothing new, and one that an earlier attempt began is read again
    /// from its first page. All that any pass told of is asked about.
    ///
    /// - Returns: The ids, each once, in the order of the lists.
    private mutating func readMedia() async throws -> [String] {
        guard stage.mediaIDs.isEmpty else {
            try await readEach(of: stage.mediaIDs, stream: .media) { try await $0.media(id: $1) }
            return stage.mediaIDs
        }
        if !hasMediaList {
            begin(.media)
            var ids: Set<String> = []
            var passCount = 0
            var hasNews = true
            while hasNews, passCount < BronzeRun.listPassesMaximum {
                let pass = try await readMediaList()
                passCount += 1
                hasNews = pass.pageCount > 1 && !pass.ids.isSubset(of: ids)
                ids.formUnion(pass.ids)
            }
            try await flush()
        }
        var seen: Set<String> = []
        return parts.filter { $0.stream == .media }.flatMap(\.exchanges).flatMap(\.mediaIDs)
            .filter { seen.insert($0).inserted }
    }

    /// Reads the media list once, from its first page to its last.
    private mutating func readMediaList() async throws -> (ids: Set<String>, pageCount: Int) {
        var ids: Set<String> = []
        var page = 0
        while true {
            page += 1
            let answer = try await ask { try await $0.medias(page: page) }
            let facts = try keep(answer, subject: .page(page))
            try await flushIfDue()
            ids.formUnion(facts.mediaIDs)
            if facts.rowCount < VisitorsCrawl.pageRowCount { return (ids, page) }
        }
    }

    /// Whether one of the earlier attempts read the media list to its end: once when it is one page, else twice.
    private var hasMediaList: Bool {
        var passCounts: [String?: Int] = [:]
        for part in parts where part.stream == .media {
            for facts in part.exchanges where facts.rowCount < VisitorsCrawl.pageRowCount {
                guard case .page(let page) = facts.subject else { continue }
                passCounts[part.writerID, default: 0] += 1
                if page == 1 || passCounts[part.writerID] == 2 { return true }
            }
        }
        return false
    }

    /// Asks about each media; one that is gone is recorded and does not stop the others.
    private mutating func readEach(
        of ids: [String], stream: Stream, request: (WistiaClient, String) async throws -> WistiaAnswer
    ) async throws {
        let known = Set(parts.filter { $0.stream == stream }.flatMap(\.exchanges).map(\.subject))
        begin(stream)
        for id in ids where !known.contains(.media(id)) {
            do {
                let answer = try await ask { try await request($0, id) }
                _ = try keep(answer, subject: .media(id))
            } catch let error as WistiaError where error.kind == .notFound {
                failedMedia.append(.init(mediaID: id, stream: stream, status: 404))
            }
            try await flushIfDue()
        }
        try await flush()
    }

    /// Reads visitors, newest first, until what is known, and then the top again.
    private mutating func readVisitors() async throws {
        begin(.visitors)
        while true {
            let subject: ExchangeFacts.Subject
            let page: Int
            switch visitors.step {
            case .crawl(let next): (subject, page) = (.page(next), next)
            case .lap(let next): (subject, page) = (.lapPage(next), next)
            case .done:
                try await flush()
                return
            }
            // A part holds pages of the crawl or of the lap, never of both: its metadata says which.
            if buffer.lines.last.map({ $0.facts.subject.isLap != subject.isLap }) == true {
                try await flush()
            }
            let answer = try await ask { try await $0.visitors(page: page) }
            visitors.begin(at: answer.serverDate ?? answer.fetchedAt)
            visitors.note(try keep(answer, subject: subject))
            try await flushIfDue()
        }
    }

    // MARK: Commit

    private func makeCommit() throws -> BronzeCommit {
        let previousWatermark = previous?.watermark.flatMap { Timestamp(rfc3339: $0) }
        var ledger: [String: BronzeCommit.StreamLedger] = [:]
        var unknownFields: [String: [String: Int]] = [:]
        for stream in Stream.allCases {
            let ours = parts.filter { $0.stream == stream }
            let counts = BronzeCommit.StreamLedger(
                requests: ours.reduce(0) { $0 + $1.exchanges.count },
                // What another attempt was answered is known from its parts alone.
                rowsAnswered: ours.filter { $0.writerID != writerID }.reduce(0) { $0 + $1.rowCount }
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
        let crawled = parts.filter { $0.stream == .visitors }
        for pages in [Set(crawled.flatMap(\.crawlPages)), Set(crawled.flatMap(\.lapPages))] {
            let missing = Set(1...max(1, pages.max() ?? 1)).subtracting(pages)
            if let missing = pageRanges(missing) {
                throw PipelineError.pagesMissing(runID: request.run.id, pages: missing)
            }
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
