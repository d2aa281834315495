/// The whole account as of one moment: a pure function of the options, the day and the activity added since.
struct Account {
    private(set) var day = 1
    /// Seconds since 1970; what the Date header says.
    private(set) var now: Int64
    private(set) var visitors: VisitorBook
    let media: [Media]
    private(set) var counters: [MediaCounters]
    private let options: SandboxOptions
    private var activations: UInt64 = 0

    init(options: SandboxOptions) {
        self.options = options
        now = options.firstDaySeconds
        visitors = VisitorBook(
            seed: options.seed, count: options.visitors, until: now,
            identifiedPercent: options.identifiedPercent)
        media =
            [.youtube, .facebook] + (0..<options.syntheticMedia).map { .synthetic($0, seed: options.seed) }
        counters = media.map(\.counters)
    }

    /// The account of a day, without any activity added by hand.
    static func onDay(_ day: Int, options: SandboxOptions) -> Account {
        var account = Account(options: options)
        while account.day < day {
            account.advanceDay()
        }
        return account
    }

    /// Goes on to the next day, at the time at which the first one started, with the activity of the day between.
    mutating func advanceDay() {
        day += 1
        // Activity added on the old day has made it later already.
        let end = max(options.firstDaySeconds + Int64(day - 1) * 86_400, now + 2)
        let total = options.newPerDay + options.returningPerDay
        var noise = Noise(seed: options.seed, UInt64(day), 6)
        var back = Set<Int>()
        let known = visitors.count
        for index in 0..<total {
            let seconds =
                now + 1 + Int64((Double(index) + noise.unit()) / Double(total) * Double(end - now - 2))
            // Spreads those who return evenly among the new ones.
            let returns =
                (index + 1) * options.returningPerDay / total > index * options.returningPerDay / total
            if returns, back.count < known {
                var visitor = noise.below(known)
                while !back.insert(visitor).inserted {
                    visitor = (visitor + 1) % known
                }
                visitors.bringBack(visitor, at: seconds)
            } else if !returns {
                visitors.welcome(at: seconds)
            }
        }
        now = end
        for index in counters.indices where counters[index].plays > 0 {
            counters[index].advance(&noise)
        }
    }

    /// One more visitor becomes active.
    ///
    /// - Parameters:
    ///   - returning: Whether it is somebody known; somebody new comes when nobody is known yet.
    ///   - secondsLater: How long after the last thing that happened.
    mutating func activate(returning: Bool, secondsLater: Int64 = 7) {
        activations += 1
        now += secondsLater
        if returning, visitors.count > 0 {
            var noise = Noise(seed: options.seed, activations, 7)
            visitors.bringBack(noise.below(visitors.count), at: now)
        } else {
            visitors.welcome(at: now)
        }
    }

    /// The place of a media by its hashed or numeric id.
    func mediaIndex(_ id: String) -> Int? {
        media.firstIndex { $0.hashedID == id || String($0.id) == id }
    }

    /// Appends a page of `/v1/medias`, in the order of creation if asked for, else in the account's own order.
    func writeMedias(page: Int, size: Int, byCreation: Bool, to json: inout JSONBytes) {
        let order =
            byCreation ? media.indices.sorted { media[$0].created < media[$1].created } : Array(media.indices)
        json.raw("[")
        let (start, overflow) = (page - 1).multipliedReportingOverflow(by: size)
        if !overflow, start < media.count {
            for index in start..<min(start + size, media.count) {
                if index > start {
                    json.raw(",")
                }
                media[order[index]].write(to: &json)
            }
        }
        json.raw("]")
    }

    /// Appends the object of `/v1/stats/account`.
    func writeStats(to json: inout JSONBytes) {
        json.raw("{\"load_count\":")
        json.int(counters.reduce(0) { $0 + $1.loads })
        json.raw(",\"play_count\":")
        json.int(counters.reduce(0) { $0 + $1.plays })
        json.raw(",\"hours_watched\":")
        json.double(zip(media, counters).reduce(0) { $0 + $1.1.hours(durationSeconds: $1.0.durationSeconds) })
        json.raw("}")
    }
}
