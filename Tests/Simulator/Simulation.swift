import AWS
import Foundation
import HTTP
import LambdaRuntime
import Pipeline

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
    private let plan: FaultPlan
    private(set) var violation: Violation?
    private(set) var trace: [String] = []
    private(set) var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var requestCount = 0
    private(set) var invocationCount = 0
    private(set) var killCount = 0
    private(set) var faultCount = 0
    /// Whether nothing goes wrong any more.
    private var isHealed = false
    private var running = 0
    /// What started bronze's runs.
    private var runEvents: [[UInt8]] = []
    /// Processes that wait for another event, by layer.
    private var idle: [String: [Instance]] = [:]
    /// Writes that were confirmed and are not seen yet.
    private var heldBack: [Request] = []
    /// The first page as each invocation first saw it.
    private var firstPages: [String: [UInt8]] = [:]
    /// The pages of the media list as each invocation first saw them.
    private var mediaPages: [String: [UInt8]] = [:]

    /// Pages at the list's top that a lap may read: more become active in no run.
    private static let lapPagesMaximum = 9

    /// Activities that hardly move a list: half a page.
    private static let newsMaximum = 50

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
        days = world.pick([[0], [0, 1], [0, 1, 2], [0, 1, 2], [0, 1, 8], [0, 8, 16]])
        requestsPerMinute = world.pick([480, 480, 2_400])
        account = PretendAccount(
            visitorCount: visitorCount, mediaCount: world.pick([1, 2, 3, 120]), start: Simulation.start,
            days: days,
            activationsPerSecond: world.pick([0, 0.01, 0.1, 0.5]), world: world)
        storage = PretendStorage()
        storage.listPageSize = world.pick([2, 7, 1_000])
        storage.heedsIfMatch = broken != .ifMatchIgnored
        storage.heedsIfNoneMatch = broken != .ifNoneMatchIgnored
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
        for (index, day) in days.enumerated() {
            let begin = Simulation.start.adding(seconds: Double(day) * 86_400)
            await sleep(until: begin)
            startRun(schedule(day))
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
    private static func runTime(of event: [UInt8]) -> String? {
        let text = String(decoding: event, as: UTF8.self)
        guard text.contains("Scheduled Event") || text.contains(#""full":"#),
            let time = text.split(separator: #""time":""#).dropFirst().first
        else { return nil }
        return String(time.prefix { $0 != "\"" }.filter { $0 != "-" && $0 != ":" })
    }

    private func startRun(_ event: [UInt8]) {
        if !runEvents.contains(event) { runEvents.append(event) }
        deliver("bronze", event, attemptsLeft: 3)
    }

    private func sleep(until moment: Timestamp) async {
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

    // MARK: Platform

    /// Starts an invocation, and another one a while after it failed, as Lambda does with asynchronous events.
    private func deliver(_ layer: String, _ event: [UInt8], attemptsLeft: Int, after seconds: Double = 0) {
        running += 1
        Task(executorPreference: world) { [self] in
            await world.wait(seconds: seconds)
            let failure = await invoke(layer, event)
            if let failure {
                if isHealed { violate(.progress, "\(layer) failed when nothing went wrong: \(failure)") }
                if attemptsLeft > 1 {
                    deliver(
                        layer, event, attemptsLeft: attemptsLeft - 1, after: world.number(in: 50..<200))
                }
            }
            running -= 1
        }
    }

    /// Runs one invocation.
    ///
    /// - Returns: Why it failed; nil when it did not.
    private func invoke(_ layer: String, _ event: [UInt8]) async -> String? {
        invocationCount += 1
        let isHasty = layer == "bronze" && !isHealed && world.chance(plan.haste)
        let seconds = isHasty ? world.number(in: 50..<90) : layer == "bronze" ? 900 : 300
        let willDie = !isHealed && world.chance(plan.crash)
        let invocation = Invocation(
            layer: layer, number: invocationCount, start: world.now(),
            deadline: world.now().adding(seconds: seconds),
            stepsLeft: willDie ? world.number(in: 0...world.pick([5, 40, 200])) : nil)
        note(invocation, "starts")
        let instance = instance(for: invocation)
        let end = End()
        Task(executorPreference: world) { [self] in
            let failure: String?
            do {
                _ = try await instance.handle(event, in: invocation, of: self)
                failure = nil
            } catch {
                failure = "\(error)"
                judge(error, of: invocation)
            }
            if failure == nil { checkHandOver(of: event, by: invocation) }
            checkThrift(of: invocation)
            end.reach(invocation.isDead ? "it was killed" : failure)
        }
        Task(executorPreference: world) { [self] in
            while !end.isReached, !invocation.isDead {
                await world.wait(seconds: min(5, invocation.deadline.seconds(since: world.now())))
                if world.now() >= invocation.deadline { invocation.kill() }
            }
            end.reach("it was killed")
        }
        let failure = await end.value
        if invocation.isDead {
            killCount += 1
        } else if world.chance(plan.warmth) {
            idle[layer, default: []].append(instance)
        }
        note(invocation, failure.map { "fails: \($0)" } ?? "ends")
        return failure
    }

    /// Looks for what a bronze invocation that succeeded has to leave: the commit, or something that goes on.
    private func checkHandOver(of event: [UInt8], by invocation: Invocation) {
        guard invocation.layer == "bronze", !invocation.isDead else { return }
        let run: String
        var number = 1
        if let time = Simulation.runTime(of: event) {
            run = time + "-"
        } else if let key = String(decoding: event, as: UTF8.self).split(separator: #""key":""#).dropFirst()
            .first?
            .split(separator: "\"").first
        {
            let names = key.split(separator: "/")
            run = String(names[2])
            number = Int(names[3].prefix { $0.isNumber }) ?? number
        } else {
            return
        }
        let isCommitted = storage.keys("bronze", prefix: "commits/").contains { $0.contains("/\(run)") }
        let isContinued = storage.keys("bronze", prefix: "continuations/").contains { key in
            let next = key.split(separator: "/").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            let written = storage.buckets["bronze"]?[key]?.modified ?? .distantPast
            return key.contains("/\(run)") && next > number && written >= invocation.start
        }
        // Whose commit is held back on purpose has written it all the same.
        if !isCommitted, !isContinued, broken != .stateBeforeCommit {
            violate(.handOver, "\(invocation.name) returned and left \(run) neither committed nor continued")
        }
    }

    /// A process that waits for work, or a new one.
    private func instance(for invocation: Invocation) -> Instance {
        idle[invocation.layer]?.popLast() ?? Instance(for: invocation)
    }

    /// Errors that no fault of the outside explains.
    private func judge(_ error: any Error, of invocation: Invocation) {
        guard !invocation.isDead else { return }
        guard let error = error as? any ReportableError else {
            return violate(.honestErrors, "\(invocation.name) failed with what nobody can look up: \(error)")
        }
        // Of several commits the error is one text that quotes each one's.
        let ours = [
            ("Ledger", "does not add up"), ("GoldInvariant", "invariant"),
            ("PagesMissing", "leave out pages"),
            ("EndlessList", "never end"), ("OtherVersion", "names ETag"), ("MissingObject", "does not exist"),
            ("UnreadablePart", "earlier version"), ("UnreadableObject", "earlier version"),
            ("UnreadableTable", "is not a file of"), ("SchemaChanged", "cannot be typed"),
            ("DayBlocked", "need the day's commit"), ("RowsLacking", "lacks the rows"),
            ("UnknownFormat", "format version"), ("FutureTime", "is more than a day after"),
            ("UnexpectedEvent", "refused the event"), ("UnexpectedKey", "refused the object"),
            ("Unhandled", "merge fact_visitors failed"),
        ]
        let text = "\(error)"
        if ours.contains(where: { error.errorType == "Function.\($0.0)" || text.contains($0.1) }) {
            violate(.honestErrors, "\(invocation.name): \(text)")
        }
        if invocation.faultCount == 0, error.errorType != "Function.TooManyContinuations" {
            violate(.honestErrors, "\(invocation.name), to which nothing happened: \(text)")
        }
    }

    // MARK: The outside

    /// Answers a request of an invocation, or does not.
    func send(_ request: Request, from instance: Instance) async throws -> Response {
        let invocation = instance.current
        if invocation.hasReturned, !invocation.isDead {
            violate(.noAfterlife, "\(invocation.name) has returned and asks \(request.url)")
        }
        try invocation.step()
        requestCount += 1
        let isStorage = request.url.contains(".amazonaws.com/")
        let probability = isHealed ? 0 : isStorage ? plan.storage : plan.api
        let fault = world.chance(probability) ? Fault.draw(isStorage: isStorage, in: world) : nil
        if fault != nil {
            faultCount += 1
            invocation.faultCount += 1
        }
        if !isStorage { checkBudget(of: instance) }
        defer { if !isStorage { invocation.apiRequestsInFlight -= 1 } }
        var seconds = isStorage ? world.number(in: 0.005..<plan.storageSeconds) : latencySeconds(of: request)
        if fault == .slow { seconds += isStorage ? 5 : world.number(in: 0..<100) }
        let isStalled = request.method == "PUT" && !isHealed && world.chance(plan.stall)
        if isStalled { seconds += world.number(in: 1..<8) }
        let timeoutSeconds = request.timeoutSeconds ?? 1_000
        // The answer is made somewhere between the question and the reply.
        let before = seconds * (isStalled ? 0.9 : world.fraction())
        await world.wait(seconds: min(before, timeoutSeconds))
        // What was in flight when its process died, or when it was given up, may still arrive.
        if invocation.isDead || Task.isCancelled, world.chance(0.5) {
            note(invocation, "\(request.method) \(request.url) is lost with it")
            try end(of: invocation)
        }
        let isTooSlow = before >= timeoutSeconds && world.chance(0.5)
        var response: Response? = nil
        if fault != .resetBefore, !isTooSlow {
            response = fault?.refusal(now: world.now(), in: world) ?? answer(request, of: invocation)
        }
        note(
            invocation,
            "\(request.method) \(request.url.dropFirst(8)) \(response.map { "\($0.status)" } ?? "-") \(fault.map { "\($0)" } ?? "") "
                + PretendStorage.etag(of: request.body)
        )
        await world.wait(seconds: min(seconds, timeoutSeconds) - before)
        if invocation.isDead || Task.isCancelled { try end(of: invocation) }
        guard seconds < timeoutSeconds else {
            throw TransportError(kind: .timedOut, request: request, detail: "no byte came")
        }
        guard var response, fault != .resetAfter else {
            throw TransportError(kind: .connectionFailed, request: request, detail: "as the plan has it")
        }
        if fault == .cut { response.body = Array(response.body.dropLast(response.body.count / 2 + 1)) }
        return response
    }

    private func checkBudget(of instance: Instance) {
        instance.current.apiRequestsInFlight += 1
        let inFlight = instance.current.apiRequestsInFlight
        if inFlight > 64 {
            violate(.budget, "\(instance.current.name) has \(inFlight) requests to the API in flight")
        }
        if let excess = instance.noteAPIRequest(at: world.now(), requestsPerMinute: requestsPerMinute) {
            violate(.budget, "\(instance.current.name) sent \(excess)")
        }
    }

    private func end(of invocation: Invocation) throws {
        if invocation.isDead { throw Killed() }
        throw CancellationError()
    }

    private func latencySeconds(of request: Request) -> Double {
        let page = Simulation.page(of: request)
        let depth = Double(min(page, 1_100)) / 1_100
        return plan.latencyScale * (1.2 + 5.3 * depth + world.fraction() * (0.8 + 0.7 * depth))
    }

    private static func page(of request: Request) -> Int {
        guard let text = request.url.split(separator: "?page=").dropFirst().first else { return 1 }
        return Int(text.prefix { $0.isNumber }) ?? 1
    }

    private func answer(_ request: Request, of invocation: Invocation) -> Response {
        let now = world.now()
        guard request.url.contains(".amazonaws.com/") else {
            return accountAnswer(request, of: invocation, now: now)
        }
        let (bucket, key, query) = PretendStorage.address(of: request)
        if bucket == "bronze", key.isEmpty, let prefix = query["prefix"],
            prefix.hasPrefix("raw/wistia/visitors/")
        {
            invocation.noteKept(keptPages(prefix), prefix: prefix)
        }
        if request.method == "PUT" {
            if broken == .stateBeforeCommit, bucket == "bronze", key.hasPrefix("commits/") {
                // It is taken, but only seen once the state has been written.
                heldBack.append(request)
                return Response(status: 200, headers: ["ETag": "\"held\""])
            }
            if broken == .continuationDropped, key.hasPrefix("continuations/") {
                return Response(status: 200, headers: ["ETag": "\"dropped\""])
            }
            Invariants(self).checkPlace(of: key, in: bucket, by: invocation)
        }
        let standing = storage.body(bucket, key)
        var response = storage.answer(request, now: now)
        if invocation.layer == "bronze", request.method == "GET" {
            disguise(&response, prefix: query["prefix"] ?? key)
        }
        if request.method == "PUT", response.status == 200 {
            Invariants(self).checkWrite(of: key, in: bucket, over: standing)
            if broken == .stateBeforeCommit, key.hasPrefix("state/") {
                for held in heldBack { _ = storage.answer(held, now: now) }
                heldBack = []
            }
            notify(bucket, key)
        }
        return response
    }

    /// Makes bronze read what it would read, or rather not heed, if a rule of its own were missing.
    private func disguise(_ response: inout Response, prefix: String) {
        func replace(_ name: String, by value: String) {
            let text = String(decoding: response.body, as: UTF8.self)
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for index in lines.indices where lines[index].contains("\"\(name)\"") {
                lines[index] = "  \"\(name)\" : \"\(value)\"" + (lines[index].hasSuffix(",") ? "," : "")
            }
            response.body = Array(lines.joined(separator: "\n").utf8)
            response.headers["Content-Length"] = "\(response.body.count)"
        }
        switch broken {
        case .partsForgotten where prefix.hasPrefix("raw/wistia/visitors/") && !prefix.hasSuffix(".gz"):
            response.body = Array(
                "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".utf8)
        case .neverWeekly where prefix.hasPrefix("commits/") || prefix.hasPrefix("state/"):
            replace("last_full_crawl", by: Simulation.date(days.last ?? 0))
        case .stateBackwards where prefix.hasPrefix("state/"):
            replace("run_id", by: "00000000T000000Z-00000000")
        default: break
        }
    }

    /// The pages of visitors in some parts, as their metadata says.
    private func keptPages(_ prefix: String) -> Set<Int> {
        var pages: Set<Int> = []
        for key in storage.keys("bronze", prefix: prefix) {
            for range in storage.buckets["bronze"]?[key]?.metadata["pages"]?.split(separator: ",") ?? [] {
                let bounds = range.split(separator: "-").compactMap { Int($0) }
                if let first = bounds.first, let last = bounds.last { pages.formUnion(first...last) }
            }
        }
        return pages
    }

    /// Looks whether an attempt asked again for pages that it found in parts.
    ///
    /// It may, at the top for the lap, and where a segment comes to pages of another one; the more the list has moved since the
    /// run began, the more pages that takes for each segment, so that only lists which hardly moved tell.
    private func checkThrift(of invocation: Invocation) {
        guard account.order == .newestFirst, let kept = invocation.keptPages, !kept.isEmpty else { return }
        let oldest = storage.keys("bronze", prefix: invocation.partsPrefix).compactMap {
            storage.buckets["bronze"]?[$0]?.metadata["run-start"].flatMap { Timestamp(rfc3339: $0) }
        }.min()
        guard let oldest, account.newsCount(from: oldest, to: world.now()) <= Simulation.newsMaximum else {
            return
        }
        let again = invocation.answeredPages.intersection(kept).filter { $0 > Simulation.lapPagesMaximum }
        if again.count > 5 + kept.count / 10 {
            violate(
                .thrift,
                "\(invocation.name) asked again for \(again.count) of \(kept.count) pages that lay in parts")
        }
    }

    private func accountAnswer(_ request: Request, of invocation: Invocation, now: Timestamp) -> Response {
        let path = request.url.dropFirst("https://api.wistia.com/v1".count).prefix { $0 != "?" }
        let isList = path == "/stats/visitors.json"
        var page = Simulation.page(of: request)
        if broken == .resumedOnePageLate, isList, page > 1, !firstPages.keys.contains(invocation.name) {
            // Whoever did not read the first page goes on behind another attempt.
            page += 1
        }
        guard request.headers["Authorization"] == "Bearer \(account.token(at: now))" else {
            return Response(status: 401, body: Array(#"{"error":"unauthorized"}"#.utf8))
        }
        if isList { invocation.noteAnswered(page) }
        guard let text = account.answer(path: path, page: page, now: now) else {
            return Response(status: 404, body: Array(#"{"error":"not found"}"#.utf8))
        }
        var body = Array(text.utf8)
        if isList, page == 1 {
            if let first = firstPages[invocation.name] {
                if broken == .noLap { body = first }
                if broken == .duplicatesCounted {
                    body = Array(text.replacing("-0b5e-4c2f-a", with: "-0b5e-4c2f-b").utf8)
                }
            } else {
                firstPages[invocation.name] = body
            }
        }
        if broken == .mediaListOnce, path == "/medias.json" {
            let name = "\(invocation.name) \(page)"
            mediaPages[name] = mediaPages[name] ?? body
            body = mediaPages[name] ?? body
        }
        return Response(status: 200, headers: ["Date": now.httpDate], body: body)
    }

    /// Tells who waits for an object of this key.
    private func notify(_ bucket: String, _ key: String) {
        let layer: String
        switch (bucket, key.prefix { $0 != "/" }) {
        case ("bronze", "continuations"): layer = "bronze"
        case ("bronze", "commits"): layer = "silver"
        case ("silver", "commits"): layer = "gold"
        default: return
        }
        let probability = isHealed ? 0 : plan.notification
        let event = Simulation.notification(bucket, key)
        if world.chance(probability / 2) { return }
        for _ in 0..<(world.chance(probability) ? 2 : 1) {
            var seconds = world.number(in: 0.1..<3)
            if world.chance(probability) { seconds = world.number(in: 0..<90_000) }
            if !isHealed, world.now() > Simulation.start.adding(seconds: 50_000), world.chance(plan.jam) {
                seconds = jam.seconds(since: world.now()) + world.number(in: 0..<0.3)
            }
            deliver(layer, event, attemptsLeft: isHealed ? 1 : 3, after: seconds)
        }
    }

    /// When notifications that were held up are let go, all at once.
    private var jam: Timestamp {
        Simulation.start.adding(seconds: Double(days.last ?? 0) * 86_400 + 10_000)
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

/// How a request goes wrong.
enum Fault: Sendable {
    case slowDown, serverError, conflict, tooMany, tooManyForSeconds, tooManyUntil, resetBefore, resetAfter,
        cut, slow

    static func draw(isStorage: Bool, in world: World) -> Fault {
        world.pick(
            isStorage
                ? [.slowDown, .serverError, .conflict, .resetBefore, .resetAfter, .resetAfter, .slow]
                : [
                    .slowDown, .serverError, .tooMany, .tooManyForSeconds, .tooManyUntil, .resetBefore,
                    .resetAfter,
                    .cut, .slow,
                ])
    }

    /// The answer that stands in for the right one; nil when the request takes effect.
    func refusal(now: Timestamp, in world: World) -> Response? {
        switch self {
        case .slowDown: PretendStorage.failure(503, "SlowDown")
        case .serverError: PretendStorage.failure(500, "InternalError")
        case .conflict: PretendStorage.failure(409, "ConditionalRequestConflict")
        case .tooMany: Response(status: 429, body: Array("Too many requests".utf8))
        case .tooManyForSeconds:
            Response(status: 429, headers: ["Retry-After": "\(world.number(in: 0...20))"])
        case .tooManyUntil:
            Response(
                status: 503,
                headers: [
                    "Date": now.httpDate,
                    "Retry-After": now.adding(seconds: world.number(in: -5..<15)).httpDate,
                ])
        case .resetBefore, .resetAfter, .cut, .slow: nil
        }
    }
}

struct PretendSecrets: SecretStore {
    /// Gives the account's token; nil where nobody asks the account.
    var token: (@Sendable () -> String)?

    func secret(id: String) async throws -> Secret {
        Secret(
            id == "token"
                ? #"{"api_token":"\#(token?() ?? "")"}"#
                : #"{"pii_key":"an obviously fake key of 32 bytes or more"}"#)
    }
}

/// How an invocation ended: the first word counts.
final class End: @unchecked Sendable {
    private(set) var isReached = false
    private var failure: String?
    private var continuation: CheckedContinuation<String?, Never>?

    func reach(_ failure: String?) {
        guard !isReached else { return }
        isReached = true
        self.failure = failure
        continuation?.resume(returning: failure)
    }

    var value: String? {
        get async {
            if isReached { return failure }
            return await withCheckedContinuation { continuation = $0 }
        }
    }
}
