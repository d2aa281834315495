import JSON
import Testing

@testable import Lake
@testable import Wistia

struct MediaListPassesTests {
    private func make(_ page: Int, ids: [String]) throws -> ExchangeFacts {
        var facts = try JSONParser().withDocument(Array("[]".utf8)) {
            try ExchangeFacts(stream: .media, subject: .page(page), body: $0)
        }
        facts.rowCount = ids.count
        facts.mediaIDs = ids
        return facts
    }

    /// Reads lists, one for each request, of two media a page.
    ///
    /// - Returns: The pages that were asked for.
    private func read(_ lists: [[String]]) throws -> (pages: [Int], areEnough: Bool) {
        var passes = MediaListPasses()
        var pages: [Int] = []
        for list in lists where !passes.areEnough {
            let page = passes.nextPage
            pages.append(page)
            passes.note(try make(page, ids: Array(list.dropFirst((page - 1) * 2).prefix(2))))
        }
        return (pages, passes.areEnough)
    }

    @Test(
        arguments: [
            ([], [1]), (["a"], [1, 2, 1]), (["a", "b"], [1, 2, 1]), (["a", "b", "c"], [1, 2, 3, 1, 2]),
        ] as [([String], [Int])])
    func `a list at rest is read to an empty page and then once more`(ids: [String], pages: [Int]) throws {
        let read = try read(Array(repeating: ids, count: 20))
        #expect(read.pages == pages)
        #expect(read.areEnough)
    }

    /// The last media slides onto the only page that has rows before the page behind it is asked for.
    @Test func `a media that slides onto a page that looked like the only one is found`() throws {
        let read = try read([["a", "b", "c"], ["b", "c"], ["b", "c"], ["b", "c"]])
        #expect(read.pages == [1, 2, 1, 1])
        #expect(read.areEnough)
    }

    @Test func `a list that brings something new each time is read four times`() throws {
        let lists = (0..<20).map { number in ["a", "b", "c", "new \(number)"] }
        let read = try read(lists)
        #expect(read.pages == [1, 2, 3, 1, 2, 1, 2, 1, 2])
        #expect(read.areEnough)
    }
}
