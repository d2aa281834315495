import HTTP

/// One lake from its first event to its last repair, under one seed's account and faults.
final class Simulation: @unchecked Sendable {
    /// A rule that was not kept.
    struct Violation: Error, CustomStringConvertible {
        var invariant: Invariant
        var detail: String

        var description: String { "\(invariant.rawValue): \(detail)" }
    }

    let seed: UInt64
    let broken: BrokenRule?
    let world: World
    let account: PretendAccount
    let storage: PretendStorage
    let days: [Int]
    let requestsPerMinute: Int
    let plan: FaultPlan
    var violation: Violation?
    var trace: [String] = []
    var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    var requestCount = 0
    var invocationCount = 0
    var killCount = 0
    var faultCount = 0
    /// Whether nothing goes wrong any more.
    var isHealed = false
    var running = 0
    /// What started bronze's runs.
    var runEvents: [[UInt8]] = []
    /// Processes that wait for another event, by layer.
    var idle: [String: [Instance]] = [:]
    /// Writes that were confirmed and are not seen yet.
    var heldBack: [Request] = []
    /// The first page as each invocation first saw it.
    var firstPages: [String: [UInt8]] = [:]
    /// The pages of the media list as each invocation first saw them.
    var mediaPages: [String: [UInt8]] = [:]

    /// Pages at the list's top that a re-scan may read: more become active in no run.
    static let lapPagesMaximum = 9

    /// Activities that hardly move a list: half a page.
    static let newsMaximum = 50

    /// 2026-01-08T02:00:00Z.
    static let start = Timestamp(microsecondsSinceEpoch: 1_767_837_600_000_000)

    init(seed: UInt64, broken: BrokenRule? = nil) {
        self.seed = seed
        self.broken = broken
        world = World(seed: seed, start: Simulation.start.adding(seconds: -600))
        plan = FaultPlan(drawnFrom: world)
        let visitorCount =
            switch world.number(in: 0...99) {
            case ..<30: world.number(in: 0...99)
            case ..<70: world.number(in: 100...1_200)
            case ..<92: world.number(in: 1_200...2_600)
            default: world.number(in: 2_600...5_000)
            }
        days = [0, 8, 16]
        requestsPerMinute = world.pick([480, 480, 2_400])
        account = PretendAccount(
            visitorCount: visitorCount, mediaCount: world.pick([1, 2, 3, 120]), start: Simulation.start,
            days: days,
            activationsPerSecond: world.pick([0, 0.01, 0.1, 0.5]), world: world)
        storage = PretendStorage()
        storage.listPageSize = world.pick([2, 7, 1_000])
        storage.heedsIfMatch = broken != .ifMatchIgnored
        storage.heedsIfNoneMatch = broken != .ifNoneMatchIgnored
        storage.completeAsRead =
            broken == .everyRunComplete ? #""visitors""# : broken == .noRunComplete ? "" : nil
    }

    /// What kind of run it is, in one line.
    var summary: String {
        "\(account.visitors.count) visitors, \(account.order.rawValue), days \(days), \(requestsPerMinute) requests a minute, \(plan)"
    }

    // MARK: Running

    /// Runs to the end.
    ///
    /// - Returns: What was violated; nil when nothing was.
    func run() -> Violation? {
        let isDone = world.run { [self] in await live() }
        if !isDone { violate(.progress, "everybody waits for somebody else, or it never ends") }
        if violation == nil { Invariants(self).check() }
        return violation
    }

    private func live() async {
        var heldUp: [[UInt8]] = []
        for (index, day) in days.enumerated() {
            let begin = Simulation.start.adding(seconds: Double(day) * 86_400)
            await sleep(until: begin)
            if index + 1 < days.count, world.chance(plan.delay) {
                // Nobody hears of it before another day.
                heldUp.append(schedule(day))
                runEvents.append(schedule(day))
            } else {
                startRun(schedule(day))
            }
            for event in heldUp.dropLast(heldUp.last == schedule(day) ? 1 : 0) where world.chance(0.6) {
                await world.wait(seconds: world.number(in: 0..<world.pick([60, 3_000])))
                startRun(event)
            }
            if index > 0, world.chance(plan.delay) {
                // Whoever does not know whether a day's run was done sends its event again.
                await world.wait(seconds: world.number(in: 0..<world.pick([60, 3_000])))
                startRun(schedule(days[world.number(in: 0...index - 1)]))
            }
            if world.chance(plan.notification) {
                await world.wait(seconds: world.number(in: 0..<100))
                startRun(schedule(day))
            }
            if world.chance(plan.extraRun) {
                await world.wait(
                    seconds: world.pick([world.number(in: 0..<60), world.number(in: 0..<4_000)]))
                startRun(manualRun(day, isFull: world.chance(0.5)))
            }
            if world.chance(plan.reprocess) {
                await world.wait(seconds: world.number(in: 0..<400))
                for layer in ["silver", "gold"] where world.chance(0.7) {
                    deliver(layer, reprocess, attemptsLeft: 3)
                }
            }
            await sleep(until: begin.adding(seconds: 4 * 3_600))
            if index + 1 < days.count || world.chance(0.5) {
                for layer in ["silver", "gold"] where !world.chance(plan.jam) {
                    deliver(layer, reconcile, attemptsLeft: 3)
                }
            }
        }
        await quiet()
        isHealed = true
        // What failed for good is sent again by somebody who read the log.
        for event in runEvents { await settle("bronze", event) }
        await quiet()
        for _ in 0..<2 {
            for layer in ["silver", "gold"] { await settle(layer, reconcile) }
        }
        await quiet()
    }

    /// The moments for which runs were asked, as their ids begin.
    var runsAsked: [String] { runEvents.compactMap(Simulation.runTime) }

    /// Whether everything was to be read by a run.
    func isFullAsked(ofRun id: String) -> Bool {
        runEvents.contains { event in
            Simulation.runTime(of: event).map { id.hasPrefix($0) } == true
                && String(decoding: event, as: UTF8.self).contains(#""full":true"#)
        }
    }

    /// The moment for which an event asks for a run, as the run's id begins; nil for other events.
    static func runTime(of event: [UInt8]) -> String? {
        let text = String(decoding: event, as: UTF8.self)
        guard text.contains("Scheduled Event") || text.contains(#""full":"#),
            let time = text.split(separator: #""time":""#).dropFirst().first
        else { return nil }
        return String(time.prefix { $0 != "\"" }.filter { $0 != "-" && $0 != ":" })
    }

    /// What a run stands for, by its id.
    static func runMoment(ofID id: String) -> Timestamp? {
        let digits = id.prefix(15).filter(\.isNumber).map(String.init)
        guard digits.count == 14 else { return nil }
        func text(_ range: Range<Int>) -> String { digits[range].joined() }
        return Timestamp(
            rfc3339:
                "\(text(0..<4))-\(text(4..<6))-\(text(6..<8))T\(text(8..<10)):\(text(10..<12)):\(text(12..<14))Z"
        )
    }

    /// What the run stands for that an event starts or goes on with; nil for other events.
    static func runMoment(of event: [UInt8]) -> Timestamp? {
        if let time = runTime(of: event) { return runMoment(ofID: time) }
        let text = String(decoding: event, as: UTF8.self)
        guard let key = text.split(separator: "continuations/wistia/").dropFirst().first else { return nil }
        return runMoment(ofID: String(key))
    }

    private func startRun(_ event: [UInt8]) {
        if !runEvents.contains(event) { runEvents.append(event) }
        deliver("bronze", event, attemptsLeft: 3)
    }

    func sleep(until moment: Timestamp) async {
        await world.wait(seconds: moment.seconds(since: world.now()))
    }

    /// Waits until no event is on its way.
    private func quiet() async {
        while running > 0 { await world.wait(seconds: 10) }
    }

    private func settle(_ layer: String, _ event: [UInt8]) async {
        deliver(layer, event, attemptsLeft: 1)
        await quiet()
    }

    static func date(_ day: Int) -> String {
        String(start.adding(seconds: Double(day) * 86_400).iso8601.prefix(10))
    }

    private func schedule(_ day: Int) -> [UInt8] {
        Array(
            """
            {"version":"0","id":"5eed000\(day)-0000-4000-8000-000000000000","detail-type":"Scheduled Event","source":"aws.events",\
            "account":"000000000000","time":"\(Simulation.date(day))T02:00:00Z","region":"us-east-1","resources":[],"detail":{}}
            """.utf8)
    }

    /// A run that stands for some moment of a day, now or a little earlier or later than the scheduled one.
    private func manualRun(_ day: Int, isFull: Bool) -> [UInt8] {
        let time = Simulation.start.adding(seconds: Double(day * 86_400 + world.pick([-300, 60, 1_800])))
        return Array(
            #"{"id":"manual-\#(day)","time":"\#(time.iso8601Seconds)","source":"wistia","full":\#(isFull)}"#
                .utf8)
    }

    private var reprocess: [UInt8] {
        let (from, to) = (Simulation.date(days.first ?? 0), Simulation.date(days.last ?? 0))
        return Array(
            #"{"id":"p","time":"\#(world.now().iso8601Seconds)","reprocess":{"source":"wistia","from":"\#(from)","to":"\#(to)"}}"#
                .utf8)
    }

    private var reconcile: [UInt8] {
        Array(
            #"{"id":"r","time":"\#(world.now().iso8601Seconds)","reconcile":{"source":"wistia"}}"#.utf8)
    }

    static func notification(_ bucket: String, _ key: String) -> [UInt8] {
        Array(
            """
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",\
            "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",\
            "s3":{"bucket":{"name":"\(bucket)"},"object":{"key":"\(key)"}}}]}
            """.utf8)
    }

    // MARK: Record

    func note(_ invocation: Invocation, _ what: String) {
        let seconds = world.now().seconds(since: Simulation.start)
        let line = "\(seconds) \(invocation.name) \(what)"
        for byte in line.utf8 { traceHash = (traceHash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        trace.append(line)
        if trace.count > 4_000 { trace.removeFirst(2_000) }
    }

    func violate(_ invariant: Invariant, _ detail: String) {
        if violation == nil { violation = Violation(invariant: invariant, detail: detail) }
    }
}
