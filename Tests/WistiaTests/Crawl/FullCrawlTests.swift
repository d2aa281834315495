import Testing

@testable import Lake
@testable import Wistia

struct FullCrawlTests {
    /// A page whose rows are numbered on from one.
    private func make(_ number: Int, from first: UInt64, rows: Int = 100) -> ExchangeFacts {
        ExchangeFacts(number: number, rowCount: rows, marks: (0..<UInt64(rows)).map { first + $0 })
    }

    /// A page of a list that does not move.
    private func page(_ number: Int, ofListWith rowCount: Int, rowsPerPage: Int) -> ExchangeFacts {
        let start = min((number - 1) * rowsPerPage, rowCount)
        return make(number, from: UInt64(start), rows: min(rowsPerPage, rowCount - start))
    }

    /// Two segments, of which the first has come to the second one's first page.
    private func makeMeeting(second pages: [ExchangeFacts]) -> FullCrawl {
        let first = [make(1, from: 0), make(2, from: 100)]
        return FullCrawl(
            segments: [
                CrawlSegment(firstPage: 1, pages: first), CrawlSegment(firstPage: 3, pages: pages),
            ], answers: first + pages, isProvenByParts: false, expectedPageCount: nil)
    }

    private func next(of crawl: inout FullCrawl) throws -> FullCrawl.Request {
        let request = crawl.next()
        return try #require(request)
    }

    /// Reads a list that does not move, answering in the order of the requests.
    ///
    /// - Returns: What was asked for and answered, in order.
    private func read(
        rowCount: Int, rowsPerPage: Int = 100, with crawl: inout FullCrawl, answers: Int = .max
    ) -> [(request: FullCrawl.Request, page: ExchangeFacts)] {
        var awaited: [FullCrawl.Request] = []
        var answered: [(request: FullCrawl.Request, page: ExchangeFacts)] = []
        while !crawl.isDone, answered.count < answers {
            while awaited.count < 64, let request = crawl.next() { awaited.append(request) }
            guard !awaited.isEmpty else { break }
            let request = awaited.removeFirst()
            let page = page(request.page, ofListWith: rowCount, rowsPerPage: rowsPerPage)
            crawl.note(page, for: request)
            answered.append((request, page))
        }
        return answered
    }

    // Its pages, the empty one behind them, and a look for the end unless page 1 is short.
    @Test(arguments: [(0, 1), (1, 2), (99, 2), (100, 3), (150, 4), (200, 4), (1_999, 22), (2_000, 22)])
    func `a list of up to 20 pages costs one probe at most and no split`(rowCount: Int, requests: Int) {
        var crawl = FullCrawl()
        #expect(read(rowCount: rowCount, with: &crawl).count == requests)
        #expect(crawl.isDone)
        #expect(crawl.segments.filter(\.hasRows).count <= 1)
    }

    @Test(arguments: [0, 1, 99, 2_000, 2_001, 2_100, 2_101, 6_543, 110_471], [nil, 1, 20, 21, 65, 100])
    func `a list of any length is read to its end whatever was expected`(rowCount: Int, expected: Int?) {
        var crawl = FullCrawl(expectedPageCount: expected)
        let read = read(rowCount: rowCount, with: &crawl)
        #expect(crawl.isDone)
        #expect(crawl.next() == nil)
        let pages = Set(read.map(\.page.page))
        #expect(pages.isSuperset(of: 1...max(1, (rowCount + 99) / 100)))
        #expect(read.count <= rowCount / 90 + 30)
    }

    @Test func `a segment ends at a page that shares a row with the next one`() throws {
        var crawl = makeMeeting(second: [make(3, from: 200, rows: 50), make(4, from: 250, rows: 0)])
        let request = try next(of: &crawl)
        #expect(request == .init(segment: 1, page: 3))
        // 99 visitors came in between and pushed all others down: only the first row of before is on the page still.
        crawl.note(make(3, from: 101), for: request)
        #expect(crawl.isDone)
    }

    @Test func `a visitor who was active in between does not count as shared`() throws {
        var crawl = makeMeeting(second: [
            make(3, from: 200), make(4, from: 300, rows: 10), make(5, from: 310, rows: 0),
        ])
        // The same visitors with another mark each.
        crawl.note(make(3, from: 1_000), for: try next(of: &crawl))
        #expect(!crawl.isDone)
        #expect(crawl.next() == .init(segment: 1, page: 4))
    }

    @Test func `a first page whose rows were all active since is passed`() throws {
        var crawl = makeMeeting(second: [
            make(3, from: 200), make(4, from: 300, rows: 10), make(5, from: 310, rows: 0),
        ])
        crawl.note(make(3, from: 1_000), for: try next(of: &crawl))
        crawl.note(make(4, from: 309), for: try next(of: &crawl))
        #expect(crawl.isDone)
    }

    @Test func `a segment waits for the first page of the next one`() throws {
        var crawl = FullCrawl(expectedPageCount: 30)
        crawl.note(make(1, from: 0), for: try next(of: &crawl))
        var requests: [FullCrawl.Request] = []
        while let request = crawl.next() { requests.append(request) }
        let second = try #require(requests.map(\.segment).filter { $0 > 1 }.min())
        for number in 2...second {
            crawl.note(make(number, from: UInt64(number) * 100), for: .init(segment: 1, page: number))
            while let request = crawl.next() { requests.append(request) }
        }
        #expect(requests.last == .init(segment: 1, page: second))
        #expect(crawl.next() == nil)
        crawl.note(make(second, from: UInt64(second) * 100), for: .init(segment: second, page: second))
        #expect(crawl.segments.first?.overlappedSegment == second)
    }

    @Test(arguments: [0, 50])
    func `a page that is not full does not end the list where rows were seen behind it`(rows: Int) throws {
        let first = [make(1, from: 0, rows: rows)]
        let second = [make(3, from: 200, rows: 10), make(4, from: 210, rows: 0)]
        var crawl = FullCrawl(
            segments: [
                CrawlSegment(firstPage: 1, pages: first), CrawlSegment(firstPage: 3, pages: second),
            ], answers: first + second, isProvenByParts: false, expectedPageCount: nil)
        crawl.note(make(2, from: 100), for: try next(of: &crawl))
        #expect(!crawl.isDone)
        crawl.note(make(3, from: 200, rows: 10), for: try next(of: &crawl))
        #expect(crawl.isDone)
    }

    @Test func `a page with few rows does not end the list, an empty one does`() throws {
        var crawl = FullCrawl(expectedPageCount: 3)
        crawl.note(make(1, from: 0), for: try next(of: &crawl))
        crawl.note(make(2, from: 100, rows: 50), for: try next(of: &crawl))
        let third = try next(of: &crawl)
        #expect(third == .init(segment: 1, page: 3))
        crawl.note(make(3, from: 150, rows: 50), for: third)
        #expect(crawl.firstMissingPage == 4)
        crawl.note(make(4, from: 200, rows: 0), for: try next(of: &crawl))
        #expect(crawl.isDone)
    }

    /// Somebody may have come to the list's end after that answer.
    @Test func `an empty page does not end a segment that had not come to it`() throws {
        let pages = [make(1, from: 0), make(2, from: 100, rows: 50)]
        let kept = [pages[0], make(3, from: 0, rows: 0), pages[1]].map {
            KeptCrawlPage(
                attempt: "a", part: 1, partsKnown: 0, segment: $0.page == 3 ? 3 : 1, page: $0)
        }
        var crawl = FullCrawl(resuming: kept)
        #expect(!crawl.isDone)
        #expect(crawl.next() == .init(segment: 1, page: 3))
    }

    @Test(arguments: [1, 50, 99])
    func `a list whose pages are short is read to its end as fast as another`(rowsPerPage: Int) {
        func requests(rowsPerPage: Int) -> Int {
            var crawl = FullCrawl()
            let rowCount = 300 * rowsPerPage
            let count = read(rowCount: rowCount, rowsPerPage: rowsPerPage, with: &crawl).count
            #expect(crawl.isDone)
            #expect(crawl.deepestPage == 300)
            return count
        }
        #expect(requests(rowsPerPage: rowsPerPage) <= requests(rowsPerPage: 100) + 1)
    }

    @Test func `a request that was given up is made again`() throws {
        var crawl = FullCrawl(expectedPageCount: 30)
        crawl.giveUp(try next(of: &crawl))
        #expect(crawl.next() == .init(segment: 1, page: 1))
        crawl.note(make(1, from: 0), for: .init(segment: 1, page: 1))
        let request = try next(of: &crawl)
        crawl.giveUp(request)
        #expect(crawl.requestsInFlight == 0)
        #expect(crawl.next() == request)
    }

    @Test func `no two requests under way are for one page of one segment`() {
        var crawl = FullCrawl(expectedPageCount: 300)
        let requests = read(rowCount: 30_000, with: &crawl).map(\.request)
        #expect(Set(requests).count == requests.count)
    }

    @Test func `a crawl goes on from any prefix of its answers and asks only for what was lost`() {
        let rowCount = 6_543
        var whole = FullCrawl()
        let all = read(rowCount: rowCount, with: &whole)
        for count in 0...all.count {
            let kept = all.prefix(count).map {
                KeptCrawlPage(
                    attempt: "a", part: 1, partsKnown: 0, segment: $0.request.segment, page: $0.page)
            }
            var crawl = FullCrawl(resuming: kept, expectedPageCount: nil)
            #expect(crawl.isDone == (count == all.count))
            let rest = read(rowCount: rowCount, with: &crawl)
            #expect(crawl.isDone)
            let pages = Set((all.prefix(count) + rest).map(\.page.page))
            #expect(pages.isSuperset(of: 1...66))
            #expect(
                Set(all.prefix(count).map { [$0.request.segment, $0.request.page] })
                    .isDisjoint(with: rest.map { [$0.request.segment, $0.request.page] }))
            // A page comes twice only where one segment ends on another's pages.
            let again = rest.filter { answer in kept.contains { $0.page.page == answer.page.page } }
            #expect(again.allSatisfy { $0.request.segment != $0.request.page })
        }
    }

    @Test func `answers of two attempts are not strung together`() {
        func kept(_ attempt: String, _ part: Int, knowing partsKnown: Int, _ page: ExchangeFacts)
            -> KeptCrawlPage
        {
            .init(attempt: attempt, part: part, partsKnown: partsKnown, segment: 1, page: page)
        }
        let first = kept("a", 1, knowing: 0, make(1, from: 0))
        let second = kept("a", 2, knowing: 0, make(2, from: 100))
        let ownSecond = kept("b", 3, knowing: 1, make(2, from: 100))
        let third = kept("b", 3, knowing: 1, make(3, from: 200, rows: 0))
        // Attempt b asked for page 3 when it may not have known page 2 as attempt a read it.
        #expect(!FullCrawl(resuming: [first, second, third]).isDone)
        #expect(FullCrawl(resuming: [first, second, third]).segments.map(\.nextPage) == [3])
        #expect(FullCrawl(resuming: [first, second, ownSecond, third]).isDone)
        // An attempt that had read both parts may go on from them.
        #expect(
            FullCrawl(resuming: [first, second, kept("c", 3, knowing: 2, make(3, from: 200, rows: 0))]).isDone
        )
        #expect(
            !FullCrawl(resuming: [first, second, kept("c", 3, knowing: 1, make(3, from: 200, rows: 0))])
                .isDone)
    }

    @Test func `of two attempts that go on from the same parts either one may finish`() {
        func kept(_ attempt: String, _ part: Int, _ segment: Int, _ page: ExchangeFacts) -> KeptCrawlPage {
            .init(
                attempt: attempt, part: part, partsKnown: attempt == "a" ? 0 : 2, segment: segment, page: page
            )
        }
        var pages = [
            kept("a", 1, 1, make(1, from: 0)), kept("a", 1, 3, make(3, from: 200)),
            kept("a", 2, 3, make(4, from: 300, rows: 0)),
        ]
        #expect(!FullCrawl(resuming: pages).isDone)
        pages.append(kept("b", 3, 1, make(2, from: 99)))
        pages.append(kept("c", 4, 1, make(2, from: 99)))
        pages.append(kept("c", 5, 1, make(3, from: 199)))
        #expect(FullCrawl(resuming: pages).isDone)
        // A third branch that came further without an end does not spoil it.
        pages.append(kept("d", 6, 1, make(2, from: 5_000)))
        pages.append(kept("d", 6, 1, make(3, from: 5_100)))
        pages.append(kept("d", 6, 1, make(4, from: 5_200)))
        #expect(FullCrawl(resuming: pages).isDone)
    }
}
