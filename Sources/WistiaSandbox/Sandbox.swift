internal import Synchronization

/// The pretend account behind its HTTP interface, without the network: a request goes in, a reply comes out.
public final class Sandbox: Sendable {
    /// How often each resource was asked for, by its route, such as `/stats/visitors`; faults count too.
    public var requestCounts: [String: Int] { state.withLock { $0.counts } }

    private struct State {
        var account: Account
        var options: SandboxOptions
        var counts: [String: Int] = [:]
        var requests: UInt64 = 0
        var attempts: [String: UInt64] = [:]
        var plannedFaults: [Fault] = []
        var visitorPages = 0
        var windowStart: ContinuousClock.Instant
        var windowCount = 0
        var answered: [AnsweredRequest] = []
        /// Since when visitors become active at the options' rate, and how many did.
        var activeSince: ContinuousClock.Instant
        var activations = 0
    }

    /// How many of the latest requests `GET /sandbox/requests` tells of at least.
    private static let answeredMinimum = 100_000

    private let state: Mutex<State>
    private let start: ContinuousClock.Instant
    private let clock: @Sendable () -> ContinuousClock.Instant

    /// Makes the account of the options' day.
    ///
    /// - Parameters:
    ///   - options: What kind of account.
    ///   - clock: What the rate limit and the visitors' activity go by.
    /// - Throws: ``SandboxError`` when an option is out of its range.
    public init(
        options: SandboxOptions, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws {
        func require(_ name: String, _ value: Int, within range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw SandboxError(
                    "\(name) \(value) out of range: expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try require("visitors", options.visitors, within: 0...100_000_000)
        try require("media", options.syntheticMedia, within: 0...100_000)
        try require("day", options.day, within: 1...36_500)
        try require("new", options.newPerDay, within: 0...1_000_000)
        try require("returning", options.returningPerDay, within: 0...1_000_000)
        try require("drift", options.pagesPerActivation, within: 0...Int.max)
        try require("rate limit", options.requestsPerMinute, within: 0...Int.max)
        guard (0...100).contains(options.identifiedPercent) else {
            throw SandboxError(
                "identified percent \(options.identifiedPercent) out of range: expected 0 to 100")
        }
        guard Self.activityRange.contains(options.activationsPerSecond) else {
            throw SandboxError("activity \(options.activationsPerSecond) out of range: expected 0 to 1000")
        }
        self.clock = clock
        start = clock()
        state = Mutex(
            State(
                account: .onDay(options.day, options: options), options: options, windowStart: start,
                activeSince: start))
    }

    // MARK: Steering

    /// Turns the account to a day, at the time at which it started.
    ///
    /// Activity added since the start is kept on a later day, and forgotten on an earlier one or the same.
    ///
    /// - Parameter day: The day, 1 being the first.
    public func turn(toDay day: Int) {
        let day = max(1, min(day, 36_500))
        state.withLock { state in
            guard day > state.account.day else {
                state.account = .onDay(day, options: state.options)
                return
            }
            while state.account.day < day {
                state.account.advanceDay()
            }
        }
    }

    /// Lets visitors become active now, the new ones first.
    ///
    /// - Parameters:
    ///   - new: How many come for the first time.
    ///   - returning: How many come back.
    public func activate(new: Int = 0, returning: Int = 0) {
        state.withLock { state in
            for index in 0..<(max(0, new) + max(0, returning)) {
                state.account.activate(returning: index >= new)
            }
        }
    }

    /// Lets visitors become active as time goes by, from now on, half of them new.
    ///
    /// - Parameter rate: How many each second; below 0 counts as 0, which means none, and above 1,000 as that.
    public func setActivity(perSecond rate: Double) {
        let now = clock()
        state.withLock { state in
            Self.catchUp(&state, to: now)
            state.options.activationsPerSecond = max(
                Self.activityRange.lowerBound, min(rate, Self.activityRange.upperBound))
            state.activeSince = now
            state.activations = 0
        }
    }

    private static let activityRange = 0.0...1_000.0

    /// Lets those become active whose time has come.
    private static func catchUp(_ state: inout State, to now: ContinuousClock.Instant) {
        let rate = state.options.activationsPerSecond
        guard rate > 0 else { return }
        let due = Int(((now - state.activeSince) / .seconds(1)) * rate)
        while state.activations < due {
            state.activations += 1
            state.account.activate(
                returning: state.activations.isMultiple(of: 2), secondsLater: max(1, Int64(1 / rate)))
        }
    }

    /// Lets the coming requests to the API fail, one fault each, before the profile takes over again.
    ///
    /// - Parameter faults: What to fail with, in order.
    public func failNext(_ faults: [Fault]) {
        state.withLock { $0.plannedFaults += faults }
    }

    /// Replaces the fault profile.
    ///
    /// - Parameter profile: How often each fault strikes from now on.
    public func setFaults(_ profile: FaultProfile) {
        state.withLock { $0.options.faults = profile }
    }

    // MARK: Answering

    /// A request on its way: everything is decided but what the account will look like when the answer is made.
    public struct Ticket: Sendable {
        /// Seconds to wait before ``Sandbox/finish(_:)``.
        public fileprivate(set) var delaySeconds = 0.0

        fileprivate var call: Call
        fileprivate var route: Route?
        fileprivate var page = 1
        fileprivate var size = 10
        fileprivate var fault: Fault?
        fileprivate var isThrottled = false
        fileprivate var requestID: UInt64 = 0
        fileprivate var arrivalSeconds: Double

        fileprivate init(call: Call, arrivalSeconds: Double) {
            self.call = call
            self.arrivalSeconds = arrivalSeconds
        }
    }

    /// Takes a request in.
    ///
    /// Its answer is made at the end of its delay, so that of two requests under way the later may see the older account,
    /// as with a server whose time goes into the query.
    ///
    /// - Parameter call: The request.
    /// - Returns: How long to wait, and what to finish then.
    public func begin(_ call: Call) -> Ticket {
        let now = clock()
        var ticket = Ticket(call: call, arrivalSeconds: (now - start) / .seconds(1))
        if call.path.hasPrefix("/sandbox/") {
            return ticket
        }
        let route = Route(method: call.method, path: call.path)
        ticket.route = route
        ticket.page = max(1, call.number("page") ?? 1)
        ticket.size = max(1, min(100, call.number("per_page") ?? 10))
        let identity = call.path + "?" + call.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")

        state.withLock { state in
            state.requests += 1
            state.counts[route.name, default: 0] += 1
            ticket.requestID = Noise(seed: state.options.seed, state.requests, 9).state
            guard route != .health else { return }
            // Faults depend on the resource and on how often it was asked for, not on the order in which concurrent
            // requests happen to arrive.
            let attempt = state.attempts[identity, default: 0]
            state.attempts[identity] = attempt + 1
            var noise = Noise(seed: state.options.seed, Self.hash(identity), 8 + (attempt << 8))
            ticket.delaySeconds = state.options.latency.seconds(
                visitorPage: route == .visitors ? ticket.page : nil, noise: &noise)
            let drawn = state.options.faults.draw(&noise)
            if Self.exceedsRate(&state, at: now) {
                ticket.isThrottled = true
            } else {
                ticket.fault = state.plannedFaults.isEmpty ? drawn : state.plannedFaults.removeFirst()
            }
            if ticket.fault == .slow {
                ticket.delaySeconds += state.options.faults.slowSeconds
            }
        }
        return ticket
    }

    /// Makes the answer to a request, from the account as it is now.
    ///
    /// - Parameter ticket: The request, whose delay has passed.
    /// - Returns: What to send.
    public func finish(_ ticket: Ticket) -> Reply {
        guard let route = ticket.route else {
            return steer(ticket.call)
        }
        let now = clock()
        let (account, options) = state.withLock { state in
            Self.catchUp(&state, to: now)
            let account = state.account
            let isAnswered = ticket.fault == nil && !ticket.isThrottled
            if route == .visitors, isAnswered, state.options.pagesPerActivation > 0 {
                state.visitorPages += 1
                if state.visitorPages.isMultiple(of: state.options.pagesPerActivation) {
                    let returning = state.visitorPages / state.options.pagesPerActivation % 8 == 0
                    state.account.activate(returning: returning)
                }
            }
            return (account, state.options)
        }
        var reply: Reply
        if ticket.isThrottled {
            reply = Self.text(429, "Rate limit exceeded", retryAfter: "\(options.faults.retryAfterSeconds)")
        } else if let failure = ticket.fault.flatMap({ Self.failure($0, options: options, now: account.now) })
        {
            reply = failure
        } else if route != .health, route != .unknown, ticket.call.authorization != "Bearer \(options.token)"
        {
            reply = Self.json(
                401, "{\"code\":\"unauthorized_credentials\",\"error\":\"Invalid credentials.\"}")
        } else if let scope = route.scope, !options.scopes.contains(scope) {
            reply = Self.json(
                401, "{\"code\":\"unauthorized_scope\",\"error\":\"Insufficient permissions.\"}")
        } else {
            reply = answer(route, ticket: ticket, scopes: options.scopes, account: account)
        }
        switch ticket.fault {
        case .truncated: reply.body.removeLast(reply.body.count - reply.body.count / 2)
        case .cut: reply.cutAfterBytes = reply.body.count / 2
        default: break
        }
        reply.headers.append(("Date", CivilTime.httpDate(account.now)))
        reply.headers.append(("x-request-id", Self.uuid(ticket.requestID)))
        let answered = AnsweredRequest(
            arrivalSeconds: ticket.arrivalSeconds, answerSeconds: (now - start) / .seconds(1),
            route: route.name, page: ticket.page, status: reply.status)
        state.withLock { state in
            if state.answered.count >= 2 * Self.answeredMinimum {
                state.answered.removeFirst(Self.answeredMinimum)
            }
            state.answered.append(answered)
        }
        return reply
    }

    /// Answers a request without any delay.
    ///
    /// - Parameter call: The request.
    /// - Returns: What to send.
    public func reply(to call: Call) -> Reply {
        finish(begin(call))
    }

    private func answer(_ route: Route, ticket: Ticket, scopes: Set<String>, account: Account) -> Reply {
        let (page, size) = (ticket.page, ticket.size)
        var json = JSONBytes(capacity: route == .visitors ? size * 720 : 4_096)
        switch route {
        case .health:
            return Self.text(200, "OK")
        case .token:
            json.raw("{\"type\":\"Bearer\",\"scopes\":[")
            for (index, scope) in scopes.sorted().enumerated() {
                if index > 0 {
                    json.raw(",")
                }
                json.string(scope)
            }
            json.raw("],\"expires_at\":null}")
        case .account:
            return Self.json(
                200, "{\"id\":70000001,\"name\":\"Sandbox\",\"url\":\"https://sandbox.example.com\"}")
        case .accountStats:
            account.writeStats(to: &json)
        case .medias:
            let byCreation = ticket.call.query.contains { $0.name == "sort_by" && $0.value == "created" }
            account.writeMedias(page: page, size: size, byCreation: byCreation, to: &json)
        case .media(let id):
            guard let index = account.mediaIndex(id) else {
                json.raw("{\"error\":")
                json.string("Media with ID \(id) not found.")
                json.raw("}")
                return Self.json(404, json.bytes)
            }
            account.media[index].write(to: &json)
        case .mediaStats(let id):
            guard let index = account.mediaIndex(id) else { return Self.empty(404) }
            account.media[index].writeStats(account.counters[index], to: &json)
        case .mediaEngagement(let id):
            guard let index = account.mediaIndex(id) else { return Self.empty(404) }
            account.media[index].writeEngagement(account.counters[index], to: &json)
        case .visitors:
            account.visitors.writePage(page, size: size, to: &json)
        case .visitor(let key):
            guard account.visitors.writeVisitor(key: key, to: &json) else { return Self.empty(404) }
        case .unknown:
            return Self.json(404, "{\"error\":\"Route not found\"}")
        }
        return Self.json(200, json.bytes)
    }

    private static func failure(_ fault: Fault, options: SandboxOptions, now: Int64) -> Reply? {
        let seconds = options.faults.retryAfterSeconds
        let html = "<html><body>upstream trouble</body></html>"
        switch fault {
        case .unauthorized:
            return json(401, "{\"code\":\"unauthorized_credentials\",\"error\":\"Invalid credentials.\"}")
        case .forbidden:
            return json(403, "{\"code\":\"unauthorized_scope\",\"error\":\"Insufficient permissions.\"}")
        case .tooMany: return text(429, "Rate limit exceeded", retryAfter: "\(seconds)")
        case .tooManyDated:
            return text(429, "Rate limit exceeded", retryAfter: CivilTime.httpDate(now + Int64(seconds)))
        case .tooManyBare: return text(429, "Rate limit exceeded")
        case .unavailable: return json(503, "{\"error\":\"Analytics service is temporarily unavailable\"}")
        case .unavailableText: return text(503, "Service Unavailable", retryAfter: "\(seconds)")
        case .serverError: return json(500, "{\"error\":\"Internal server error\"}")
        case .badGateway:
            return Reply(status: 502, headers: [("Content-Type", "text/html")], body: Array(html.utf8))
        case .gatewayTimeout:
            return Reply(status: 504, headers: [("Content-Type", "text/html")], body: Array(html.utf8))
        case .slow, .truncated, .cut: return nil
        }
    }

    private static func exceedsRate(_ state: inout State, at now: ContinuousClock.Instant) -> Bool {
        guard state.options.requestsPerMinute > 0 else { return false }
        if now - state.windowStart >= .seconds(60) {
            state.windowStart = now
            state.windowCount = 0
        }
        state.windowCount += 1
        return state.windowCount > state.options.requestsPerMinute
    }

    // MARK: /sandbox/

    private func steer(_ call: Call) -> Reply {
        guard call.isLocal else {
            return Self.json(403, "{\"error\":\"/sandbox/ is open to this machine only\"}")
        }
        switch (call.method, call.path) {
        case ("GET", "/sandbox/state"):
            break
        case ("GET", "/sandbox/requests"):
            return Self.json(200, answeredRequests())
        case ("GET", "/sandbox/visitors"):
            var json = JSONBytes()
            let account = state.withLock { $0.account }
            account.visitors.writePage(
                max(1, call.number("page") ?? 1),
                size: max(1, call.number("per_page") ?? account.visitors.count),
                to: &json)
            return Self.json(200, json.bytes)
        case ("POST", "/sandbox/day"):
            guard let order = Order(call.body), let day = order.day, day >= 1 else {
                return Self.json(400, "{\"error\":\"expected {\\\"day\\\":2}\"}")
            }
            turn(toDay: day)
        case ("POST", "/sandbox/activity"):
            guard let order = Order(call.body), order.new ?? 0 >= 0, order.returning ?? 0 >= 0,
                Self.activityRange.contains(order.perSecond ?? 0)
            else {
                return Self.json(
                    400,
                    "{\"error\":\"expected {\\\"new\\\":1,\\\"returning\\\":1,\\\"per_second\\\":0.1}\"}")
            }
            if let rate = order.perSecond {
                setActivity(perSecond: rate)
            }
            activate(new: order.new ?? 0, returning: order.returning ?? 0)
        case ("POST", "/sandbox/faults"):
            let expected: StaticString =
                "{\"error\":\"expected {\\\"next\\\":[\\\"429\\\"],\\\"profile\\\":\\\"503=1\\\"}\"}"
            guard let order = Order(call.body) else { return Self.json(400, expected) }
            let next = (order.next ?? []).map(Fault.init(rawValue:))
            guard !next.contains(nil) else { return Self.json(400, expected) }
            if let text = order.profile {
                guard let profile = try? FaultProfile(parsing: text) else { return Self.json(400, expected) }
                setFaults(profile)
            }
            failNext(next.compactMap { $0 })
        default:
            return Self.json(404, "{\"error\":\"Route not found\"}")
        }
        var json = JSONBytes()
        state.withLock { state in
            json.raw("{\"day\":")
            json.int(state.account.day)
            json.raw(",\"now\":")
            json.time(state.account.now, suffix: "Z")
            json.raw(",\"visitors\":")
            json.int(state.account.visitors.count)
            json.raw(",\"media\":")
            json.int(state.account.media.count)
            json.raw(",\"requests\":{")
            for (index, count) in state.counts.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 {
                    json.raw(",")
                }
                json.string(count.key)
                json.raw(":")
                json.int(count.value)
            }
            json.raw("}}")
        }
        return Self.json(200, json.bytes)
    }

    private func answeredRequests() -> [UInt8] {
        var json = JSONBytes()
        json.raw("[")
        for (index, request) in state.withLock({ $0.answered }).enumerated() {
            if index > 0 {
                json.raw(",")
            }
            request.write(to: &json)
        }
        json.raw("]")
        return json.bytes
    }

    // MARK: Pieces

    private static func json(_ status: Int, _ body: [UInt8]) -> Reply {
        Reply(status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: body)
    }

    private static func json(_ status: Int, _ body: StaticString) -> Reply {
        json(status, body.withUTF8Buffer { Array($0) })
    }

    private static func text(_ status: Int, _ body: String, retryAfter: String? = nil) -> Reply {
        var reply = Reply(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array(body.utf8))
        if let retryAfter {
            reply.headers.append(("Retry-After", retryAfter))
        }
        return reply
    }

    private static func empty(_ status: Int) -> Reply {
        Reply(status: status, headers: [], body: [])
    }

    /// FNV-1a; Swift's own hashes differ from run to run.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func uuid(_ value: UInt64) -> String {
        var json = JSONBytes()
        json.hex(value >> 32, digits: 8)
        json.raw("-")
        json.hex(value >> 16, digits: 4)
        json.raw("-4")
        json.hex(value, digits: 3)
        json.raw("-8")
        json.hex(Noise.mix(value), digits: 3)
        json.raw("-")
        json.hex(Noise.mix(~value), digits: 12)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
