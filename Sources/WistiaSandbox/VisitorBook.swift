/// Every visitor of the account, as arithmetic: nothing is stored but who has been active since day 1.
///
/// A visitor of day 1 is a number below ``baseCount``, 0 being the longest inactive; when he was last active, his key and
/// all his fields follow from the seed and that number. Whoever came or returned later stands in ``recent``.
struct VisitorBook {
    /// What later days added to one visitor.
    struct Change {
        var visits = 0
        var loads = 0
        var plays = 0
    }

    struct Activity {
        var visitor: Int
        var seconds: Int64
    }

    let seed: UInt64
    let baseCount: Int
    let identifiedPercent: Double
    private let baseStart: Int64
    private let baseSpan: Double
    /// Oldest first; each visitor at most once.
    private(set) var recent: [Activity] = []
    /// Visitors of day 1 who have left their place in the list, ascending.
    private(set) var moved: [Int] = []
    private(set) var changes: [Int: Change] = [:]
    /// First activity of the visitors numbered from ``baseCount`` on.
    private(set) var newcomers: [Int64] = []

    var count: Int { baseCount + newcomers.count }

    init(seed: UInt64, count: Int, until now: Int64, identifiedPercent: Double) {
        self.seed = seed
        self.baseCount = count
        self.identifiedPercent = identifiedPercent
        baseStart = min(now - 86_400, CivilTime.seconds(year: 2024, month: 1, day: 1))
        baseSpan = Double(now - 1 - baseStart)
    }

    // MARK: Becoming active

    mutating func welcome(at seconds: Int64) {
        let visitor = count
        newcomers.append(seconds)
        recent.append(Activity(visitor: visitor, seconds: seconds))
    }

    mutating func bringBack(_ visitor: Int, at seconds: Int64) {
        if let place = recent.lastIndex(where: { $0.visitor == visitor }) {
            recent.remove(at: place)
        } else {
            moved.insert(visitor, at: lowerBound(visitor))
        }
        recent.append(Activity(visitor: visitor, seconds: seconds))
        var change = changes[visitor] ?? Change()
        change.visits += 1
        change.loads += 1 + change.visits % 3
        change.plays += 1
        changes[visitor] = change
    }

    /// The number of moved visitors below a number.
    private func lowerBound(_ visitor: Int) -> Int {
        var (low, high) = (0, moved.count)
        while low < high {
            let middle = (low + high) / 2
            if moved[middle] < visitor { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The visitor at a place of the list, which runs from the newest activity to the oldest.
    private func visitor(at place: Int) -> Activity {
        if place < recent.count {
            return recent[recent.count - 1 - place]
        }
        var number = baseCount - 1 - (place - recent.count)
        for gone in moved.reversed() {
            guard gone >= number else { break }
            number -= 1
        }
        return Activity(visitor: number, seconds: baseSeconds(of: number))
    }

    /// When a visitor of day 1 was last active before day 2.
    ///
    /// The density falls linearly to a fifth of what it was: 110,471 visitors make about 50 a day at the end.
    private func baseSeconds(of visitor: Int) -> Int64 {
        var noise = Noise(seed: seed, UInt64(visitor), 1)
        let share = (Double(visitor) + noise.unit()) / Double(baseCount)
        let time = (5 - (25 - 24 * share).squareRoot()) / 4
        return baseStart + Int64(baseSpan * time)
    }

    // MARK: Answers

    /// Appends one page of the list as a JSON array; a page past the end is empty.
    func writePage(_ page: Int, size: Int, to json: inout JSONBytes) {
        json.raw("[")
        let (start, overflow) = (page - 1).multipliedReportingOverflow(by: size)
        if !overflow, start < count {
            for place in start..<min(start + size, count) {
                if place > start {
                    json.raw(",")
                }
                let activity = visitor(at: place)
                write(activity.visitor, lastActive: activity.seconds, inList: true, to: &json)
            }
        }
        json.raw("]")
    }

    /// Appends one visitor as JSON.
    ///
    /// - Returns: False when there is no such key; nothing is appended then.
    func writeVisitor(key: String, to json: inout JSONBytes) -> Bool {
        guard let visitor = visitor(key: key) else { return false }
        let last = recent.last { $0.visitor == visitor }?.seconds ?? baseSeconds(of: visitor)
        write(visitor, lastActive: last, inList: false, to: &json)
        return true
    }

    // MARK: Fields

    private func firstActive(_ visitor: Int) -> Int64 {
        visitor < baseCount ? baseSeconds(of: visitor) : newcomers[visitor - baseCount]
    }

    /// `created_at`: in four of five rows 0 to 139 s after the first activity, else before it.
    private func created(_ visitor: Int, firstActive: Int64) -> Int64 {
        var noise = Noise(seed: seed, UInt64(visitor), 2)
        switch noise.below(100) {
        case 0..<8: return firstActive
        case 8..<76: return firstActive + Int64(1 + noise.below(44))
        case 76..<82: return firstActive + Int64(45 + noise.below(95))
        case 82..<96: return firstActive - Int64(1 + noise.below(931))
        default: return firstActive - Int64(3_600 + noise.below(40 * 86_400))
        }
    }

    private func write(_ visitor: Int, lastActive: Int64, inList: Bool, to json: inout JSONBytes) {
        let created = created(visitor, firstActive: firstActive(visitor))
        var noise = Noise(seed: seed, UInt64(visitor), 3)
        let change = changes[visitor] ?? Change()
        json.raw("{\"visitor_key\":\"")
        writeKey(of: visitor, created: created, to: &json)
        json.raw("\",\"created_at\":")
        json.time(created, suffix: ".000Z")
        json.raw(",\"last_active_at\":")
        json.time(lastActive, suffix: ".000Z")
        json.raw(",\"last_event_key\":\"")
        var event = Noise(seed: seed, UInt64(visitor), 16 + UInt64(change.visits))
        writeKey(epoch: lastActive, event.next(), event.next(), event.next(), event.next(), to: &json)
        json.raw("\",\"load_count\":")
        json.int(loads(&noise) + change.loads)
        json.raw(",\"play_count\":")
        json.int(plays(&noise) + change.plays)
        let identified = noise.unit() * 100 < identifiedPercent
        let quirk = noise.below(1_000)
        if inList, quirk >= 5 {
            json.raw(",\"identifying_event_key\":")
            if identified {
                json.raw("\"")
                writeKey(epoch: created, event.next(), event.next(), event.next(), event.next(), to: &json)
                json.raw("\"")
            } else {
                json.raw("null")
            }
        }
        writeIdentity(of: visitor, identified: identified, quirk: quirk, to: &json)
        UserAgent.draw(&noise).write(versionKnown: quirk < 990, to: &json)
        json.raw("}")
    }

    private func loads(_ noise: inout Noise) -> Int {
        switch noise.below(1_000) {
        case 0..<810: 1
        case 810..<890: 2
        case 890..<985: 3 + noise.below(12)
        default: 15 + noise.below(70)
        }
    }

    private func plays(_ noise: inout Noise) -> Int {
        switch noise.below(1_000) {
        case 0..<950: 1
        case 950..<990: 2
        default: 3 + noise.below(6)
        }
    }

    private func writeIdentity(of visitor: Int, identified: Bool, quirk: Int, to json: inout JSONBytes) {
        json.raw(",\"visitor_identity\":{\"name\":")
        if identified {
            switch visitor % 10 {
            case 0: json.string("Zoë Müller \(visitor)")
            case 1: json.string("User \"Ace\" \(visitor)")
            default: json.string("User \(visitor)")
            }
            json.raw(",\"email\":")
            json.string("user\(visitor)@example.com")
            json.raw(",\"org\":{\"name\":")
            json.string("Example Organisation \(visitor % 40)")
            json.raw(",\"title\":\"Buyer\"}}")
        } else if (10..<20).contains(quirk) {
            json.raw("null,\"email\":null,\"org\":{\"name\":null,\"title\":null}}")
        } else if (20..<25).contains(quirk) {
            json.raw("\"\",\"email\":null,\"org\":null}")
        } else {
            json.raw("\"\",\"email\":null,\"org\":{\"name\":null,\"title\":null}}")
        }
    }

    // MARK: Keys

    /// An odd number has an inverse modulo 2^48, so that a key leads back to its visitor.
    private static let scramble: UInt64 = 0x5DEE_CE66_D9C5
    private static let mask: UInt64 = (1 << 48) - 1
    private static let unscramble: UInt64 = {
        // Newton's iteration doubles the number of right bits, beginning with three.
        var inverse = scramble
        for _ in 0..<5 {
            inverse = inverse &* (2 &- scramble &* inverse)
        }
        return inverse & mask
    }()

    private func writeKey(of visitor: Int, created: Int64, to json: inout JSONBytes) {
        var noise = Noise(seed: seed, UInt64(visitor), 4)
        let number = ((UInt64(visitor) ^ (Noise.mix(seed) & Self.mask)) &* Self.scramble) & Self.mask
        writeKey(epoch: created, noise.next(), noise.next(), number, noise.next(), to: &json)
    }

    /// 72 characters: seconds / 1000, a version 4 UUID, and three more groups of 9, 12 and 4 digits.
    private func writeKey(
        epoch: Int64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, to json: inout JSONBytes
    ) {
        json.int(Int(epoch / 1_000))
        json.raw("_")
        json.hex(a >> 32, digits: 8)
        json.raw("-")
        json.hex(a >> 16, digits: 4)
        json.raw("-4")
        json.hex(a, digits: 3)
        json.raw("-")
        json.hex(8 | (b >> 60 & 3), digits: 1)
        json.hex(b >> 48, digits: 3)
        json.raw("-")
        json.hex(b, digits: 12)
        json.raw("-")
        json.hex(d >> 16, digits: 9)
        json.raw("-")
        json.hex(c, digits: 12)
        json.raw("-")
        json.hex(d, digits: 4)
    }

    private func visitor(key: String) -> Int? {
        let groups = key.split(separator: "-", omittingEmptySubsequences: false)
        guard key.utf8.count == 72, groups.count == 8, let scrambled = UInt64(groups[6], radix: 16) else {
            return nil
        }
        let number = ((scrambled &* Self.unscramble) & Self.mask) ^ (Noise.mix(seed) & Self.mask)
        guard number < UInt64(count) else { return nil }
        let visitor = Int(number)
        var json = JSONBytes()
        writeKey(of: visitor, created: created(visitor, firstActive: firstActive(visitor)), to: &json)
        return json.bytes.elementsEqual(key.utf8) ? visitor : nil
    }
}
