import HTTP
import LambdaRuntime

extension Simulation {
    /// Starts an invocation, and another one a while after it failed, as Lambda does with asynchronous events.
    func deliver(_ layer: String, _ event: [UInt8], attemptsLeft: Int, after seconds: Double = 0) {
        running += 1
        Task(executorPreference: world) { [self] in
            await world.wait(seconds: seconds)
            let failure = await invoke(layer, event)
            if let failure {
                if isHealed, !isRefusal(failure) {
                    violate(.progress, "\(layer) failed when nothing went wrong: \(failure)")
                }
                if attemptsLeft > 1 {
                    deliver(
                        layer, event, attemptsLeft: attemptsLeft - 1, after: world.number(in: 50..<200))
                }
            }
            running -= 1
        }
    }

    /// Whether a failure says no more than that commits were refused, where some must be.
    private func isRefusal(_ failure: String) -> Bool {
        account.hasOddCounters && failure.contains("cannot be typed") && !failure.contains("read s3://")
    }

    /// Runs one invocation.
    ///
    /// - Returns: Why it failed; nil when it did not.
    func invoke(_ layer: String, _ event: [UInt8]) async -> String? {
        invocationCount += 1
        let isHasty = layer == "bronze" && !isHealed && world.chance(plan.haste)
        let seconds = isHasty ? world.number(in: 50..<90) : layer == "bronze" ? 900 : 300
        let willDie = !isHealed && world.chance(plan.crash)
        let invocation = Invocation(
            layer: layer, number: invocationCount, start: world.now(),
            deadline: world.now().adding(seconds: seconds), runTime: Simulation.runMoment(of: event),
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
    func checkHandOver(of event: [UInt8], by invocation: Invocation) {
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
    func instance(for invocation: Invocation) -> Instance {
        idle[invocation.layer]?.popLast() ?? Instance(for: invocation)
    }

    /// Errors that no fault of the outside explains.
    func judge(_ error: any Error, of invocation: Invocation) {
        guard !invocation.isDead else { return }
        guard let error = error as? any ReportableError else {
            return violate(.honestErrors, "\(invocation.name) failed with what nobody can look up: \(error)")
        }
        // Of several commits the error is one text that quotes each one's.
        let ours = [
            ("Ledger", "does not add up"), ("GoldInvariant", "invariant"),
            ("PagesMissing", "leave out page"),
            ("EndlessList", "never end"), ("OtherVersion", "names ETag"), ("MissingObject", "does not exist"),
            ("UnreadablePart", "earlier version"), ("UnreadableObject", "earlier version"),
            ("UnreadableTable", "is not a file of"), ("SchemaChanged", "cannot be typed"),
            ("DayBlocked", "need the day's commit"), ("RowsLacking", "lacks the rows"),
            ("UnknownFormat", "format version"), ("FutureTime", "is more than a day after"),
            ("UnexpectedEvent", "refused the event"), ("UnexpectedKey", "refused the object"),
            ("Unhandled", "merge fact_visitors failed"),
        ]
        let text = "\(error)"
        if isRefusal(text) { return }
        if ours.contains(where: { error.errorType == "Function.\($0.0)" || text.contains($0.1) }) {
            violate(.honestErrors, "\(invocation.name): \(text)")
        }
        if invocation.faultCount == 0, error.errorType != "Function.TooManyContinuations" {
            violate(.honestErrors, "\(invocation.name), to which nothing happened: \(text)")
        }
    }
}
