import HTTP
import Lake

/// What a part of a crawl says of itself.
enum CrawlMetadata {
    /// How many of the run's parts of visitors the attempt had read before its first request: parts 1 to this number.
    static let partsKnown = "parts-known"
    /// How many pages of the closing re-scan the part holds, which are then its only ones; earlier releases named them.
    static let rescanPages = "lap-pages"
    static let runStart = "run-start"
    static let lowerBound = "floor"

    /// The value of ``lowerBound`` in a crawl that reads everything.
    static let noLowerBound = "none"
}

typealias CrawlPart = StoredPart<ExchangeFacts>

extension StoredPart<ExchangeFacts> {
    var rowCount: Int { lines.reduce(0) { $0 + $1.rowCount } }

    /// As in ``CrawlMetadata``; 0 in parts that do not say.
    var partsKnown: Int { metadata[CrawlMetadata.partsKnown].flatMap { Int($0) } ?? 0 }

    /// When the run's first visitors answer was given; nil in parts of other streams.
    var runStart: Timestamp? { metadata[CrawlMetadata.runStart].flatMap { Timestamp(rfc3339: $0) } }

    /// How far back an incremental crawl reads; nil when it reads everything.
    var lowerBound: Timestamp? { metadata[CrawlMetadata.lowerBound].flatMap { Timestamp(rfc3339: $0) } }

    /// The pages of the crawl, as a full crawl remembers them.
    var keptCrawlPages: [KeptCrawlPage] {
        lines.filter { !$0.subject.isRescan }.map {
            KeptCrawlPage(attempt: writerID ?? "", part: number, partsKnown: partsKnown, page: $0)
        }
    }
}
