/// Consecutive pages of a full crawl, each asked for after the page before it had been received.
struct CrawlSegment: Sendable, Equatable {
    /// The first page's number, which names the segment.
    let firstPage: Int
    /// What was received, without a gap.
    private(set) var pages: [ExchangeFacts] = []
    /// Whether the list may end with the last page received, because that is empty.
    ///
    /// One with few rows does not tell: the API may put fewer rows on a page than were asked for.
    var mayEnd: Bool { pages.last?.rowCount == 0 }
    /// Whether the answer to ``nextPage`` is awaited.
    var isAsking = false
    /// The first page of the later segment with whose rows this one's last page overlaps; nil when it has to go on.
    var overlappedSegment: Int?

    init(firstPage: Int, pages: [ExchangeFacts] = []) {
        self.firstPage = firstPage
        self.pages = pages
    }

    /// The page to be read next.
    var nextPage: Int { firstPage + pages.count }

    /// Whether any visitor was on its pages.
    var hasRows: Bool { pages.contains { $0.rowCount > 0 } }

    mutating func append(_ page: ExchangeFacts) {
        precondition(page.page == nextPage, "a segment has no gaps")
        pages.append(page)
    }

    /// Whether an earlier segment, whose last page is given, can end here: both hold a visitor who was not active in between.
    func isOverlapped(by earlier: CrawlSegment, on last: ExchangeFacts) -> Bool {
        earlier.firstPage < firstPage && firstPage <= last.page
            && pages.contains { $0.shares(rowWith: last) }
    }
}
