import HTTP

/// What a crawl remembers for the next one.
struct CrawlCursor: Codable, Equatable {
    /// When the run's first visitors answer was given, by the server's clock.
    var runStart: String?
    /// Up to when visitors' activity is known without a gap; nil before the first visitor.
    var watermark: String?
    /// The extraction date of the last full crawl, this one included.
    var lastFullCrawl: String?
    /// How many pages of visitors the last full crawl found, this one included; nil before the first, and where none said so.
    var visitorPageCount: Int?

    enum CodingKeys: String, CodingKey {
        case watermark
        case runStart = "run_start"
        case lastFullCrawl = "last_full_crawl"
        case visitorPageCount = "visitor_page_count"
    }
}
