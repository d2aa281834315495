import HTTP

/// Which page of visitors to ask for next: the rules of the crawl without its requests.
///
/// Pages come newest `last_active_at` first, which Wistia does not document, so it is checked on every page. The crawl reads
/// pages one after the other: whoever becomes active meanwhile moves to the top and pushes others down, to pages that are still
/// to be read. The closing lap then reads the top again, so that those who moved are not missed.
struct VisitorsCrawl: Sendable, Equatable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        case crawl(page: Int)
        case lap(page: Int)
        case done
    }

    /// Rows on a full page; fewer mean that it is the last one.
    static let pageRowCount = 100
    /// How much earlier than the watermark an incremental crawl reads, in seconds.
    static let overlapSeconds = 3_600.0
    /// How late a visitor can show up in the list, in seconds: 139 were seen (design §5).
    static let latenessSeconds = 180.0

    /// Everything before this moment is known; nil reads every page.
    private(set) var floor: Timestamp?
    /// When the first answer was given, by the server's clock.
    private(set) var runStart: Timestamp?
    /// The greatest `last_active_at` seen.
    private(set) var newestLastActiveAt: Timestamp?
    /// Whether the crawl came to the list's end.
    private(set) var hasReachedEnd = false
    /// What to do next.
    private(set) var step = Step.crawl(page: 1)
    /// The page at which the crawl would go on.
    private var nextPage = 1

    /// Starts a crawl.
    ///
    /// - Parameter watermark: Up to when everything is known; nil reads every page.
    init(watermark: Timestamp?) {
        floor = watermark?.adding(seconds: -VisitorsCrawl.overlapSeconds)
    }

    /// Goes on with a crawl whose first parts say how far back it reads and when it began.
    init(floor: Timestamp?, runStart: Timestamp) {
        self.floor = floor
        self.runStart = runStart
    }

    /// Takes the time of the first answer; later ones change nothing.
    mutating func begin(at serverTime: Timestamp) {
        runStart = runStart ?? serverTime
    }

    /// Takes the answer to the page that was next.
    ///
    /// A page that is not the next one was read by another attempt as well and changes nothing.
    mutating func note(_ facts: ExchangeFacts) {
        switch (step, facts.subject) {
        case (.crawl(let next), .page(let page)) where page == next:
            noteActivity(facts)
            if !facts.isNewestFirst { floor = nil }
            let isLast = facts.rowCount < VisitorsCrawl.pageRowCount
            if isLast { hasReachedEnd = true }
            let isKnown = isEarlier(facts.newestLastActiveAt, than: floor)
            nextPage = page + 1
            step = isLast || isKnown ? .lap(page: 1) : .crawl(page: nextPage)
        case (.lap(let next), .lapPage(let page)) where page == next:
            noteActivity(facts)
            let lapFloor = runStart?.adding(seconds: -VisitorsCrawl.latenessSeconds)
            let isLast = facts.rowCount < VisitorsCrawl.pageRowCount
            let isKnown = facts.isNewestFirst && isEarlier(facts.oldestLastActiveAt, than: lapFloor)
            step = isLast || isKnown ? .done : .lap(page: page + 1)
            if !facts.isNewestFirst, !hasReachedEnd {
                // The crawl stopped early because it trusted the order, which does not hold.
                floor = nil
                step = .crawl(page: nextPage)
            }
        default:
            break
        }
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

    private func isEarlier(_ moment: Timestamp?, than bound: Timestamp?) -> Bool {
        guard let moment, let bound else { return false }
        return moment < bound
    }
}
