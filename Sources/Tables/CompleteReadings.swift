/// The newest full readings of a source's rows that a table holds: from them follows who was deleted.
///
/// The newest eight days of a set of readings do not depend on the order in which its members come, or how often. Eight, since
/// with a full reading a week that is two months: the time for which a list that shrank to less than half is not believed.
public struct CompleteReadings: Sendable, Equatable {
    /// One reading of the whole list, or all that began on one day (UTC).
    public struct Reading: Sendable, Equatable {
        /// The run that did it; of several on a day the one that began first.
        public var runID: String
        /// When its first answer had arrived, by the clock of the run, microseconds since the epoch, UTC; of several on a day
        /// the earliest.
        ///
        /// A run whose clock is far ahead makes its reading the newest until that time has come.
        public var startedAt: Int64
        /// How many rows it showed, not negative; of several on a day the greatest number.
        public var rowCount: Int

        package init(runID: String, startedAt: Int64, rowCount: Int) {
            self.runID = runID
            self.startedAt = startedAt
            self.rowCount = rowCount
        }

        /// The day on which it began, days since the epoch, UTC.
        var day: Int64 { UTCDay.number(ofMicroseconds: startedAt) }

        /// Adds another reading of the same day.
        mutating func formUnion(_ other: Reading) {
            if (other.startedAt, other.runID) < (startedAt, runID) {
                (startedAt, runID) = (other.startedAt, other.runID)
            }
            rowCount = max(rowCount, other.rowCount)
        }

        /// Whether a list of so many rows became so short that the answer is not believed.
        func isShort(against rowCount: Int) -> Bool {
            self.rowCount < rowCount - self.rowCount
        }
    }

    /// A reading that does not count, since it showed less than half of what one before it showed.
    public struct Short: Sendable, Equatable {
        /// The reading.
        public var reading: Reading
        /// The most that one of the readings before it showed.
        public var largestCount: Int
        /// How many more days with a full reading it takes until it counts.
        public var daysLeft: Int
    }

    private static let daysMaximum = 8

    /// At most one for each of eight days, the newest first.
    public private(set) var newest: [Reading] = []

    package init() {}

    /// A reading that began earlier changes nothing, microseconds since the epoch, UTC; nil while any reading may.
    public var changeableSince: Int64? {
        newest.count < CompleteReadings.daysMaximum ? nil : newest.last.map { $0.day * UTCDay.microseconds }
    }

    /// Adds a reading; one that is there already changes nothing.
    public mutating func insert(_ reading: Reading) {
        precondition(reading.rowCount >= 0, "a reading shows no negative number of rows")
        if let index = newest.firstIndex(where: { $0.day == reading.day }) {
            newest[index].formUnion(reading)
        } else {
            newest.append(reading)
            newest.sort { $0.startedAt > $1.startedAt }
            newest = Array(newest.prefix(CompleteReadings.daysMaximum))
        }
    }

    package mutating func formUnion(_ other: CompleteReadings) {
        for reading in other.newest { insert(reading) }
    }

    /// The readings that do not count, the newest first.
    ///
    /// A list that is suddenly short is rather another account's, or a fault of the API, than the work of the account: if it
    /// counted, two such answers would delete everybody else. An account that did delete more than half of its rows is
    /// believed once the larger readings are no longer among those that are kept. A newer reading never makes an older one short.
    public var short: [Short] {
        newest.indices.compactMap { index in
            let reading = newest[index]
            let larger = newest.indices.filter {
                $0 > index && reading.isShort(against: newest[$0].rowCount)
            }
            guard let first = larger.first else { return nil }
            return Short(
                reading: reading, largestCount: larger.map { newest[$0].rowCount }.max() ?? 0,
                daysLeft: CompleteReadings.daysMaximum - first)
        }
    }

    /// Since when a row must have been seen to be there still, microseconds since the epoch, UTC; nil for ever.
    ///
    /// It is when the second newest of the readings that count began. One reading that misses a row proves nothing, since the
    /// list moves while it is read. Two on different days did if no answer since then shows him; two on one day may share a
    /// fault.
    ///
    /// Newer readings only raise it. It falls when a reading comes late that began before others, and showed more than twice as
    /// many rows as they, or began first on its day. A table from which rows were removed has to be made anew then.
    public var deletedBefore: Int64? {
        let short = Set(short.map(\.reading.day))
        let counting = newest.filter { !short.contains($0.day) }
        return counting.count < 2 ? nil : counting[1].startedAt
    }
}

extension CompleteReadings {
    /// `<run id>@<microseconds>@<rows>` of each reading, the newest first, with spaces between; equal sets give equal texts.
    public var text: String {
        newest.map { "\($0.runID)@\($0.startedAt)@\($0.rowCount)" }.joined(separator: " ")
    }

    /// Reads ``text``; nil when it is something else.
    public init?(text: String) {
        for word in text.split(separator: " ") {
            let sides = word.split(separator: "@", omittingEmptySubsequences: false)
            guard sides.count == 3, let startedAt = Int64(sides[1]), let rowCount = Int(sides[2]),
                rowCount >= 0
            else { return nil }
            insert(Reading(runID: String(sides[0]), startedAt: startedAt, rowCount: rowCount))
        }
        guard self.text == text else { return nil }
    }
}
