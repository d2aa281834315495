/// A page of a full crawl that lies in a part, with what tells which answers were there when it was asked for.
struct KeptCrawlPage: Sendable, Equatable {
    /// The attempt that asked for it (the part's writer id).
    var attempt: String
    /// The number of the part that it lies in.
    var part: Int
    /// How many of the run's parts the attempt had read before its first request: parts 1 to this number.
    var partsKnown: Int
    /// The page, and the segment that the attempt read it in.
    var page: ExchangeFacts
}
