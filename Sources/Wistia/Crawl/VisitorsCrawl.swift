import HTTP

/// Which page of visitors to ask for next: the rules of the crawl without its requests.
///
/// Pages come newest `last_active_at` first, which Wistia does not document, so it is checked on every page. A crawl that stops at
/// what is known reads pages one after the other: whoever becomes active meanwhile moves to the top and pushes others down, to
/// pages that are still to be read. One that reads everything is a ``FullCrawl``. The closing re-scan then reads the top again, so
/// that those who moved are not missed.
///
/// Only an empty page is the end of the list. One with fewer rows than were asked for need not be the last: Wistia has changed its
/// page size before, and can do so again.
struct VisitorsCrawl: Sendable, Equatable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        /// This page, and then what it leads to.
        case crawl(page: Int)
        /// All pages, as ``FullCrawl`` says; then ``VisitorsCrawl/noteEnd()``.
        case crawlAll
        case rescan(page: Int)
        case done
    }

    /// How much earlier than the watermark an incremental crawl reads, in seconds.
    static let overlapSeconds = 3_600.0
    /// How late a visitor can show up in the list, in seconds: 139 were seen.
    static let latenessSeconds = 180.0

    /// Everything before this moment is known; nil reads every page.
    private(set) var lowerBound: Timestamp?
    /// When the first answer was given, by the server's clock.
    private(set) var runStart: Timestamp?
    /// The greatest `last_active_at` seen.
    private(set) var newestLastActiveAt: Timestamp?
    /// Whether the crawl came to the list's end.
    private(set) var hasReachedEnd = false
    /// What to do next.
    private(set) var step = Step.crawl(page: 1)
    /// How many pages were read one after the other.
    private(set) var crawledPageCount = 0

    /// Starts a crawl.
    ///
    /// - Parameter watermark: Up to when everything is known; nil reads every page.
    init(watermark: Timestamp?) {
        lowerBound = watermark?.adding(seconds: -VisitorsCrawl.overlapSeconds)
        if lowerBound == nil { step = .crawlAll }
    }

    /// Goes on with a crawl whose first parts say how far back it reads and when it began.
    init(lowerBound: Timestamp?, runStart: Timestamp) {
        self.lowerBound = lowerBound
        self.runStart = runStart
        if lowerBound == nil { step = .crawlAll }
    }

    /// Takes the time of the first answer; later ones change nothing.
    mutating func begin(at serverTime: Timestamp) {
        runStart = runStart ?? serverTime
    }

    /// Takes an answer.
    ///
    /// Where pages are read one by one, one that is not the next was read by another attempt as well and changes nothing.
    mutating func note(_ facts: ExchangeFacts) {
        switch (step, facts.subject) {
        case (.crawl(let next), .page(let page, _)) where page == next:
            crawledPageCount = page
            noteActivity(facts)
            if !facts.isNewestFirst { lowerBound = nil }
            if facts.rowCount == 0 {
                noteEnd()
            } else if let lowerBound {
                let isKnown = facts.newestLastActiveAt.map { $0 < lowerBound } == true
                step = isKnown ? .rescan(page: 1) : .crawl(page: page + 1)
            } else {
                step = .crawlAll
            }
        case (.crawlAll, .page):
            noteActivity(facts)
        case (.rescan(let next), .rescanPage(let page)) where page == next:
            noteActivity(facts)
            if !facts.isNewestFirst, !hasReachedEnd {
                // The crawl stopped early because it trusted the order, which does not hold.
                lowerBound = nil
                step = .crawlAll
            } else {
                step = facts.rowCount == 0 || isBeforeRun(facts) ? .done : .rescan(page: page + 1)
            }
        default:
            break
        }
    }

    /// Takes the news that everybody has been read who was not active meanwhile.
    mutating func noteEnd() {
        hasReachedEnd = true
        step = .rescan(page: 1)
    }

    /// Up to when activity is known once the crawl is committed.
    ///
    /// Never later than the run's start: one timestamp in the future must not blind the next months.
    func watermark(after previous: Timestamp?) -> Timestamp? {
        guard let newest = [previous, newestLastActiveAt].compactMap({ $0 }).max() else { return nil }
        return min(newest, runStart ?? newest)
    }

    private mutating func noteActivity(_ facts: ExchangeFacts) {
        newestLastActiveAt = [newestLastActiveAt, facts.newestLastActiveAt].compactMap { $0 }.max()
    }

    /// Whether a page of the re-scan ends it: whoever stands behind it was active before the run.
    private func isBeforeRun(_ facts: ExchangeFacts) -> Bool {
        guard facts.isNewestFirst, let oldest = facts.oldestLastActiveAt, let runStart else { return false }
        return oldest < runStart.adding(seconds: -VisitorsCrawl.latenessSeconds)
    }
}
