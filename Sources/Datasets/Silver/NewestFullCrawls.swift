/// The newest full crawls of a source's visitors that a table holds: from them follows who was deleted.
///
/// The newest eight days of a set of crawls do not depend on the order in which its members come, or how often. Eight, since
/// with a full crawl a week that is two months: the time for which a list that shrank to less than half is not believed.
public struct NewestFullCrawls: Sendable, Equatable {
    /// One reading of the whole list, or all that began on one day (UTC).
    public struct Crawl: Sendable, Equatable {
        /// The run that did it; of several on a day the one that began first.
        public var runID: String
        /// When its first answer had arrived, by the clock of the run, microseconds since the epoch, UTC; of several on a day
        /// the earliest.
        ///
        /// A run whose clock is far ahead makes its crawl the newest until that time has come.
        public var startedAt: Int64
        /// How many visitors it showed, not negative; of several on a day the greatest number.
        public var visitorCount: Int

        /// Makes a crawl.
        public init(runID: String, startedAt: Int64, visitorCount: Int) {
            self.runID = runID
            self.startedAt = startedAt
            self.visitorCount = visitorCount
        }

        /// The day on which it began, days since the epoch, UTC.
        var day: Int64 { UTCDay.number(ofMicroseconds: startedAt) }

        /// Adds another crawl of the same day.
        mutating func formUnion(_ other: Crawl) {
            if (other.startedAt, other.runID) < (startedAt, runID) {
                (startedAt, runID) = (other.startedAt, other.runID)
            }
            visitorCount = max(visitorCount, other.visitorCount)
        }

        /// Whether a list of so many visitors became so short that the answer is not believed.
        func isShort(against visitorCount: Int) -> Bool {
            self.visitorCount < visitorCount - self.visitorCount
        }
    }

    /// A crawl that does not count, since it showed less than half of what one before it showed.
    public struct Short: Sendable, Equatable {
        /// The crawl.
        public var crawl: Crawl
        /// The most that one of the crawls before it showed.
        public var largestCount: Int
        /// How many more days with a full crawl it takes until it counts.
        public var daysLeft: Int

        /// Makes a finding.
        public init(crawl: Crawl, largestCount: Int, daysLeft: Int) {
            self.crawl = crawl
            self.largestCount = largestCount
            self.daysLeft = daysLeft
        }
    }

    private static let daysMaximum = 8

    /// At most one for each of eight days, the newest first.
    public private(set) var newest: [Crawl] = []

    /// Starts with none.
    public init() {}

    /// A crawl that began earlier changes nothing, microseconds since the epoch, UTC; nil while any crawl may.
    public var changeableSince: Int64? {
        newest.count < NewestFullCrawls.daysMaximum ? nil : newest.last.map { $0.day * UTCDay.microseconds }
    }

    /// Adds a crawl; one that is there already changes nothing.
    public mutating func insert(_ crawl: Crawl) {
        precondition(crawl.visitorCount >= 0, "a crawl shows no negative number of visitors")
        if let index = newest.firstIndex(where: { $0.day == crawl.day }) {
            newest[index].formUnion(crawl)
        } else {
            newest.append(crawl)
            newest.sort { $0.startedAt > $1.startedAt }
            newest = Array(newest.prefix(NewestFullCrawls.daysMaximum))
        }
    }

    /// Adds the crawls of another set.
    public mutating func formUnion(_ other: NewestFullCrawls) {
        for crawl in other.newest { insert(crawl) }
    }

    /// The crawls that do not count, the newest first.
    ///
    /// A list that is suddenly short is rather another account's, or a fault of the API, than the work of the account: if it
    /// counted, two such answers would delete everybody else. An account that did delete more than half of its visitors is
    /// believed once the larger crawls are no longer among those that are kept. A newer crawl never makes an older one short.
    public var short: [Short] {
        newest.indices.compactMap { index in
            let crawl = newest[index]
            let larger = newest.indices.filter {
                $0 > index && crawl.isShort(against: newest[$0].visitorCount)
            }
            guard let first = larger.first else { return nil }
            return Short(
                crawl: crawl, largestCount: larger.map { newest[$0].visitorCount }.max() ?? 0,
                daysLeft: NewestFullCrawls.daysMaximum - first)
        }
    }

    /// Since when a visitor must have been seen to be there still, microseconds since the epoch, UTC; nil for ever.
    ///
    /// It is when the second newest of the crawls that count began. One crawl that misses a visitor proves nothing, since the
    /// list moves while it is read. Two on different days did if no answer since then shows him; two on one day may share a
    /// fault.
    ///
    /// Newer crawls only raise it. It falls when a crawl comes late that began before others, and showed more than twice as
    /// many visitors as they, or began first on its day. A table from which visitors were removed has to be made anew then.
    public var deletedBefore: Int64? {
        let short = Set(short.map(\.crawl.day))
        let counting = newest.filter { !short.contains($0.day) }
        return counting.count < 2 ? nil : counting[1].startedAt
    }
}

extension NewestFullCrawls {
    /// `<run id>@<microseconds>@<visitors>` of each crawl, the newest first, with spaces between; equal sets give equal texts.
    public var text: String {
        newest.map { "\($0.runID)@\($0.startedAt)@\($0.visitorCount)" }.joined(separator: " ")
    }

    /// Reads ``text``; nil when it is something else.
    public init?(text: String) {
        for word in text.split(separator: " ") {
            let sides = word.split(separator: "@", omittingEmptySubsequences: false)
            guard sides.count == 3, let startedAt = Int64(sides[1]), let visitorCount = Int(sides[2]),
                visitorCount >= 0
            else { return nil }
            insert(Crawl(runID: String(sides[0]), startedAt: startedAt, visitorCount: visitorCount))
        }
        guard self.text == text else { return nil }
    }
}
