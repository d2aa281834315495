import HTTP

/// Bronze's cache of its newest commit; the commits themselves are the truth.
struct BronzeState: Codable, Equatable {
    var version = formatVersion
    /// The newest commit's key.
    var commit: String
    /// Its run's id; ids begin with the event's time, so they compare by age.
    var runID: String
    /// As in ``BronzeCommit``.
    var watermark: String?
    /// As in ``BronzeCommit``.
    var lastFullCrawl: String?
    /// As in ``BronzeCommit``.
    var visitorPageCount: Int?

    enum CodingKeys: String, CodingKey {
        case version, commit, watermark
        case runID = "run_id"
        case lastFullCrawl = "last_full_crawl"
        case visitorPageCount = "visitor_page_count"
    }

    init(of commit: BronzeCommit, key: String) {
        self.commit = key
        runID = commit.runID
        watermark = commit.watermark
        lastFullCrawl = commit.lastFullCrawl
        visitorPageCount = commit.visitorPageCount
    }
}

/// What starts a run's next invocation.
struct Continuation: Codable, Equatable {
    var version = formatVersion
    var source: String
    var runID: String
    var extractionDate: String
    /// The invocation's number, from 2.
    var number: Int
    /// Whether the event asked for a full crawl.
    var isFull: Bool

    enum CodingKeys: String, CodingKey {
        case version, source, number
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case isFull = "is_full"
    }
}
