import HTTP
import Synchronization
import TestSupport

/// Commits come in any order, several in one event, and in the midst of each other: the same objects.
struct OrderCheck {
    /// How many orders are tried.
    private static let orderCount = 4

    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        let bronze = try TestLake(source)
        for pass in Pass.some { try await bronze.playBronze(pass) }
        let commits = bronze.commits(.bronze)
        let ordered = try bronze.withBronzeAlone()
        try await ordered.deliver(commits, from: .bronze)
        var found: [Violation] = []
        for seed in 1...UInt64(OrderCheck.orderCount) {
            let lake = try bronze.withBronzeAlone()
            try await deliver(commits, to: lake, SeededRandomSource(seed: seed))
            found += lake.differences(from: ordered, "in order \(seed)")
        }
        for layer in [Layer.silver, .gold] {
            found += try await interleaved(commits, layer, bronze, ordered)
        }
        return found
    }

    /// Delivers commits to silver and what it writes to gold, each event at a time that the numbers say.
    private func deliver(_ commits: [String], to lake: TestLake, _ random: SeededRandomSource) async throws {
        var waiting = commits.map { ($0, Layer.bronze) }
        while !waiting.isEmpty {
            let (key, layer) = waiting.remove(at: Int(random.next() % UInt64(waiting.count)))
            var keys = [key]
            if random.next() % 3 == 0, let other = waiting.firstIndex(where: { $0.1 == layer }) {
                keys.append(waiting.remove(at: other).0)
            }
            guard let next = layer.next else { continue }
            let invocation = await lake.send(TestLake.notification(of: keys, in: layer), to: next)
            _ = try invocation.result.get()
            if next != .gold { waiting += invocation.commits.map { ($0, next) } }
        }
    }

    /// Of two commits, one is brought in while the other is about to replace something: at each of its writes once.
    private func interleaved(
        _ commits: [String], _ layer: Layer, _ bronze: TestLake, _ ordered: TestLake
    ) async throws -> [Violation] {
        guard commits.count >= 3 else { throw BatteryError("an interleaving takes three commits") }
        // The two of one day.
        let (first, second) = (commits[commits.count - 2], commits[commits.count - 3])
        let base = try bronze.withBronzeAlone()
        try await base.deliver(commits.filter { $0 != first && $0 != second }, from: .bronze)
        if layer == .gold {
            _ = try await base.send(notification(of: first, .bronze), to: .silver).result.get()
        }
        let slow = notification(of: first, layer == .silver ? .bronze : .silver)
        let rehearsal = await (try base.copy()).send(slow, to: layer)
        _ = try rehearsal.result.get()
        var found: [Violation] = []
        for number in rehearsal.writes.indices {
            let lake = try base.copy()
            let seen = Mutex(0)
            let invocation = await lake.send(slow, to: layer) { call in
                let isNow = seen.withLock { count in
                    guard call.operation == .put else { return false }
                    defer { count += 1 }
                    return count == number
                }
                if isNow { try await lake.deliver([second], from: .bronze) }
            }
            _ = try invocation.result.get()
            if layer == .silver { try await lake.deliver(invocation.commits, from: .silver) }
            found += lake.differences(
                from: ordered, "a commit brought in before write \(number) of another's \(layer.rawValue)")
        }
        return found
    }

    private func notification(of commit: String, _ layer: Layer) -> [UInt8] {
        TestLake.notification(of: [commit], in: layer)
    }
}
