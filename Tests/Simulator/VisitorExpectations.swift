import HTTP

/// What fact_visitors has to tell once some runs are committed, as it follows from the account alone.
///
/// A run shows a visitor for certain with what the list told of him when its first answer was given, if it read everything, or if
/// that was new since the run before it. It may miss whoever the list left out meanwhile, whoever could not be typed, whoever
/// turned up meanwhile in the middle of the list, and whoever stood so near to the top of a page when somebody before him was
/// deleted that he can have slipped onto a page that had been read.
struct VisitorExpectations {
    /// A run of bronze that has its commit, reduced to what matters here.
    struct Reading {
        var start: Timestamp
        /// When its commit was written.
        var end: Timestamp
        var isFull: Bool
        /// Whether silver had to refuse it, so that nobody knows what it showed.
        var isRefused: Bool
    }

    private let account: PretendAccount
    private let visitors: [PretendAccount.Visitor]
    /// By start.
    private let readings: [Reading]
    /// For each reading, when it may have missed somebody who was elsewhere.
    private let spans: [ClosedRange<Timestamp>]
    /// For each reading, who may have slipped past it when ranks shrank.
    private let slipped: [Set<Int>]
    /// When the full crawls began of which somebody can conclude who was deleted.
    private var tellingStarts: [Timestamp] = []

    init(_ account: PretendAccount, _ readings: [Reading]) {
        self.account = account
        visitors = account.visitors
        self.readings = readings.sorted { $0.start < $1.start }
        // The Date header tells whole seconds.
        spans = self.readings.map { $0.start.adding(seconds: -1)...$0.end }
        slipped = spans.map { span in
            let shrinkages = account.shrinkages.filter { span.contains($0.moment) }
            // Those who became active meanwhile moved him down again, but by fewer places than would bring him back.
            return Set(
                shrinkages.flatMap { $0.placesOnPage.filter { $0.value < 2 * shrinkages.count }.keys })
        }
        tellingStarts = self.readings.filter { $0.isFull && !$0.isRefused }.map(\.start)
    }

    /// The activity that a visitor's row has to tell of at least; nil when he may be without a row.
    func activity(of visitor: Int) -> Timestamp? {
        let facts = visitors[visitor]
        guard facts.deleted == nil else { return nil }
        var expected: Timestamp?
        var lastShown: Timestamp?
        var previous: Timestamp?
        for (index, reading) in readings.enumerated() {
            defer { previous = reading.start }
            guard !reading.isRefused, let shown = newest(of: facts, shownBy: reading.start),
                !isElsewhere(visitor, facts, index)
            else { continue }
            let isNew = previous.map { newest(of: facts, shownBy: $0) != shown } ?? false
            guard reading.isFull || isNew else { continue }
            // Whose row cannot be typed is there all the same, with what is known of him.
            lastShown = reading.start
            if account.untypable[visitor]?.overlaps(spans[index]) == true { continue }
            expected = max(expected ?? shown, shown)
        }
        // Two full crawls that may have missed him may have removed him.
        guard let lastShown, tellingStarts.count(where: { $0 > lastShown }) < 2 else { return nil }
        return expected
    }

    private func newest(of facts: PretendAccount.Visitor, shownBy moment: Timestamp) -> Timestamp? {
        var newest: Timestamp?
        for (active, shown) in zip(facts.activities, facts.shownFrom) where shown <= moment {
            newest = max(newest ?? active, active)
        }
        return newest
    }

    /// Whether a visitor can have been where nobody looked.
    private func isElsewhere(_ visitor: Int, _ facts: PretendAccount.Visitor, _ index: Int) -> Bool {
        let span = spans[index]
        if account.hidden.contains(where: { $0.visitor == visitor && $0.window.overlaps(span) }) {
            return true
        }
        for (active, shown) in zip(facts.activities, facts.shownFrom)
        where span.contains(shown) && shown.seconds(since: active) > PretendAccount.latenessMaximumSeconds {
            return true
        }
        return slipped[index].contains(visitor)
    }

    /// Whether a reading may have shown less than half of what an earlier one did, so that nobody believes it.
    ///
    /// The list leaves out three visitors at most, which count twice.
    private func mayBeShort(_ reading: Reading) -> Bool {
        let earlier = readings.filter { $0.start < reading.start }.map { listedCount(at: $0.end) }
        return earlier.contains { 2 * listedCount(at: reading.start) < $0 + 6 }
    }

    private func listedCount(at moment: Timestamp) -> Int {
        visitors.count { facts in
            facts.shownFrom.contains { $0 <= moment } && facts.deleted.map { $0 > moment } != false
        }
    }

    /// Whether an account that deleted a visitor has told so twice.
    func isDeletionKnown(_ deleted: Timestamp) -> Bool {
        // Of several on a day one may count.
        var days: [Int64: Timestamp] = [:]
        for reading in readings where reading.isFull && !reading.isRefused && !mayBeShort(reading) {
            let day = reading.start.microsecondsSinceEpoch / 86_400_000_000
            days[day] = min(days[day] ?? reading.start, reading.start)
        }
        // An answer that arrived as the reading began may have been made so much earlier.
        return days.values.sorted().dropLast().last.map { $0.seconds(since: deleted) > 900 } == true
    }
}
