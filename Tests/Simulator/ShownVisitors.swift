import HTTP

/// What the parts of bronze's commits show of the visitors, and which rows follow from that.
///
/// The rules are written a second time here, over all answers at once: silver applies them commit by commit, in the order in which
/// these happen to come.
struct ShownVisitors {
    /// One answer that shows a visitor.
    struct Answer: Hashable {
        var fetched: Timestamp
        var active: Timestamp
        var loads: Int64

        /// The earliest moment at which it can have been made: no more than a quarter of an hour before it arrived, and not before
        /// the activity that it tells of.
        private var earliest: Timestamp { min(max(active, fetched.adding(seconds: -900)), fetched) }

        func isNewer(than other: Answer) -> Bool {
            if earliest != other.earliest { return earliest > other.earliest }
            if active != other.active { return active > other.active }
            if fetched != other.fetched { return fetched > other.fetched }
            return loads > other.loads
        }
    }

    /// What is known of one visitor.
    struct Shown {
        /// The answer that counts; nil when none could be typed.
        var newest: Answer?
        /// When he was last shown by a row that cannot be typed.
        var sighted: Timestamp?
    }

    /// All readings of the whole list that began on a day.
    private struct Reading {
        var day: Int64
        var start: Timestamp
        var rowCount: Int
    }

    private(set) var byKey: [String: Shown] = [:]
    /// Parts that could not be read.
    private(set) var unreadable: [String] = []
    private var readings: [Reading] = []

    init(_ commits: [Written.Bronze], in storage: PretendStorage) {
        for commit in commits {
            var first: Timestamp?
            var typed: Set<String> = []
            var sighted: Set<String> = []
            for part in commit.parts where part.stream == "visitors" {
                guard let text = storage.body("bronze", part.key).flatMap({ PartText($0) }) else {
                    unreadable.append(part.key)
                    continue
                }
                text.read { read(&$0, part.key, &first, &typed, &sighted) }
            }
            guard commit.complete.contains("visitors"), let first else { continue }
            note(
                Reading(
                    day: first.microsecondsSinceEpoch / 86_400_000_000, start: first,
                    rowCount: typed.count + sighted.count))
        }
    }

    private mutating func read(
        _ place: inout PartText.Place, _ key: String, _ first: inout Timestamp?, _ typed: inout Set<String>,
        _ sighted: inout Set<String>
    ) {
        while place.seek("\"fetched_at\":\"") {
            guard let fetched = place.moment() else {
                unreadable.append(key)
                return
            }
            first = min(first ?? fetched, fetched)
            let end = place.end(of: "\"fetched_at\":\"")
            while place.seek("\"visitor_key\":\"", before: end) {
                let visitor = place.text()
                guard place.seek("\"last_active_at\":\"", before: end) else { break }
                let active = Timestamp(rfc3339: place.text())
                guard place.seek("\"load_count\":", before: end), let active else { break }
                guard let loads = place.number() else {
                    sighted.insert(visitor)
                    let before = byKey[visitor]?.sighted ?? fetched
                    byKey[visitor, default: Shown()].sighted = max(before, fetched)
                    continue
                }
                typed.insert(visitor)
                let answer = Answer(fetched: fetched, active: active, loads: loads)
                if byKey[visitor]?.newest.map({ answer.isNewer(than: $0) }) ?? true {
                    byKey[visitor, default: Shown()].newest = answer
                }
            }
        }
    }

    private mutating func note(_ reading: Reading) {
        guard let index = readings.firstIndex(where: { $0.day == reading.day }) else {
            readings.append(reading)
            return
        }
        readings[index].start = min(readings[index].start, reading.start)
        readings[index].rowCount = max(readings[index].rowCount, reading.rowCount)
    }

    /// Since when somebody must have been shown to be there still: when the second newest reading began that counts.
    ///
    /// One that showed less than half of what an earlier one did does not count.
    var bound: Timestamp? {
        let newest = readings.sorted { $0.start > $1.start }.prefix(8)
        let counting = newest.enumerated().filter { index, reading in
            !newest[(index + 1)...].contains { reading.rowCount < $0.rowCount - reading.rowCount }
        }
        return counting.dropFirst().first?.element.start
    }

    /// The row of everybody who has one.
    var rows: [String: Answer] {
        guard let bound else { return byKey.compactMapValues(\.newest) }
        return byKey.compactMapValues { shown in
            guard let newest = shown.newest else { return nil }
            let isSeen =
                newest.fetched >= bound.adding(seconds: -900) || shown.sighted.map { $0 >= bound } == true
            return isSeen ? newest : nil
        }
    }
}
