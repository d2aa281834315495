/// A page of visitors as one answer showed it: what a full crawl has to remember of it.
struct CrawlPage: Sendable, Equatable {
    /// The page's number, from 1.
    var number: Int
    /// How many rows it holds.
    var rowCount: Int
    /// One number for each row whose `visitor_key` and `last_active_at` could be read, in the page's order; equal numbers mean
    /// the same visitor, not active in between (`VisitorsPage`).
    var marks: [UInt64]

    /// Whether some visitor stands on both pages and was not active between the two answers.
    func shares(rowWith other: CrawlPage) -> Bool {
        marks.contains { other.marks.contains($0) }
    }
}
