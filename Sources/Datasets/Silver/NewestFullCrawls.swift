/// The newest full crawls of a source's visitors that a table holds: from them follows who was deleted.
///
/// The two newest of a set do not depend on the order in which its members come, or how often.
public struct NewestFullCrawls: Sendable, Equatable {
    /// One reading of the whole list.
    public struct Crawl: Sendable, Equatable {
        /// The run that did it.
        public var runID: String
        /// When its first answer had arrived, microseconds since the epoch, UTC.
        public var startedAt: Int64

        /// Makes a crawl.
        public init(runID: String, startedAt: Int64) {
            self.runID = runID
            self.startedAt = startedAt
        }
    }

    /// At most two, the newest first.
    public private(set) var newest: [Crawl] = []

    /// Starts with none.
    public init() {}

    /// Adds a crawl; one that is there already changes nothing.
    public mutating func insert(_ crawl: Crawl) {
        guard !newest.contains(crawl) else { return }
        newest.append(crawl)
        newest.sort { ($0.startedAt, $0.runID) > ($1.startedAt, $1.runID) }
        newest = Array(newest.prefix(2))
    }

    /// Adds the crawls of another set.
    public mutating func formUnion(_ other: NewestFullCrawls) {
        for crawl in other.newest { insert(crawl) }
    }

    /// Since when a visitor must have been seen to be there still, microseconds since the epoch, UTC; nil for ever.
    ///
    /// It is when the second newest crawl began. One crawl that misses a visitor proves nothing, since the list moves while it
    /// is read. Two did if no answer since then shows him.
    public var deletedBefore: Int64? { newest.count < 2 ? nil : newest[1].startedAt }
}

extension NewestFullCrawls {
    /// `<run id>@<microseconds>` of each crawl, the newest first, with spaces between; equal sets give equal texts.
    public var text: String { newest.map { "\($0.runID)@\($0.startedAt)" }.joined(separator: " ") }

    /// Reads ``text``; nil when it is something else.
    public init?(text: String) {
        for word in text.split(separator: " ") {
            let sides = word.split(separator: "@", omittingEmptySubsequences: false)
            guard sides.count == 2, let startedAt = Int64(sides[1]) else { return nil }
            insert(Crawl(runID: String(sides[0]), startedAt: startedAt))
        }
        guard self.text == text else { return nil }
    }
}
