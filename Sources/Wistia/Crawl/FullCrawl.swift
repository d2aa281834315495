/// Which pages of visitors to ask for, many at once, so that none is missed who moves while the list is read.
///
/// The list is ordered by last activity, newest first. Visitors who are not active keep their order, and their ranks only grow:
/// everybody who becomes active goes to the top and pushes down those who stood before him. Pages read in any order can lose a
/// visitor: page 8 is read, page 7's last row slips onto page 8, page 7 is read.
///
/// The crawl reads the list in *segments*, each its pages one after the other, all of them at once. A segment that reaches the
/// next one's first page reads on, into the next one's part of the list, until a page *shares a row* with that segment: the same
/// visitor, with the same `last_active_at`. Commonly the first page does, so a boundary costs one request.
///
/// Why nobody is missed. Let x be a visitor who is not active during the crawl, and call x *behind* a received page p if, when
/// the server made the answer, his rank was beyond the page's last. Go through the answers in the order of the list, and hold:
/// *x stands on one of the pages so far or behind the last of them.*
/// 1. Page 1: everybody is on it or behind it.
/// 2. From p to p + 1, asked for after p had been received: whoever was behind p has a rank beyond p's last row still, since ranks
///    only grow. So he is on p + 1 or behind it.
/// 3. From p to a page q of a later segment that shares the row y: x was behind p, hence after y. Neither was active between the
///    two answers, whichever came first, so x was after y on q's list too: on q or behind it.
/// 4. An empty page: nobody is behind it, since the list ends before its first place. So x was on one of the pages. A page with
///    few rows proves nothing: the API may put fewer rows on every page than were asked for, and others stand behind it.
/// ``isDone`` says that such a path leads from page 1 to the end. It needs no clock: only that every answer shows the list as it
/// was at one moment between its request and its reply, and that all pages have the same number of places, whatever it is.
/// Further answers never break a path (at most they show rows behind what looked like the end, and the crawl reads on), which is
/// why attempts may be interrupted, continued, and run at the same time: see ``init(resuming:expectedPageCount:)``.
///
/// Whoever *is* active during the crawl goes to the top, which the closing re-scan reads (``VisitorsCrawl``). A visitor can still be
/// missed where others are deleted meanwhile and ranks shrink, as in a serial crawl: that is why a visitor counts as deleted only
/// after two full crawls without him.
///
/// Where segments begin: whenever a request may go and every segment awaits an answer, the one that has most *time* ahead is
/// split, deep pages taking longer than early ones; and so is one that would outlast the others. It is split at half of its time,
/// or next to that if only so all that is ahead falls into equal shares once no split is left. A split costs one request, and
/// there is at most one for ten pages, or for twenty while the length is unknown. Nobody tells how long the list is. Where that is not known from the crawl
/// before, probes look for the end at page 21, at twice that, and so on, and then between the deepest page with rows and the
/// first without; a probe is a segment's first page, and only those beyond the end are wasted. There are none behind a page
/// that has fewer rows than another, or a first one that has fewer than were asked for: it is the last one in all likelihood, and
/// if not, the page behind it says so. So a list of up to 20 pages is read one page after the other, to the empty one, at the
/// cost of one probe at most.
struct FullCrawl: Sendable, Equatable {
    /// A page to be asked for.
    struct Request: Sendable, Hashable {
        /// The first page of the segment that it belongs to.
        var segment: Int
        /// The page.
        var page: Int
    }

    /// Pages that are read one after the other wherever the list ends.
    static let serialPagesMaximum = 20
    /// Pages for each split at least.
    static let pagesPerSplitMinimum = 10
    /// Pages for each split at least while the list's length is unknown: most splits are for what is not known yet.
    static let pagesPerEarlySplitMinimum = 20
    /// Into how many shares all that is ahead is split at most; more of them are under way at the budget's limit only.
    static let sharesMaximum = 64
    /// Unread pages below which a segment is not split: its other half would save less than it costs.
    static let splitPagesMinimum = 3
    /// How many times the mean time ahead a segment may have ahead before it is split for that alone.
    static let outlastingFactor = 1.25
    /// Probes under way at most.
    static let probesMaximum = 2
    /// Pages from the deepest page with rows to a probe at least.
    static let probeStepMinimum = 10

    /// In the list's order; no two begin at the same page.
    private(set) var segments: [CrawlSegment] = []
    /// A page beyond the end; nil until one was seen.
    private(set) var emptyPage: Int?
    /// The greatest page that held rows.
    private(set) var deepestPage = 0
    /// The most rows that a page held.
    private var rowsMaximum = 0
    /// How many answers are awaited.
    private(set) var requestsInFlight = 0
    /// How many pages the list had when it was last read; nil when that is unknown.
    private let expectedPageCount: Int?
    /// Whether parts of several attempts together hold a path to the end.
    private var isProvenByParts: Bool

    /// Starts a crawl.
    ///
    /// - Parameter expectedPageCount: How many pages the list had last time; nil when nobody knows.
    init(expectedPageCount: Int? = nil) {
        self.init(
            segments: [], answers: [], isProvenByParts: false, expectedPageCount: expectedPageCount)
    }

    /// Goes on with segments that are known.
    ///
    /// - Parameters:
    ///   - segments: By first page, no two of the same.
    ///   - answers: Every page that was received, those of other segments included.
    ///   - isProvenByParts: Whether a path to the end is known already.
    ///   - expectedPageCount: How many pages the list had last time; nil when nobody knows.
    init(
        segments: [CrawlSegment], answers: [ExchangeFacts], isProvenByParts: Bool, expectedPageCount: Int?
    ) {
        self.segments = segments
        self.isProvenByParts = isProvenByParts
        self.expectedPageCount = expectedPageCount
        for page in answers { noteExtent(of: page) }
        for index in segments.indices { noteOverlap(of: index) }
    }

    // MARK: Progress

    /// Whether everybody who was not active meanwhile has been read.
    var isDone: Bool { firstMissingPage == nil }

    /// The page at which the path from page 1 to the end breaks off; nil when it does not.
    var firstMissingPage: Int? {
        if isProvenByParts { return nil }
        guard segments.first?.firstPage == 1 else { return 1 }
        var index = 0
        while let next = segments[index].overlappedSegment {
            while segments[index].firstPage < next { index += 1 }
        }
        return isAtEnd(segments[index]) ? nil : segments[index].nextPage
    }

    /// Whether ``next()`` would name a page.
    var canAsk: Bool {
        var copy = self
        return copy.next() != nil
    }

    /// The next page to ask for, now that a request may go; nil when an answer has to come first.
    ///
    /// The caller asks for it at once, and then calls ``note(_:for:)`` or ``giveUp(_:)``.
    mutating func next() -> Request? {
        guard !isDone else { return nil }
        guard segments.first?.firstPage == 1 else { return ask(newSegmentAt: 1) }
        // Page 1 tells whether there is more to do, and when the run started.
        guard deepestPage > 0 else { return nil }
        if let page = nextProbe { return ask(newSegmentAt: page) }
        var totalCost = 0.0
        var openCount = 0
        var ready: (index: Int, cost: Double)?
        var longest: (index: Int, cost: Double)?
        for index in segments.indices where segments[index].overlappedSegment == nil {
            let unread = unread(of: index)
            // The page at which it meets the next segment is read as well.
            let cost = FullCrawl.cost(upTo: unread.upperBound + 1) - FullCrawl.cost(upTo: unread.lowerBound)
            totalCost += cost
            openCount += 1
            if unread.count >= FullCrawl.splitPagesMinimum, cost > longest?.cost ?? 0 {
                longest = (index, cost)
            }
            if cost > ready?.cost ?? 0, isReady(index) { ready = (index, cost) }
        }
        let splitsLeft = splitsLeft
        if splitsLeft == 0 { longest = nil }
        let share = totalCost / Double(min(openCount + splitsLeft, FullCrawl.sharesMaximum))
        if let longest, isLengthKnown,
            longest.cost * Double(requestsInFlight) > FullCrawl.outlastingFactor * totalCost
        {
            return ask(newSegmentAt: split(of: longest.index, shares: longest.cost / share))
        }
        if let ready { return ask(ready.index) }
        return longest.map { ask(newSegmentAt: split(of: $0.index, shares: $0.cost / share)) }
    }

    /// Takes the answer to a request.
    mutating func note(_ page: ExchangeFacts, for request: Request) {
        guard let index = index(of: request.segment), segments[index].isAsking,
            segments[index].nextPage == request.page, page.page == request.page
        else { preconditionFailure("only what was asked for is answered") }
        segments[index].isAsking = false
        requestsInFlight -= 1
        noteExtent(of: page)
        if page.rowCount == 0, segments[index].pages.isEmpty, request.segment > 1 {
            segments.remove(at: index)
            return
        }
        segments[index].append(page)
        noteOverlap(of: index)
        if segments[index].pages.count == 1 {
            for earlier in segments.indices.prefix(index) { noteOverlap(of: earlier) }
        }
    }

    /// Takes back a request that will not be answered; ``next()`` names the page again.
    mutating func giveUp(_ request: Request) {
        guard let index = index(of: request.segment), segments[index].isAsking else {
            preconditionFailure("only what was asked for is given up")
        }
        segments[index].isAsking = false
        requestsInFlight -= 1
        if segments[index].pages.isEmpty { segments.remove(at: index) }
    }

    private mutating func ask(_ index: Int) -> Request {
        segments[index].isAsking = true
        requestsInFlight += 1
        return Request(segment: segments[index].firstPage, page: segments[index].nextPage)
    }

    private mutating func ask(newSegmentAt page: Int) -> Request {
        let index = segments.firstIndex { $0.firstPage > page } ?? segments.endIndex
        segments.insert(CrawlSegment(firstPage: page), at: index)
        return ask(index)
    }

    private mutating func noteExtent(of page: ExchangeFacts) {
        if page.rowCount > 0 {
            deepestPage = max(deepestPage, page.page)
            rowsMaximum = max(rowsMaximum, page.rowCount)
        } else {
            emptyPage = min(emptyPage ?? page.page, page.page)
        }
    }

    /// Looks whether a segment's last page shares a row with a later segment.
    private mutating func noteOverlap(of index: Int) {
        guard segments[index].overlappedSegment == nil, let last = segments[index].pages.last else { return }
        segments[index].overlappedSegment =
            segments[(index + 1)...].first { $0.isOverlapped(by: segments[index], on: last) }?.firstPage
    }

    // MARK: Segments

    private func index(of firstPage: Int) -> Int? {
        segments.firstIndex { $0.firstPage == firstPage }
    }

    /// Whether a segment's last page ends the list.
    ///
    /// Where somebody was seen on a later page, it does not, though it is empty: then the segment reads on.
    static func isAtEnd(_ segment: CrawlSegment, among segments: [CrawlSegment]) -> Bool {
        segment.mayEnd && !hasRows(behind: segment, among: segments)
    }

    private static func hasRows(behind segment: CrawlSegment, among segments: [CrawlSegment]) -> Bool {
        segments.contains { $0.firstPage >= segment.nextPage && $0.hasRows }
    }

    private func isAtEnd(_ segment: CrawlSegment) -> Bool { FullCrawl.isAtEnd(segment, among: segments) }

    /// Whether a segment's last page seems to be the list's: it has fewer rows than another, and nobody was seen behind it.
    ///
    /// That only saves looking for more; whether it is so, the next page tells.
    private func seemsAtEnd(_ segment: CrawlSegment) -> Bool {
        guard let last = segment.pages.last, last.rowCount < rowsMaximum else { return false }
        return !FullCrawl.hasRows(behind: segment, among: segments)
    }

    /// Whether a segment's next page can be asked for.
    private func isReady(_ index: Int) -> Bool {
        guard !segments[index].isAsking, segments[index].overlappedSegment == nil, !isAtEnd(segments[index])
        else {
            return false
        }
        // Only the first page of the segment that it came to can tell whether it has to go on.
        let nextPage = segments[index].nextPage
        return !segments[(index + 1)...].prefix { $0.firstPage < nextPage }.contains { $0.pages.isEmpty }
    }

    /// How many more segments are worth their requests.
    private var splitsLeft: Int {
        let pageCount = max(deepestPage, expectedPageCount ?? 0)
        guard pageCount > FullCrawl.serialPagesMaximum else { return 0 }
        let pagesPerSplit =
            isLengthKnown ? FullCrawl.pagesPerSplitMinimum : FullCrawl.pagesPerEarlySplitMinimum
        return max(0, pageCount / pagesPerSplit + 1 - segments.count)
    }

    /// The pages that a segment still has to read before the next one begins, without the awaited one.
    ///
    /// Pages beyond the deepest one seen may not exist and do not count, unless they are expected.
    private func unread(of index: Int) -> Range<Int> {
        let next = segments[index].nextPage + (segments[index].isAsking ? 1 : 0)
        guard segments[index].overlappedSegment == nil, !seemsAtEnd(segments[index]) else {
            return next..<next
        }
        let neighbour = index + 1 < segments.endIndex ? segments[index + 1].firstPage : .max
        return next..<max(next, min(neighbour, knownEnd))
    }

    /// The page after the last one that is taken to exist.
    private var knownEnd: Int {
        // What little is left between the deepest page and an empty one is no longer searched: it is read.
        if let emptyPage, (1...FullCrawl.probeStepMinimum).contains(emptyPage - deepestPage - 1) {
            return emptyPage
        }
        return max(deepestPage + 1, min((expectedPageCount ?? 0) + 1, emptyPage ?? .max))
    }

    // MARK: The list's length

    /// Whether the list's end is known but for some pages.
    private var isLengthKnown: Bool {
        if expectedPageCount != nil || segments.last.map({ seemsAtEnd($0) }) == true { return true }
        return emptyPage.map { $0 - knownEnd <= FullCrawl.probeStepMinimum } == true
    }

    /// Where to look for the end; nil when it is known well enough, or enough probes are under way.
    private var nextProbe: Int? {
        guard let last = segments.last, !seemsAtEnd(last) else { return nil }
        // A first page with fewer rows than were asked for is mostly the whole list, which page 2 tells for the same price.
        guard deepestPage > 1 || rowsMaximum >= Endpoint.rowsPerPage else { return nil }
        // A list grows by some pages between two crawls: that is not worth a search.
        if let expectedPageCount, deepestPage < expectedPageCount + FullCrawl.probeStepMinimum { return nil }
        let probes = segments.reversed().prefix { $0.firstPage >= knownEnd }
        guard probes.count < min(segments.count - probes.count, FullCrawl.probesMaximum) else { return nil }
        let known = max(probes.first?.firstPage ?? 0, last.nextPage, knownEnd) - 1
        guard let emptyPage else { return max(FullCrawl.serialPagesMaximum + 1, 2 * known) }
        guard emptyPage > FullCrawl.serialPagesMaximum + 1 else { return nil }
        let step = max(
            (emptyPage - known) / (FullCrawl.probesMaximum - probes.count + 1), FullCrawl.probeStepMinimum)
        return known + step < emptyPage ? known + step : nil
    }

    // MARK: Time

    /// Page p is taken to cost 1 + p/250: as logged, page 1,100 takes five times as long as page 1 in a crawl of 1,105 pages.
    ///
    /// Where that is wrong, more segments are split than needed, and nothing else happens.
    private static let pagesPerCost = 250.0

    /// The cost of the pages up to one.
    private static func cost(upTo page: Int) -> Double {
        Double(page) + Double(page * page) / (2 * pagesPerCost)
    }

    /// The page at which to split what a segment still has to read: as near to half of it as whole shares allow.
    private func split(of index: Int, shares: Double) -> Int {
        let pages = unread(of: index)
        let count = max(2, shares.rounded())
        let start = FullCrawl.cost(upTo: pages.lowerBound)
        let cost = start + (FullCrawl.cost(upTo: pages.upperBound) - start) * (count / 2).rounded() / count
        let scale = FullCrawl.pagesPerCost
        let page = (scale * scale + 2 * scale * cost).squareRoot() - scale
        return min(max(Int(page.rounded(.up)), pages.lowerBound + 1), pages.upperBound - 1)
    }
}
