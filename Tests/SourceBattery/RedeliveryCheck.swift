import TestSupport

/// Every event comes twice, at once and late: nothing changes.
struct RedeliveryCheck {
    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        let lake = try TestLake(source)
        var events: [[UInt8]] = []
        var found: [Violation] = []
        for pass in Pass.some {
            for event in try await lake.events(of: pass) {
                events.append(event)
                for commit in try await lake.bronze(event) {
                    for _ in 0..<2 { try await lake.deliver([commit], from: .bronze) }
                }
                found += try await again(event, lake, "delivered twice")
            }
        }
        let once = try lake.withBronzeAlone()
        try await once.deliver(lake.commits(.bronze), from: .bronze)
        found += lake.differences(from: once, "delivered twice")
        lake.time.advance(seconds: 86_400)
        for event in events { found += try await again(event, lake, "delivered late") }
        try await lake.deliver(lake.commits(.bronze), from: .bronze)
        try await lake.deliver(lake.commits(.silver), from: .silver)
        return found + lake.differences(from: once, "delivered late")
    }

    /// Sends an event that was answered to bronze again.
    private func again(_ event: [UInt8], _ lake: TestLake, _ occasion: String) async throws -> [Violation] {
        let before = try lake.copy()
        let commits = try await lake.bronze(event)
        return lake.differences(from: before, in: [.bronze], occasion)
            + commits.map { Violation("\(occasion): bronze wrote \($0) again") }
    }
}
