@testable import Wistia

extension ExchangeFacts {
    /// A page that is read on its own.
    init(number: Int, rowCount: Int, marks: [UInt64]) {
        self.init(subject: .page(number), rowCount: rowCount, marks: marks)
    }
}

extension KeptCrawlPage {
    /// A page that was read in a segment.
    init(attempt: String, part: Int, partsKnown: Int, segment: Int, page: ExchangeFacts) {
        var page = page
        page.subject = .page(page.page, segment: segment)
        self.init(attempt: attempt, part: part, partsKnown: partsKnown, page: page)
    }
}
