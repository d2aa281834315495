import HTTP

/// What the parts of bronze's commits show of the media's counters.
struct ShownCounters {
    /// One answer about one media.
    struct Answer {
        var media: String
        var fetched: Timestamp
        /// How often its player was loaded; nil where that cannot be typed.
        var loads: Int64?
    }

    private(set) var answers: [Answer] = []
    /// Parts that could not be read.
    private(set) var unreadable: [String] = []

    init(_ commit: Written.Bronze, in storage: PretendStorage) {
        for part in commit.parts where part.stream == "media_stats" {
            guard let text = storage.body("bronze", part.key).flatMap({ PartText($0) }) else {
                unreadable.append(part.key)
                continue
            }
            text.read { read(&$0, part.key) }
        }
    }

    private mutating func read(_ place: inout PartText.Place, _ key: String) {
        while place.seek("\"fetched_at\":\"") {
            guard let fetched = place.moment(), place.seek("\"media_id\":\"") else {
                unreadable.append(key)
                return
            }
            let media = place.text()
            guard place.seek("\"load_count\":") else {
                unreadable.append(key)
                return
            }
            answers.append(Answer(media: media, fetched: fetched, loads: place.number()))
        }
    }

    /// Whether so much of it cannot be typed that the API must have changed.
    ///
    /// That is when nothing is left of it, or of several media together 20 answers and more than one in twenty.
    var isRefused: Bool {
        let odd = answers.filter { $0.loads == nil }
        guard !odd.isEmpty else { return false }
        if odd.count == answers.count { return true }
        return Set(odd.map(\.media)).count >= 2 && odd.count >= 20 && odd.count * 20 > answers.count
    }

    /// Of each media the answer that came last, or of two at once the greater one.
    static func newest(of answers: [Answer]) -> [String: Int64] {
        var newest: [String: (fetched: Timestamp, loads: Int64)] = [:]
        for answer in answers {
            guard let loads = answer.loads else { continue }
            let known = newest[answer.media]
            if known.map({ ($0.fetched, $0.loads) < (answer.fetched, loads) }) ?? true {
                newest[answer.media] = (answer.fetched, loads)
            }
        }
        return newest.mapValues(\.loads)
    }
}
