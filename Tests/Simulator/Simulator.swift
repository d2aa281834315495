import Foundation
import Synchronization

/// Runs lakes under seeded faults and tells whether they kept their promises.
@main struct Simulator {
    private static let help = """
        Runs bronze, silver and gold in pretend lakes under seeded faults, and tells whether they kept their promises.

        usage: simulator [--seeds FIRST-LAST] [--prove] [--report FILE]   runs the seeds, 1-200 without the option; with --prove
                                                                          also breaks each rule on purpose, and expects it noticed
               simulator --seed SEED [--break RULE]                  replays one seed and prints what happened in it
        rules: \(BrokenRule.allCases.map(\.rawValue).joined(separator: ", "))
        """

    static func main() {
        var seeds: ClosedRange<UInt64> = 1...200
        var replayed: UInt64?
        var rule: BrokenRule?
        var isProof = false
        var report: String?
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seeds":
                let bounds = arguments.popFirst()?.split(separator: "-").map { number(String($0)) } ?? []
                guard bounds.count == 2, bounds[0] <= bounds[1] else { refuse() }
                seeds = bounds[0]...bounds[1]
            case "--seed": replayed = number(arguments.popFirst())
            case "--break":
                rule = arguments.popFirst().flatMap(BrokenRule.init)
                if rule == nil { refuse() }
            case "--prove": isProof = true
            case "--report":
                report = arguments.popFirst()
                if report == nil { refuse() }
            case "--help", "-h":
                say(help)
                exit(0)
            default: refuse()
            }
        }
        if let replayed { exit(replay(replayed, broken: rule)) }
        var checks = [runSeeds(seeds)]
        if isProof {
            checks.append(replaysExactly())
            checks += BrokenRule.allCases.map(prove)
        }
        if let report {
            do {
                try Data(xUnit(checks).utf8).write(to: URL(fileURLWithPath: report))
            } catch {
                say("write \(report) failed: \(error)")
                exit(1)
            }
        }
        exit(checks.contains { $0.failure != nil } ? 1 : 0)
    }

    private static func number(_ text: String?) -> UInt64 {
        guard let number = text.flatMap({ UInt64($0) }), number > 0 else { refuse() }
        return number
    }

    private static func refuse() -> Never {
        say(help)
        exit(2)
    }

    /// Prints a line at once, so that it can be read also when something ends the process.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    // MARK: Checks

    /// Something that was to be shown.
    private struct Check {
        var name: String
        /// Nil where it was shown.
        var failure: String?
    }

    private static func replay(_ seed: UInt64, broken: BrokenRule?) -> Int32 {
        let simulation = Simulation(seed: seed, broken: broken)
        let violation = simulation.run()
        for line in simulation.trace { say(line) }
        say("\(simulation.summary), trace \(String(simulation.traceHash, radix: 16))")
        say(violation.map { "seed \(seed) violated an invariant: \($0)" } ?? "no invariant was violated")
        return violation == nil ? 0 : 1
    }

    /// What some runs came to.
    private struct Totals {
        var invocations = 0
        var kills = 0
        var requests = 0
        var faults = 0
        var slowest: (seed: UInt64, seconds: Double) = (0, 0)
        var failed: [UInt64] = []
    }

    private static func runSeeds(_ seeds: ClosedRange<UInt64>) -> Check {
        let begin = ContinuousClock.now
        let totals = Mutex(Totals())
        DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
            let seed = seeds.lowerBound + UInt64(index)
            let simulation = Simulation(seed: seed)
            let seedBegin = ContinuousClock.now
            let violation = simulation.run()
            let seconds = (ContinuousClock.now - seedBegin) / .seconds(1)
            totals.withLock { totals in
                if seconds > totals.slowest.seconds { totals.slowest = (seed, seconds) }
                totals.invocations += simulation.invocationCount
                totals.kills += simulation.killCount
                totals.requests += simulation.requestCount
                totals.faults += simulation.faultCount
                guard let violation else { return }
                totals.failed.append(seed)
                for line in simulation.trace.suffix(20) { say(line) }
                say("seed \(seed) violated an invariant: \(violation)")
                say("  \(simulation.summary)")
                say("  replay it: simulator --seed \(seed)")
            }
        }
        let seconds = Int((ContinuousClock.now - begin) / .seconds(1))
        let sum = totals.withLock { $0 }
        say(
            "\(seeds.count) seeds in \(seconds) s: \(sum.invocations) invocations, \(sum.kills) of them killed, "
                + "\(sum.requests) requests, \(sum.faults) of them with a fault; "
                + "\(sum.failed.count) seeds violated an invariant; "
                + "seed \(sum.slowest.seed) took longest, \(sum.slowest.seconds) s")
        return Check(
            name: "\(seeds.count) seeds keep every invariant",
            failure: sum.failed.isEmpty ? nil : "seeds \(sum.failed.sorted().prefix(20))")
    }

    /// A seed whose run has killed invocations and many pages in flight.
    private static let eventfulSeed: UInt64 = 40

    /// Compares a run with one of another process, which hashes differently and so iterates over sets in another order.
    private static func replaysExactly() -> Check {
        var check = Check(name: "a seed replays exactly")
        let simulation = Simulation(seed: eventfulSeed)
        _ = simulation.run()
        let ours = String(simulation.traceHash, radix: 16)
        do {
            let theirs = try traceOfAnotherProcess()
            say("seed \(eventfulSeed) in two processes: traces \(ours) and \(theirs)")
            if ours != theirs { check.failure = "two runs of seed \(eventfulSeed) differ" }
        } catch {
            check.failure = "seed \(eventfulSeed) could not be run again: \(error)"
        }
        return check
    }

    private static func traceOfAnotherProcess() throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--seed", "\(eventfulSeed)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: "trace ").last.map { String($0.prefix { $0.isHexDigit }) } ?? "nothing"
    }

    /// Seeds within which a broken rule has to be noticed.
    private static let proofSeeds: ClosedRange<UInt64> = 1...400

    private static func prove(_ rule: BrokenRule) -> Check {
        var check = Check(
            name: "\(rule.rawValue) is noticed",
            failure: "not within \(proofSeeds.upperBound) seeds")
        for seed in proofSeeds {
            guard let violation = Simulation(seed: seed, broken: rule).run() else { continue }
            say(
                "rule broken on purpose, \(rule.rawValue): seed \(seed) violated an invariant: \(violation)")
            check.failure =
                rule.isNoticedBy.contains(violation.invariant)
                ? nil : "by another invariant: \(violation.invariant.rawValue)"
            break
        }
        if let failure = check.failure { say("\(rule.rawValue) was not noticed as expected: \(failure)") }
        return check
    }

    private static func xUnit(_ checks: [Check]) -> String {
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
        }
        let cases = checks.map { check in
            let failure = check.failure.map { "<failure message=\"\(escaped($0))\"/>" } ?? ""
            return "<testcase classname=\"Simulator\" name=\"\(escaped(check.name))\">\(failure)</testcase>\n"
        }
        let failures = checks.count { $0.failure != nil }
        return
            "<testsuites>\n<testsuite name=\"Simulator\" tests=\"\(checks.count)\" failures=\"\(failures)\" "
            + "errors=\"0\" skipped=\"0\">\n\(cases.joined())</testsuite>\n</testsuites>\n"
    }
}
