import AWS
import Datasets
import HTTP
import JSON
import Wistia

/// What one exchange tells the crawl: enough to go on from it, without its rows.
struct ExchangeFacts: Sendable, Equatable {
    /// What was asked for within its stream: a page's number, or a media's id.
    enum Subject: Sendable, Hashable {
        /// A page of the crawl, and the first page of the segment that it was read in; 1 where pages are read one by one.
        case page(Int, segment: Int = 1)
        case lapPage(Int)
        case media(String)

        /// Whether it is a page of the closing lap.
        var isLap: Bool {
            if case .lapPage = self { true } else { false }
        }
    }

    /// What was asked for.
    var subject: Subject
    /// How many records the answer holds.
    var rowCount: Int
    /// The ids in a media list, in order; empty for other streams.
    var mediaIDs: [String] = []
    /// The greatest `last_active_at` on a page of visitors; nil for other streams and empty pages.
    var newestLastActiveAt: Timestamp?
    /// The smallest `last_active_at` on a page of visitors.
    var oldestLastActiveAt: Timestamp?
    /// Whether `last_active_at` never rises within the page and is readable in every row.
    var isNewestFirst = true
    /// As in `VisitorsPage`; empty for other streams.
    var marks: [UInt64] = []
    /// How often fields that we do not know occurred.
    var unknownFields: [String: Int] = [:]

    /// What tells this page's rows from another's: visitors with their activity, or media.
    var members: Set<String> { Set(marks.map { String($0, radix: 16) } + mediaIDs) }

    /// Looks at one answer.
    ///
    /// A page must be an array: anything else would pass for the end of its list, and the crawl for complete. An answer about
    /// one media counts as one record and is kept whatever it is: silver says what is wrong with it.
    ///
    /// - Parameters:
    ///   - stream: What was asked for.
    ///   - subject: Which page or media.
    ///   - body: The answer.
    /// - Throws: ``PipelineError/unexpectedAnswer(subject:found:)`` when a page is not an array.
    init(stream: Stream, subject: Subject, body: JSONValue) throws {
        self.subject = subject
        switch subject {
        case .page(let page, _), .lapPage(let page):
            guard body.kind == .array else {
                throw PipelineError.unexpectedAnswer(
                    subject: "\(stream.rawValue) page \(page)", found: body.kind.rawValue)
            }
        case .media: break
        }
        switch stream {
        case .visitors:
            let page = VisitorsPage.inspect(body)
            rowCount = page.rowCount
            newestLastActiveAt = page.newestLastActiveAt
            oldestLastActiveAt = page.oldestLastActiveAt
            isNewestFirst = page.isNewestFirst == true
            marks = page.marks
            unknownFields = page.unknownFields
        case .media:
            let list = MediaList.inspect(body)
            if case .media = subject { rowCount = 1 } else { rowCount = list.rowCount }
            mediaIDs = list.ids
            unknownFields = list.unknownFields
        case .mediaStats:
            rowCount = 1
            unknownFields = MediaStats.inspect(body).unknownFields
        case .mediaEngagement:
            rowCount = 1
            unknownFields = MediaEngagement.inspect(body).unknownFields
        }
    }
}

/// A part as it lies in S3.
struct StoredPart: Sendable, Equatable {
    var stream: Stream
    var number: Int
    var key: String
    var etag: ETag
    /// Its size in S3.
    var sizeBytes: Int
    /// The attempt that wrote it; nil when its metadata does not say.
    var writerID: String?
    /// How many of the run's parts of this stream the attempt had read before its first request: parts 1 to this number.
    var partsKnown: Int
    /// When the run's first visitors answer was given; nil in parts of other streams.
    var runStart: Timestamp?
    /// How far back an incremental crawl reads; nil when it reads everything.
    var floor: Timestamp?
    /// Its exchanges, in line order, counted from the bytes.
    var exchanges: [ExchangeFacts]

    var rowCount: Int { exchanges.reduce(0) { $0 + $1.rowCount } }

    var crawlPages: [Int] {
        exchanges.compactMap { if case .page(let page, _) = $0.subject { page } else { nil } }
    }

    /// The pages of the crawl, as a full crawl remembers them.
    var keptCrawlPages: [KeptCrawlPage] {
        exchanges.compactMap { facts in
            guard case .page(let page, let segment) = facts.subject else { return nil }
            return KeptCrawlPage(
                attempt: writerID ?? "", part: number, partsKnown: partsKnown, segment: segment,
                page: CrawlPage(number: page, rowCount: facts.rowCount, marks: facts.marks))
        }
    }

    var lapPages: [Int] {
        exchanges.compactMap { if case .lapPage(let page) = $0.subject { page } else { nil } }
    }
}

/// The metadata of a part: who wrote it and what it covers.
enum PartMetadata {
    static let writerID = "writer-id"
    static let partsKnown = "parts-known"
    static let pages = "pages"
    static let lapPages = "lap-pages"
    static let runStart = "run-start"
    static let floor = "floor"

    /// The value of ``floor`` in a crawl that reads everything.
    static let noFloor = "none"
}

/// Whole pages as text, such as `1-3,7`.
func pageRanges(_ pages: some Collection<Int>) -> String? {
    var ranges: [ClosedRange<Int>] = []
    for page in Set(pages).sorted() {
        if let last = ranges.last, last.upperBound + 1 == page {
            ranges[ranges.count - 1] = last.lowerBound...page
        } else {
            ranges.append(page...page)
        }
    }
    guard !ranges.isEmpty else { return nil }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ",")
}

/// Lines that wait for their part.
struct PartBuffer: Sendable {
    struct Line: Sendable {
        var facts: ExchangeFacts
        var bytes: [UInt8]
    }

    /// Lines in a part at most; with a full page of visitors at 70 kB a part is some 7 MB before compression.
    static let linesMaximum = 100
    /// Seconds between parts at most, so that a crash loses no more than that.
    static let secondsMaximum = 60.0
    /// Bytes in a part at most, before compression.
    static let sizeBytesMaximum = 32 << 20

    /// What kind of records they hold.
    let stream: Stream
    private(set) var lines: [Line] = []
    private(set) var sizeBytes = 0
    /// When the first line was added.
    private(set) var startedAt: Timestamp?

    var isEmpty: Bool { lines.isEmpty }

    init(stream: Stream) {
        self.stream = stream
    }

    /// Whether the lines are to be written now.
    func isDue(at now: Timestamp) -> Bool {
        guard let startedAt else { return false }
        return lines.count >= PartBuffer.linesMaximum || sizeBytes >= PartBuffer.sizeBytesMaximum
            || now.seconds(since: startedAt) >= PartBuffer.secondsMaximum
    }

    mutating func append(_ line: Line, at now: Timestamp) {
        startedAt = startedAt ?? now
        sizeBytes += line.bytes.count
        lines.append(line)
    }

    /// Hands out the lines, and keeps none.
    mutating func takeAll() -> PartBuffer {
        defer { self = PartBuffer(stream: stream) }
        return self
    }

    /// Puts lines back that could not be written.
    mutating func restore(_ earlier: PartBuffer) {
        lines = earlier.lines + lines
        sizeBytes += earlier.sizeBytes
        startedAt = earlier.startedAt
    }

    /// The buffer's content as a part.
    func compressed() throws -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(sizeBytes)
        for line in lines { content.append(contentsOf: line.bytes) }
        return try Gzip.compress(content)
    }
}
