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

    /// One media; it is there from and to a moment.
    struct Media {
        var created = Timestamp.distantPast
        /// When the account deleted it; nil when it did not.
        var deleted: Timestamp?

        func isThere(at moment: Timestamp) -> Bool {
            created <= moment && deleted.map { moment < $0 } != false
        }
    }

    private(set) var visitors: [Visitor] = []
    private(set) var media: [Media]
    /// Visitors whose rows cannot be typed.
    private(set) var untypable: Set<Int> = []
    /// Whether rows stand in the wrong order on every page.
    let isUnordered: Bool
    /// When the token is replaced by another one.
    private var tokenChanges: [Timestamp] = []
    /// Visitors in the list's order, newest activity first, with what the list shows of each.
    private var list: [(visitor: Int, active: Timestamp)] = []
    /// What the list does not show yet, the next at the end.
    private var appearances: [Appearance] = []

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
        media = Array(repeating: Media(), count: mediaCount)
        isUnordered = world.chance(0.06)
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
        changeSurroundings(start: start, days: days, world)
        // All at once, while no run reads that is on time: where ranks shrink under a reader, one crawl may miss somebody.
        guard days.contains(8), !visitors.isEmpty else { return }
        for _ in 0..<world.number(in: 0...5) {
            let visitor = world.number(in: 0...visitors.count - 1)
            visitors[visitor].deleted = start.adding(seconds: 43_200)
        }
    }

    /// Media that come and go, rows that nobody can type, and new tokens, most of them while the account is read.
    private func changeSurroundings(start: Timestamp, days: [Int], _ world: World) {
        for day in days {
            let begin = start.adding(seconds: Double(day) * 86_400)
            // Where the list has two pages, most of them are read in the first seconds.
            let isLong = media.count > 100
            if media.count > 1, world.chance(isLong ? 0.6 : 0.2) {
                let place = world.number(in: 0...min(99, media.count - 1))
                let moment = begin.adding(seconds: world.number(in: 0..<(isLong ? 8 : 60)))
                media[place].deleted = media[place].deleted ?? moment
            }
            if world.chance(0.1) {
                media.append(Media(created: begin.adding(seconds: world.number(in: 0..<60))))
            }
            if world.chance(0.1) { tokenChanges.append(begin.adding(seconds: world.number(in: 0..<300))) }
        }
        guard visitors.count >= 100, world.chance(0.1) else { return }
        // Fewer than what passes for a change of the API.
        for _ in 0..<world.number(in: 1...3) { untypable.insert(world.number(in: 0...visitors.count - 1)) }
    }

    /// The token that the account takes.
    func token(at now: Timestamp) -> String { "obviously-fake-\(tokenChanges.count { $0 <= now })" }

    static func mediaID(_ index: Int) -> String { "media\(index)" }

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
            let shown = media.indices.filter { media[$0].isThere(at: now) }.dropFirst((page - 1) * 100)
                .prefix(100)
            return "[" + shown.map(PretendAccount.media).joined(separator: ",") + "]"
        case ["stats", "visitors.json"]:
            let ranked = list.dropFirst((page - 1) * 100).prefix(100)
            let rows = isUnordered ? ranked.reversed() : Array(ranked)
            return "[" + rows.map { visitor($0.visitor, active: $0.active) }.joined(separator: ",") + "]"
        case let names where names.starts(with: ["stats", "medias"]) && !isMediaThere(names, now): return nil
        case let names where names.count == 3 && names.starts(with: ["stats", "medias"]):
            return """
                {"load_count":\(4_000 + page),"play_count":2000,"play_rate":0.31,"hours_watched":52.5,"engagement":0.52,"visitors":1800}
                """
        case let names where names.count == 4 && names.last == "engagement.json":
            return """
                {"engagement":0.52,"engagement_data":[2000,1800,1500,1200,1000],"rewatch_data":[10,20,30,20,10]}
                """
        default:
            return nil
        }
    }

    private func isMediaThere(_ names: [Substring], _ now: Timestamp) -> Bool {
        let id = (names.dropFirst(2).first ?? "").split(separator: ".").first ?? ""
        return media.indices.contains { PretendAccount.mediaID($0) == id && media[$0].isThere(at: now) }
    }

    private static func media(_ index: Int) -> String {
        """
        {"id":\(1_000 + index),"name":"Video \(index)","type":"Video","archived":false,"created":"2025-11-01T10:00:00+00:00","updated":"2025-11-02T10:00:00+00:00","duration":61.5,"hashed_id":"\(mediaID(index))","description":"","progress":1.0,"status":"ready","section":null,"thumbnail":{"url":"https://example.com/t.jpg","width":200,"height":120},"project":{"id":1,"name":"All","hashed_id":"p1"},"assets":[]}
        """
    }

    private func visitor(_ index: Int, active: Timestamp) -> String {
        // How often he came tells which of his activities the list shows.
        let count = (visitors[index].activities.firstIndex(of: active) ?? 0) + 1
        let loads = untypable.contains(index) ? "\"many\"" : "\(count)"
        return """
            {"visitor_key":"\(PretendAccount.key(of: index))","created_at":"\(visitors[index].created.iso8601)","last_active_at":"\(active.iso8601)","last_event_key":"e\(index)","load_count":\(loads),"play_count":\(count),"identifying_event_key":null,"visitor_identity":{"name":"","email":null,"org":{"name":null,"title":null}},"user_agent_details":{"browser":"Chrome","browser_version":"120","platform":"mac","mobile":false}}
            """
    }
}

extension Timestamp {
    static let distantPast = Timestamp(microsecondsSinceEpoch: 0)
}
