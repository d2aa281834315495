import Datasets
import Testing

struct SilverNewestFullCrawlsTests {
    typealias Crawl = NewestFullCrawls.Crawl

    private static let day: Int64 = 86_400_000_000

    private func make(_ crawls: [Crawl]) -> NewestFullCrawls {
        var newest = NewestFullCrawls()
        for crawl in crawls { newest.insert(crawl) }
        return newest
    }

    /// A crawl a day that showed so many visitors, the first on day 0.
    private func daily(_ counts: [Int]) -> [Crawl] {
        counts.enumerated().map {
            Crawl(
                runID: "r\($0)", startedAt: Int64($0) * SilverNewestFullCrawlsTests.day, visitorCount: $1)
        }
    }

    @Test(arguments: 0..<50) func `any order and any repetition of crawls gives the same`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let crawls = (0..<40).map { index in
            Crawl(
                runID: "r\(index % 5)",
                startedAt: Int64.random(in: -10..<10, using: &generator) * SilverNewestFullCrawlsTests.day / 2
                    + Int64.random(in: 0..<2, using: &generator),
                visitorCount: Int.random(in: 0..<9, using: &generator))
        }
        let byDay = Dictionary(grouping: crawls) {
            ($0.startedAt + 1_000 * SilverNewestFullCrawlsTests.day) / SilverNewestFullCrawlsTests.day
        }
        let expected = byDay.sorted { $0.key > $1.key }.prefix(8).map { _, crawls in
            let first = crawls.min { ($0.startedAt, $0.runID) < ($1.startedAt, $1.runID) }!
            return Crawl(
                runID: first.runID, startedAt: first.startedAt,
                visitorCount: crawls.map(\.visitorCount).max()!)
        }
        let shuffled = (crawls + crawls).shuffled(using: &generator)
        #expect(make(shuffled).newest == expected)
        var joined = make(Array(shuffled[..<30]))
        joined.formUnion(make(Array(shuffled[30...])))
        joined.formUnion(make(Array(shuffled[10..<50])))
        #expect(joined == make(crawls))
        #expect(NewestFullCrawls(text: joined.text) == joined)
    }

    @Test(arguments: 0..<50) func `the bound never falls while newer crawls come`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let crawls = daily((0..<40).map { _ in Int.random(in: 0..<6, using: &generator) })
        var newest = NewestFullCrawls()
        var bound = Int64.min
        for crawl in crawls {
            newest.insert(crawl)
            let next = newest.deletedBefore ?? .min
            #expect(next >= bound)
            bound = next
        }
    }

    @Test(
        arguments: [
            ([], nil),
            ([5], nil),
            ([5, 5], 0),
            ([5, 5, 5], 1),
            ([5, 0, 0], nil),
            ([5, 5, 0, 0], 0),
            ([5, 5, 2, 2], 0),
            ([4, 4, 2, 2], 2),
            ([0, 0], 0),
            ([0, 5], 0),
            // Half of half is less than half of what was there before.
            ([8, 4, 2, 2], 0),
            // What does not count itself still tells that a later one is short.
            ([9, 4, 1, 9], 0),
            // The larger one leaves with the eighth crawl after it, and not before.
            ([9, 1, 1, 1, 1, 1, 1, 1], nil),
            ([9, 1, 1, 1, 1, 1, 1, 1, 1], 7),
            ([9, 9, 1, 1, 1, 1, 1, 1, 1, 1], 8),
            ([9, 9, 1, 1, 1, 1, 1, 1, 1], nil),
        ] as [([Int], Int64?)])
    func `the second newest crawl that is not short tells who was deleted`(counts: [Int], expected: Int64?) {
        let newest = make(daily(counts))
        #expect(newest.deletedBefore == expected.map { $0 * SilverNewestFullCrawlsTests.day })
    }

    @Test func `two crawls on one day count as one, two about midnight as two`() {
        let evening = Crawl(
            runID: "a", startedAt: SilverNewestFullCrawlsTests.day - 2, visitorCount: 1)
        let late = Crawl(
            runID: "b", startedAt: SilverNewestFullCrawlsTests.day - 1, visitorCount: 7)
        let morning = Crawl(runID: "c", startedAt: SilverNewestFullCrawlsTests.day, visitorCount: 7)
        #expect(make([evening, late]).deletedBefore == nil)
        #expect(
            make([late, evening]).newest == [
                Crawl(runID: "a", startedAt: evening.startedAt, visitorCount: 7)
            ])
        #expect(make([morning, late]).deletedBefore == late.startedAt)
        #expect(make([morning, late, evening]).deletedBefore == evening.startedAt)
    }

    @Test func `days before 1970 are whole days too`() {
        let crawls = [
            Crawl(runID: "a", startedAt: -1, visitorCount: 1),
            Crawl(runID: "b", startedAt: 0, visitorCount: 1),
        ]
        #expect(make(crawls).deletedBefore == -1)
    }

    @Test func `a short crawl says against which and for how long`() {
        let newest = make(daily([9, 7, 1, 8, 3, 9]))
        #expect(
            newest.short == [
                .init(crawl: daily([9, 7, 1, 8, 3])[4], largestCount: 9, daysLeft: 6),
                .init(crawl: daily([9, 7, 1])[2], largestCount: 9, daysLeft: 4),
            ])
        // After as many days more it counts.
        #expect(make(daily([9, 7, 1, 8, 3, 9] + Array(repeating: 3, count: 6))).short.count == 6)
    }

    @Test(arguments: [("", 0), ("a@1@0", 1), ("b@86400000000@2 a@-1@7", 2)])
    func `reads the text that it writes`(text: String, count: Int) throws {
        let crawls = try #require(NewestFullCrawls(text: text))
        #expect(crawls.newest.count == count)
        #expect(crawls.text == text)
    }

    @Test(
        arguments: [
            "a", "a@", "a@x", "a@1", "a@1@", "a@1@x", "a@1@-1", "a@1@2@3", "b@2@1 a@1@1", " a@1@1",
            "a@1@1 a@1@1",
            "a@-1@1 b@86400000000@2", "a@1@+1",
        ]) func `refuses another text`(text: String)
    {
        #expect(NewestFullCrawls(text: text) == nil)
    }
}
