import HTTP
import Lake

/// What a part of a crawl says of itself.
enum CrawlMetadata {
    /// How many of the run's parts of visitors the attempt had read before its first request: parts 1 to this number.
    static let partsKnown = "parts-known"
    static let pages = "pages"
    static let lapPages = "lap-pages"
    static let runStart = "run-start"
    static let floor = "floor"

    /// The value of ``floor`` in a crawl that reads everything.
    static let noFloor = "none"
}

typealias CrawlPart = StoredPart<ExchangeFacts>

extension StoredPart<ExchangeFacts> {
    var rowCount: Int { lines.reduce(0) { $0 + $1.rowCount } }

    /// As in ``CrawlMetadata``; 0 in parts that do not say.
    var partsKnown: Int { metadata[CrawlMetadata.partsKnown].flatMap { Int($0) } ?? 0 }

    /// When the run's first visitors answer was given; nil in parts of other streams.
    var runStart: Timestamp? { metadata[CrawlMetadata.runStart].flatMap { Timestamp(rfc3339: $0) } }

    /// How far back an incremental crawl reads; nil when it reads everything.
    var floor: Timestamp? { metadata[CrawlMetadata.floor].flatMap { Timestamp(rfc3339: $0) } }

    var crawlPages: [Int] {
        lines.compactMap { if case .page(let page, _) = $0.subject { page } else { nil } }
    }

    /// The pages of the crawl, as a full crawl remembers them.
    var keptCrawlPages: [KeptCrawlPage] {
        lines.compactMap { facts in
            guard case .page(let page, let segment) = facts.subject else { return nil }
            return KeptCrawlPage(
                attempt: writerID ?? "", part: number, partsKnown: partsKnown, segment: segment,
                page: CrawlPage(number: page, rowCount: facts.rowCount, marks: facts.marks))
        }
    }

    var lapPages: [Int] {
        lines.compactMap { if case .lapPage(let page) = $0.subject { page } else { nil } }
    }
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
