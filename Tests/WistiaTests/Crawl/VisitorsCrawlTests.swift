import HTTP
import JSON
import Testing

@testable import Lake
@testable import Wistia

struct VisitorsCrawlTests {
    /// Noon of 2026-01-08, some seconds later.
    private func at(_ seconds: Double) throws -> Timestamp {
        try #require(Timestamp(rfc3339: "2026-01-08T12:00:00Z")).adding(seconds: seconds)
    }

    /// A page whose newest and oldest rows are some seconds from noon.
    private func make(
        _ subject: ExchangeFacts.Subject, rows: Int = 100, newest: Double, oldest: Double,
        isNewestFirst: Bool = true
    ) throws -> ExchangeFacts {
        var facts = try JSONParser().withDocument(Array("[]".utf8)) {
            try ExchangeFacts(stream: .visitors, subject: subject, body: $0)
        }
        facts.rowCount = rows
        facts.newestLastActiveAt = try at(newest)
        facts.oldestLastActiveAt = try at(oldest)
        facts.isNewestFirst = isNewestFirst
        return facts
    }

    private func makeEmpty(_ subject: ExchangeFacts.Subject) throws -> ExchangeFacts {
        var facts = try make(subject, rows: 0, newest: 0, oldest: 0)
        facts.newestLastActiveAt = nil
        facts.oldestLastActiveAt = nil
        return facts
    }

    @Test func `reads every page when nothing is known`() throws {
        var crawl = VisitorsCrawl(watermark: nil)
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(21, segment: 21), newest: -150_000, oldest: -160_000))
        crawl.note(try make(.page(2), rows: 99, newest: -100_001, oldest: -200_000))
        #expect(crawl.step == .crawlAll)
        crawl.noteEnd()
        #expect(crawl.step == .rescan(page: 1))
        #expect(crawl.hasReachedEnd)
    }

    @Test func `stops at the first page that lies wholly an hour before the watermark`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), newest: -10, oldest: -13_599))
        #expect(crawl.step == .crawl(page: 2))
        crawl.note(try make(.page(2), newest: -13_600, oldest: -20_000))
        #expect(crawl.step == .crawl(page: 3))
        crawl.note(try make(.page(3), newest: -13_601, oldest: -20_000))
        #expect(crawl.step == .rescan(page: 1))
        #expect(!crawl.hasReachedEnd)
    }

    @Test func `reads everything once activity rises within a page`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), newest: -20_000, oldest: -30_000, isNewestFirst: false))
        #expect(crawl.step == .crawlAll)
        #expect(crawl.lowerBound == nil)
        crawl.note(try make(.page(2), newest: -90_000, oldest: -99_000))
        #expect(crawl.step == .crawlAll)
    }

    @Test func `an empty account is read in two requests`() throws {
        var crawl = VisitorsCrawl(watermark: nil)
        crawl.begin(at: try at(0))
        crawl.note(try makeEmpty(.page(1)))
        crawl.noteEnd()
        crawl.note(try makeEmpty(.rescanPage(1)))
        #expect(crawl.step == .done)
        #expect(crawl.watermark(after: nil) == nil)
    }

    @Test func `reads on behind a page with few rows, to an empty one`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), rows: 50, newest: -10, oldest: -20))
        #expect(crawl.step == .crawl(page: 2))
        crawl.note(try makeEmpty(.page(2)))
        #expect(crawl.hasReachedEnd)
        crawl.note(try make(.rescanPage(1), rows: 50, newest: 90, oldest: 50))
        #expect(crawl.step == .rescan(page: 2))
        crawl.note(try makeEmpty(.rescanPage(2)))
        #expect(crawl.step == .done)
    }

    @Test func `a page with few rows that is known ends the crawl but is not the list's end`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), rows: 50, newest: -20_000, oldest: -30_000))
        #expect(crawl.step == .rescan(page: 1))
        #expect(!crawl.hasReachedEnd)
    }

    @Test func `the re-scan goes back to three minutes before the run's start`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-100))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), rows: 3, newest: -10, oldest: -20))
        crawl.note(try makeEmpty(.page(2)))
        crawl.note(try make(.rescanPage(1), newest: 30, oldest: -180))
        #expect(crawl.step == .rescan(page: 2))
        crawl.note(try make(.rescanPage(2), newest: -180, oldest: -181))
        #expect(crawl.step == .done)
    }

    @Test func `the watermark is the newest activity but not later than the run's start`() throws {
        var crawl = VisitorsCrawl(watermark: nil)
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), rows: 2, newest: -50, oldest: -90))
        #expect(crawl.watermark(after: nil) == (try at(-50)))
        #expect(crawl.watermark(after: try at(-40)) == (try at(-40)))

        var future = VisitorsCrawl(watermark: nil)
        future.begin(at: try at(0))
        future.note(try make(.page(1), rows: 2, newest: 9_999_999, oldest: -90))
        #expect(future.watermark(after: nil) == (try at(0)))
    }

    @Test func `pages that another attempt read again change nothing`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), newest: -10, oldest: -20))
        let before = crawl
        crawl.note(try make(.page(1), newest: -10, oldest: -20))
        crawl.note(try make(.page(7), newest: -10, oldest: -20))
        #expect(crawl == before)
    }

    @Test func `disorder in the re-scan takes the crawl up again`() throws {
        var crawl = VisitorsCrawl(watermark: try at(-10_000))
        crawl.begin(at: try at(0))
        crawl.note(try make(.page(1), newest: -20_000, oldest: -30_000))
        #expect(crawl.step == .rescan(page: 1))
        crawl.note(try make(.rescanPage(1), newest: -10, oldest: -30_000, isNewestFirst: false))
        #expect(crawl.step == .crawlAll)
        #expect(crawl.lowerBound == nil)
        crawl.noteEnd()
        #expect(crawl.step == .rescan(page: 1))
    }
}
