import HTTP

extension Simulation {
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

    func checkBudget(of instance: Instance) {
        instance.current.apiRequestsInFlight += 1
        let inFlight = instance.current.apiRequestsInFlight
        if inFlight > 64 {
            violate(.budget, "\(instance.current.name) has \(inFlight) requests to the API in flight")
        }
        if let excess = instance.noteAPIRequest(at: world.now(), requestsPerMinute: requestsPerMinute) {
            violate(.budget, "\(instance.current.name) sent \(excess)")
        }
    }

    func end(of invocation: Invocation) throws {
        if invocation.isDead { throw Killed() }
        throw CancellationError()
    }

    func latencySeconds(of request: Request) -> Double {
        let page = Simulation.page(of: request)
        let depth = Double(min(page, 1_100)) / 1_100
        return plan.latencyScale * (1.2 + 5.3 * depth + world.fraction() * (0.8 + 0.7 * depth))
    }

    static func page(of request: Request) -> Int {
        guard let text = request.url.split(separator: "?page=").dropFirst().first else { return 1 }
        return Int(text.prefix { $0.isNumber }) ?? 1
    }

    func answer(_ request: Request, of invocation: Invocation) -> Response {
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
    func disguise(_ response: inout Response, prefix: String) {
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

    /// The pages of visitors in some parts, without those of the re-scan.
    func keptPages(_ prefix: String) -> Set<Int> {
        var pages: Set<Int> = []
        for key in storage.keys("bronze", prefix: prefix)
        where storage.buckets["bronze"]?[key]?.metadata["lap-pages"] == nil {
            storage.body("bronze", key).flatMap { PartText($0) }?.read { place in
                while place.seek("\",\"page\":") {
                    if let page = place.number() { pages.insert(Int(page)) }
                }
            }
        }
        return pages
    }

    /// Looks whether an attempt asked again for pages that it found in parts.
    ///
    /// It may, at the top for the re-scan, and where a segment comes to pages of another one; the more the list has moved since the
    /// run began, the more pages that takes for each segment, so that only lists which hardly moved tell.
    func checkThrift(of invocation: Invocation) {
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

    func accountAnswer(_ request: Request, of invocation: Invocation, now: Timestamp) -> Response {
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
                if broken == .noRescan { body = first }
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
        var response = Response(status: 200, headers: ["Date": now.httpDate], body: body)
        if !isList {
            if broken == .snapshotOfAnotherDay, let time = invocation.runTime {
                response.headers["Date"] = time.httpDate
            } else if world.chance(plan.dateless) {
                response.headers["Date"] = nil
            }
        }
        return response
    }

    /// Tells who waits for an object of this key.
    func notify(_ bucket: String, _ key: String) {
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
    var jam: Timestamp {
        Simulation.start.adding(seconds: Double(days.last ?? 0) * 86_400 + 10_000)
    }
}
