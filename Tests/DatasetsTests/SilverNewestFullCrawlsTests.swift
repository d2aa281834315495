import Datasets
import Testing

struct SilverNewestFullCrawlsTests {
    typealias Crawl = NewestFullCrawls.Crawl

    private func make(_ crawls: [Crawl]) -> NewestFullCrawls {
        var newest = NewestFullCrawls()
        for crawl in crawls { newest.insert(crawl) }
        return newest
    }

    @Test(arguments: 0..<20) func `holds the two newest, however often and in which order they come`(
        seed: Int
    ) {
        var generator = SeededGenerator(state: UInt64(seed))
        let crawls = [Crawl(runID: "a", startedAt: 9)] + (1...4).map { Crawl(runID: "r\($0)", startedAt: $0) }
        let shuffled = (crawls + crawls).shuffled(using: &generator)
        #expect(make(shuffled).newest == [crawls[0], crawls[4]])
        #expect(make(shuffled).deletedBefore == 4)
        var joined = make(Array(shuffled[..<5]))
        joined.formUnion(make(Array(shuffled[5...])))
        #expect(joined == make(crawls))
    }

    @Test func `two crawls that began at once count as two`() {
        let crawls = [Crawl(runID: "a", startedAt: 5), Crawl(runID: "b", startedAt: 5)]
        #expect(make(crawls) == make(crawls.reversed()))
        #expect(make(crawls).deletedBefore == 5)
    }

    @Test func `one crawl tells of nobody`() {
        #expect(NewestFullCrawls().deletedBefore == nil)
        #expect(
            make([Crawl(runID: "a", startedAt: 1), Crawl(runID: "a", startedAt: 1)]).deletedBefore == nil)
    }

    @Test(arguments: [("", 0), ("a@1", 1), ("b@2 a@-1", 2)])
    func `reads the text that it writes`(text: String, count: Int) throws {
        let crawls = try #require(NewestFullCrawls(text: text))
        #expect(crawls.newest.count == count)
        #expect(crawls.text == text)
    }

    @Test(arguments: ["a", "a@", "a@x", "a@1@2", "a@1 b@2", "c@3 b@2 a@1", " a@1", "a@1 a@1"])
    func `refuses another text`(text: String) {
        #expect(NewestFullCrawls(text: text) == nil)
    }
}
