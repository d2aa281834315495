import Foundation
import HTTP

/// A Wistia account whose visitors become active while they are read, at moments of a world's clock.
final class PretendAccount: @unchecked Sendable {
    /// One visitor's activities so far and to come, oldest first.
    struct Visitor {
        var created: Timestamp
        var activities: [Timestamp]
        /// From when on the list shows each activity; as many as ``activities``.
        var shownFrom: [Timestamp]
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

    /// A moment at which somebody left the list, so that those behind him moved up.
    struct Shrinkage {
        var moment: Timestamp
        /// Of those behind him, who stood among the first of a page, by how many places from its first.
        var placesOnPage: [Int: Int]
    }

    /// How the list is ordered.
    enum Order: String {
        /// By last activity, as observed.
        case newestFirst = "newest first"
        /// By last activity, but the rows of each page stand the other way round.
        case reversedPages = "newest page first"
        /// By something that has nothing to do with activity, so that news may stand anywhere.
        case scattered
        /// As ``scattered``, but for one page and a bit that look as if the list were ordered.
        case scatteredBehind = "scattered behind the first page"
    }

    private(set) var visitors: [Visitor] = []
    private(set) var media: [Media]
    /// Visitors whose rows cannot be typed, and when.
    private(set) var untypable: [Int: Range<Timestamp>] = [:]
    /// Visitors whom the list leaves out for a while, and when.
    private(set) var hidden: [(visitor: Int, window: Range<Timestamp>)] = []
    /// When ranks shrank.
    private(set) var shrinkages: [Shrinkage] = []
    /// When the counters of some media cannot be typed: of each whose number is a multiple of the divisor.
    private(set) var oddCounters: [(divisor: Int, window: Range<Timestamp>)] = []
    let order: Order
    /// Whom the account will delete, the next at the end.
    private var deletions: [(moment: Timestamp, visitor: Int)] = []
    /// What the list would show of those whom it leaves out.
    private var absent: [Int: Timestamp] = [:]
    /// Whose activity is dated a year ahead; nil where nobody's is.
    private var visitorAhead: Int?
    /// Who stands on the pages that look ordered.
    private var leadingVisitors = 0..<0
    /// Where each visitor stands in a list that is scattered.
    private var places: [UInt64] = []
    /// When the token is replaced by another one.
    private var tokenChanges: [Timestamp] = []
    /// Visitors in the list's order, newest activity first, with what the list shows of each.
    private var list: [(visitor: Int, active: Timestamp)] = []
    /// What the list does not show yet, the next at the end.
    private var appearances: [Appearance] = []

    /// Visitors show up in the list that late at most, in seconds; 139 were observed.
    static let latenessMaximumSeconds = 139.0
    /// How late in an account that is tardy.
    static let tardinessMaximumSeconds = 2_400.0
    /// When every media's player was loaded for the first time.
    static let firstLoad = Simulation.start.adding(seconds: -10 * 86_400)
    /// Somebody whose moment has come for ever.
    private static let always = Timestamp.distantPast..<Timestamp(microsecondsSinceEpoch: .max)

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
        order =
            switch world.number(in: 0...99) {
            case ..<5: .reversedPages
            case ..<10: .scattered
            case ..<15: .scatteredBehind
            default: .newestFirst
            }
        let isTardy = world.chance(0.15)
        for index in 0..<visitorCount {
            // Some share a moment.
            let age = world.number(in: 4_000..<40_000_000).rounded() + Double(index % 7 == 0 ? 0 : index)
            let active = start.adding(seconds: -age.rounded())
            visitors.append(
                Visitor(created: active, activities: [active], shownFrom: [.distantPast]))
            list.append((index, active))
        }
        var moments: [Timestamp] = []
        for day in days {
            let begin = start.adding(seconds: Double(day) * 86_400)
            for _ in 0..<world.number(in: 0...world.pick([5, 30, 400])) {
                moments.append(begin.adding(seconds: -world.number(in: 0..<80_000).rounded(.down)))
            }
            guard activationsPerSecond > 0 else { continue }
            var seconds = isTardy ? -1_800.0 : -200.0
            while seconds < 900 {
                seconds += -log(1 - world.fraction()) / activationsPerSecond
                moments.append(begin.adding(seconds: seconds.rounded(.down)))
            }
        }
        for moment in moments.sorted() where moment > start.adding(seconds: -3_000) {
            let isNew = visitors.isEmpty || world.chance(0.3)
            let visitor = isNew ? visitors.count : world.number(in: 0...visitors.count - 1)
            if isNew { visitors.append(Visitor(created: moment, activities: [], shownFrom: [])) }
            guard moment > visitors[visitor].activities.last ?? .distantPast else { continue }
            let latenessMaximum =
                isTardy ? PretendAccount.tardinessMaximumSeconds : PretendAccount.latenessMaximumSeconds
            let lateness = world.chance(0.2) ? world.number(in: 0..<latenessMaximum) : 0
            appear(visitor, active: moment, from: moment.adding(seconds: lateness))
        }
        if order == .scatteredBehind || world.chance(0.08) {
            // One clock that is a year ahead. His row also keeps the first page from looking as if it were known.
            leadingVisitors = 0..<(order == .scatteredBehind ? min(visitorCount, 120) : 0)
            visitorAhead = visitors.count
            visitors.append(Visitor(created: start, activities: [], shownFrom: []))
            appear(
                visitors.count - 1, active: start.adding(seconds: 365 * 86_400),
                from: start.adding(
                    seconds: order == .scatteredBehind ? -86_400 : world.number(in: -900..<100)))
        }
        appearances.sort { $0.visible > $1.visible }
        places = visitors.map { _ in world.next() }
        list.sort { precedes($0, $1) || !precedes($1, $0) && $0.visitor < $1.visitor }
        changeSurroundings(start: start, days: days, world)
        changeVisitors(start: start, days: days, world)
        guard world.chance(0.12) else { return }
        oddCounters.append((world.pick([1, 1, 2, 40]), PretendAccount.window(of: world.pick(days), start)))
    }

    private func appear(_ visitor: Int, active: Timestamp, from moment: Timestamp) {
        visitors[visitor].activities.append(active)
        visitors[visitor].shownFrom.append(moment)
        appearances.append(Appearance(visible: moment, visitor: visitor, active: active))
    }

    /// Visitors who are deleted, left out for a while, or cannot be typed for a while.
    private func changeVisitors(start: Timestamp, days: [Int], _ world: World) {
        guard !visitors.isEmpty else { return }
        if days.contains(8) {
            for _ in 0..<world.number(in: 0...5) { delete(start.adding(seconds: 43_200), world) }
        }
        if world.chance(0.25) {
            // While a run reads, which may then miss who stood behind them.
            for _ in 0..<world.number(in: 1...3) {
                let begin = start.adding(seconds: Double(world.pick(days)) * 86_400)
                delete(begin.adding(seconds: world.number(in: 0..<world.pick([20, 300]))), world)
            }
        }
        if world.chance(0.25) {
            for _ in 0..<world.number(in: 1...3) {
                let visitor = world.number(in: 0...visitors.count - 1)
                if hidden.contains(where: { $0.visitor == visitor }) { continue }
                hidden.append((visitor, PretendAccount.window(of: world.pick(days), start)))
            }
        }
        guard visitors.count >= 100 else { return }
        // Fewer than what passes for a change of the API.
        for _ in 0..<world.number(in: 1...3) {
            let lasting = start.adding(seconds: 43_200)..<start.adding(seconds: 30 * 86_400)
            untypable[world.number(in: 0...visitors.count - 1)] =
                world.pick([
                    PretendAccount.always, lasting, lasting,
                    PretendAccount.window(of: world.pick(days), start),
                ])
        }
    }

    /// Most of a day's runs fall into it, and few others.
    private static func window(of day: Int, _ start: Timestamp) -> Range<Timestamp> {
        let begin = start.adding(seconds: Double(day) * 86_400)
        return begin.adding(seconds: -1_200)..<begin.adding(seconds: 80_000)
    }

    private func delete(_ moment: Timestamp, _ world: World) {
        let visitor = world.number(in: 0...visitors.count - 1)
        guard visitors[visitor].deleted == nil else { return }
        visitors[visitor].deleted = moment
        deletions.append((moment, visitor))
        deletions.sort { $0.moment > $1.moment }
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
    }

    /// How many activities the list began to show within some time.
    func newsCount(from begin: Timestamp, to end: Timestamp) -> Int {
        visitors.reduce(0) { $0 + $1.shownFrom.count { begin <= $0 && $0 <= end } }
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
        while let next = deletions.last, next.moment <= now {
            deletions.removeLast()
            if let rank = list.firstIndex(where: { $0.visitor == next.visitor }) {
                remove(rank, since: next.moment)
            }
        }
        for (visitor, window) in hidden {
            if window.contains(now), let rank = list.firstIndex(where: { $0.visitor == visitor }) {
                absent[visitor] = list[rank].active
                remove(rank, since: window.lowerBound)
            } else if window.upperBound <= now, let active = absent.removeValue(forKey: visitor),
                !isDeleted(visitor, at: now)
            {
                insert((visitor, active))
            }
        }
        while let next = appearances.last, next.visible <= now {
            appearances.removeLast()
            if isDeleted(next.visitor, at: now) { continue }
            if hidden.contains(where: { $0.visitor == next.visitor && $0.window.contains(now) }) {
                absent[next.visitor] = max(absent[next.visitor] ?? next.active, next.active)
                continue
            }
            if let shown = list.firstIndex(where: { $0.visitor == next.visitor }) {
                guard list[shown].active < next.active else { continue }
                list.remove(at: shown)
            }
            insert((next.visitor, next.active))
        }
    }

    private func precedes(
        _ left: (visitor: Int, active: Timestamp), _ right: (visitor: Int, active: Timestamp)
    ) -> Bool {
        let (isLeftOrdered, isRightOrdered) = (isOrdered(left.visitor), isOrdered(right.visitor))
        if isLeftOrdered != isRightOrdered { return isLeftOrdered }
        if !isLeftOrdered { return places[left.visitor] < places[right.visitor] }
        return left.active > right.active
    }

    /// Whether a visitor's activity tells his place.
    private func isOrdered(_ visitor: Int) -> Bool {
        switch order {
        case .newestFirst, .reversedPages: true
        case .scattered: false
        case .scatteredBehind: leadingVisitors.contains(visitor) || visitor == visitorAhead
        }
    }

    private func insert(_ row: (visitor: Int, active: Timestamp)) {
        // Whoever becomes active goes behind those who did at the same moment.
        list.insert(row, at: list.firstIndex { precedes(row, $0) } ?? list.endIndex)
    }

    private func remove(_ rank: Int, since moment: Timestamp) {
        var shrinkage = Shrinkage(moment: moment, placesOnPage: [:])
        for behind in (rank + 1)..<max(rank + 1, list.count) where behind >= 100 && behind % 100 < 20 {
            shrinkage.placesOnPage[list[behind].visitor] = behind % 100
        }
        shrinkages.append(shrinkage)
        list.remove(at: rank)
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
            let rows = order == .reversedPages ? ranked.reversed() : Array(ranked)
            return "[" + rows.map { visitor($0.visitor, active: $0.active, now) }.joined(separator: ",") + "]"
        case let names where names.starts(with: ["stats", "medias"]) && !isMediaThere(names, now): return nil
        case let names where names.count == 3 && names.starts(with: ["stats", "medias"]):
            return """
                {"load_count":\(loads(names, now)),"play_count":2000,"play_rate":0.31,"hours_watched":52.5,"engagement":0.52,"visitors":1800}
                """
        case let names where names.count == 4 && names.last == "engagement.json":
            return """
                {"engagement":0.52,"engagement_data":[2000,1800,1500,1200,1000],"rewatch_data":[10,20,30,20,10]}
                """
        default:
            return nil
        }
    }

    /// The player is loaded once a second, so the count tells when it was asked for.
    private func loads(_ names: [Substring], _ now: Timestamp) -> String {
        let index = Int(names[2].dropFirst("media".count).prefix { $0.isNumber }) ?? 0
        let isOdd = oddCounters.contains { $0.window.contains(now) && index.isMultiple(of: $0.divisor) }
        return isOdd ? #""many""# : "\(Int64(now.seconds(since: PretendAccount.firstLoad)))"
    }

    /// Whether some counters cannot be typed at some time.
    var hasOddCounters: Bool { !oddCounters.isEmpty }

    private func isMediaThere(_ names: [Substring], _ now: Timestamp) -> Bool {
        let id = (names.dropFirst(2).first ?? "").split(separator: ".").first ?? ""
        return media.indices.contains { PretendAccount.mediaID($0) == id && media[$0].isThere(at: now) }
    }

    private static func media(_ index: Int) -> String {
        """
        {"id":\(1_000 + index),"name":"Video \(index)","type":"Video","archived":false,"created":"2025-11-01T10:00:00+00:00","updated":"2025-11-02T10:00:00+00:00","duration":61.5,"hashed_id":"\(mediaID(index))","description":"","progress":1.0,"status":"ready","section":null,"thumbnail":{"url":"https://example.com/t.jpg","width":200,"height":120},"project":{"id":1,"name":"All","hashed_id":"p1"},"assets":[]}
        """
    }

    private func visitor(_ index: Int, active: Timestamp, _ now: Timestamp) -> String {
        // How often he came tells which of his activities the list shows.
        let count = (visitors[index].activities.firstIndex(of: active) ?? 0) + 1
        let loads = untypable[index]?.contains(now) == true ? "\"many\"" : "\(count)"
        return """
            {"visitor_key":"\(PretendAccount.key(of: index))","created_at":"\(visitors[index].created.iso8601)","last_active_at":"\(active.iso8601)","last_event_key":"e\(index)","load_count":\(loads),"play_count":\(count),"identifying_event_key":null,"visitor_identity":{"name":"","email":null,"org":{"name":null,"title":null}},"user_agent_details":{"browser":"Chrome","browser_version":"120","platform":"mac","mobile":false}}
            """
    }
}

extension Timestamp {
    static let distantPast = Timestamp(microsecondsSinceEpoch: 0)
}
