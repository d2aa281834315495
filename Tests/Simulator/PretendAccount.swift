import Foundation
import HTTP

/// A Wistia account whose visitors become active while they are read, at moments of a world's clock.
final class PretendAccount: @unchecked Sendable {
    /// One visitor's activities so far and to come, oldest first.
    struct Visitor {
        var created: Timestamp
        var activities: [Timestamp]
        /// When the account deleted him; nil when it did not.
        var deleted: Timestamp?
    }

    private struct Appearance {
        var visible: Timestamp
        var visitor: Int
        var active: Timestamp
    }

    private(set) var visitors: [Visitor] = []
    /// Visitors in the list's order, newest activity first, with what the list shows of each.
    private var list: [(visitor: Int, active: Timestamp)] = []
    /// What the list does not show yet, the next at the end.
    private var appearances: [Appearance] = []
    /// Media that it has, always the same.
    let mediaCount: Int

    /// Visitors show up in the list that late at most, in seconds; 139 were observed.
    static let latenessMaximumSeconds = 139.0

    /// Makes an account.
    ///
    /// - Parameters:
    ///   - visitorCount: Visitors at the start.
    ///   - mediaCount: Its media.
    ///   - start: When the first day's run begins.
    ///   - days: Days after the first on which it is read: for some minutes activities come at the rate, and some at other times.
    ///   - activationsPerSecond: How many visitors become active in a second while it is read.
    ///   - world: Where the randomness comes from.
    init(
        visitorCount: Int, mediaCount: Int, start: Timestamp, days: [Int], activationsPerSecond: Double,
        world: World
    ) {
        self.mediaCount = mediaCount
        for index in 0..<visitorCount {
            // Some share a moment.
            let age = world.number(in: 4_000..<40_000_000).rounded() + Double(index % 7 == 0 ? 0 : index)
            let active = start.adding(seconds: -age.rounded())
            visitors.append(Visitor(created: active, activities: [active]))
            list.append((index, active))
        }
        list.sort { $0.active == $1.active ? $0.visitor < $1.visitor : $0.active > $1.active }
        var moments: [Timestamp] = []
        for day in days {
            let begin = start.adding(seconds: Double(day) * 86_400)
            for _ in 0..<world.number(in: 0...world.pick([5, 30, 400])) {
                moments.append(begin.adding(seconds: -world.number(in: 0..<80_000).rounded(.down)))
            }
            guard activationsPerSecond > 0 else { continue }
            var seconds = -200.0
            while seconds < 900 {
                seconds += -log(1 - world.fraction()) / activationsPerSecond
                moments.append(begin.adding(seconds: seconds.rounded(.down)))
            }
        }
        for moment in moments.sorted() where moment > start.adding(seconds: -3_000) {
            let isNew = visitors.isEmpty || world.chance(0.3)
            let visitor = isNew ? visitors.count : world.number(in: 0...visitors.count - 1)
            if isNew { visitors.append(Visitor(created: moment, activities: [])) }
            guard moment > visitors[visitor].activities.last ?? .distantPast else { continue }
            visitors[visitor].activities.append(moment)
            let lateness = world.chance(0.2) ? world.number(in: 0..<PretendAccount.latenessMaximumSeconds) : 0
            appearances.append(
                Appearance(visible: moment.adding(seconds: lateness), visitor: visitor, active: moment))
        }
        appearances.sort { $0.visible > $1.visible }
        // While nobody reads: where ranks shrink under a reader, one crawl may miss somebody.
        guard days.contains(8), !visitors.isEmpty else { return }
        for _ in 0..<world.number(in: 0...5) {
            let visitor = world.number(in: 0...visitors.count - 1)
            visitors[visitor].deleted = start.adding(seconds: 43_200)
        }
    }

    static func key(of visitor: Int) -> String { "1769_\(visitor)-0b5e-4c2f-a" }

    /// The visitor that a key names; nil when none.
    func visitor(ofKey key: String) -> Int? {
        let digits = key.dropFirst(5).prefix { $0.isNumber }
        guard let number = Int(digits), visitors.indices.contains(number),
            PretendAccount.key(of: number) == key
        else { return nil }
        return number
    }

    /// Shows in the list whatever is visible now.
    private func catchUp(to now: Timestamp) {
        list.removeAll { isDeleted($0.visitor, at: now) }
        while let next = appearances.last, next.visible <= now {
            appearances.removeLast()
            if isDeleted(next.visitor, at: now) { continue }
            if let shown = list.firstIndex(where: { $0.visitor == next.visitor }) {
                guard list[shown].active < next.active else { continue }
                list.remove(at: shown)
            }
            let place = list.firstIndex { $0.active < next.active } ?? list.endIndex
            list.insert((next.visitor, next.active), at: place)
        }
    }

    private func isDeleted(_ visitor: Int, at moment: Timestamp) -> Bool {
        visitors[visitor].deleted.map { $0 <= moment } == true
    }

    // MARK: Answers

    /// The answer to a request, as of now; nil for what does not exist.
    func answer(path: Substring, page: Int, now: Timestamp) -> String? {
        catchUp(to: now)
        switch path.split(separator: "/") {
        case ["medias.json"]:
            let media = (0..<mediaCount).dropFirst((page - 1) * 100).prefix(100)
            return "[" + media.map(PretendAccount.media).joined(separator: ",") + "]"
        case ["stats", "visitors.json"]:
            let rows = list.dropFirst((page - 1) * 100).prefix(100)
            return "[" + rows.map { visitor($0.visitor, active: $0.active) }.joined(separator: ",") + "]"
        case let media where media.count == 3 && media.starts(with: ["stats", "medias"]):
            return """
                {"load_count":\(4_000 + page),"play_count":2000,"play_rate":0.31,"hours_watched":52.5,"engagement":0.52,"visitors":1800}
                """
        case let media where media.count == 4 && media.last == "engagement.json":
            return """
                {"engagement":0.52,"engagement_data":[2000,1800,1500,1200,1000],"rewatch_data":[10,20,30,20,10]}
                """
        default:
            return nil
        }
    }

    private static func media(_ index: Int) -> String {
        """
        {"id":\(1_000 + index),"name":"Video \(index)","type":"Video","archived":false,"created":"2025-11-01T10:00:00+00:00","updated":"2025-11-02T10:00:00+00:00","duration":61.5,"hashed_id":"media\(index)","description":"","progress":1.0,"status":"ready","section":null,"thumbnail":{"url":"https://example.com/t.jpg","width":200,"height":120},"project":{"id":1,"name":"All","hashed_id":"p1"},"assets":[]}
        """
    }

    private func visitor(_ index: Int, active: Timestamp) -> String {
        // How often he came tells which of his activities the list shows.
        let count = (visitors[index].activities.firstIndex(of: active) ?? 0) + 1
        return """
            {"visitor_key":"\(PretendAccount.key(of: index))","created_at":"\(visitors[index].created.iso8601)","last_active_at":"\(active.iso8601)","last_event_key":"e\(index)","load_count":\(count),"play_count":\(count),"identifying_event_key":null,"visitor_identity":{"name":"","email":null,"org":{"name":null,"title":null}},"user_agent_details":{"browser":"Chrome","browser_version":"120","platform":"mac","mobile":false}}
            """
    }
}

extension Timestamp {
    static let distantPast = Timestamp(microsecondsSinceEpoch: 0)
}
