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
        for index in self.readings.indices where self.readings[index].isFull && !isUntelling(index) {
            tellingStarts.append(self.readings[index].start)
        }
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
            guard let shown = newest(of: facts, shownBy: reading.start), !mayMiss(visitor, facts, index)
            else {
                continue
            }
            let isNew = previous.map { newest(of: facts, shownBy: $0) != shown } ?? false
            guard reading.isFull || isNew else { continue }
            expected = max(expected ?? shown, shown)
            lastShown = reading.start
        }
        // Two full crawls that may have missed him may have removed him.
        guard let lastShown, tellingStarts.count(where: { $0 > lastShown }) < 2 else { return nil }
        return expected
    }

    /// Whether a full crawl showed for certain a row that nobody can type, so that it cannot tell who is missing.
    private func isUntelling(_ index: Int) -> Bool {
        account.untypable.contains { visitor, window in
            let (facts, span) = (visitors[visitor], spans[index])
            return facts.deleted == nil && window.lowerBound <= span.lowerBound
                && span.upperBound < window.upperBound
                && facts.shownFrom.contains { $0 <= readings[index].start }
                && !isElsewhere(visitor, facts, index)
        }
    }

    private func newest(of facts: PretendAccount.Visitor, shownBy moment: Timestamp) -> Timestamp? {
        var newest: Timestamp?
        for (active, shown) in zip(facts.activities, facts.shownFrom) where shown <= moment {
            newest = max(newest ?? active, active)
        }
        return newest
    }

    private func mayMiss(_ visitor: Int, _ facts: PretendAccount.Visitor, _ index: Int) -> Bool {
        account.untypable[visitor]?.overlaps(spans[index]) == true || isElsewhere(visitor, facts, index)
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

    /// Whether an account that deleted a visitor has told so twice.
    func isDeletionKnown(_ deleted: Timestamp) -> Bool {
        // A crawl that showed rows which nobody can type misses nobody for certain; of several on a day one may count.
        var days: [Int64: Timestamp] = [:]
        for reading in readings where reading.isFull {
            let span = reading.start...reading.end
            if account.untypable.values.contains(where: { $0.overlaps(span) }) { continue }
            let day = reading.start.microsecondsSinceEpoch / 86_400_000_000
            days[day] = min(days[day] ?? reading.start, reading.start)
        }
        return days.values.sorted().dropLast().last.map { $0 > deleted } == true
    }
}
