import Lake
import Parquet
import Tables

/// A function dies before or after any of its calls of the store; then its event comes again.
struct KillCheck {
    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        let base = try TestLake(source)
        try await base.play(Pass(1))
        var found = try await bronze(base)
        let silver = try base.copy()
        let commits = try await silver.playBronze(Pass(2))
        let undisturbed = try silver.copy()
        try await undisturbed.deliver(commits, from: .bronze)
        let gold = try silver.copy()
        _ = try await gold.send(TestLake.notification(of: commits, in: .bronze), to: .silver).result.get()
        found += try await kills(
            of: .silver, TestLake.notification(of: commits, in: .bronze), silver, undisturbed)
        found += try await kills(
            of: .gold, TestLake.notification(of: commits, in: .silver), gold, undisturbed)
        return found
    }

    // MARK: Silver and gold

    private func kills(of layer: Layer, _ event: [UInt8], _ base: TestLake, _ undisturbed: TestLake)
        async throws
        -> [Violation]
    {
        let rehearsal = await (try base.copy()).send(event, to: layer)
        _ = try rehearsal.result.get()
        var found: [Violation] = []
        for (kill, occasion) in try plan(layer, rehearsal) {
            let lake = try base.copy()
            found += violations(of: await lake.send(event, to: layer, kill: kill), occasion)
            let again = await lake.send(event, to: layer)
            _ = try again.result.get()
            // Else the next layer, whose work follows from this one's objects, would never hear of it.
            if again.commits != rehearsal.commits {
                found.append(Violation("\(occasion): it wrote no commit again"))
            }
            found += lake.differences(from: undisturbed, in: [layer], occasion)
        }
        return found
    }

    /// Every call, before and after it.
    private func plan(_ layer: Layer, _ rehearsal: Invocation) throws -> [(Kill, String)] {
        if rehearsal.writes.isEmpty {
            throw BatteryError("\(layer.rawValue) wrote nothing, so nothing could be killed")
        }
        return rehearsal.calls.indices.flatMap { call in
            Kill.Moment.allCases.map { moment in
                let what = rehearsal.calls[call]
                return (
                    Kill(call: call, moment: moment),
                    "\(layer.rawValue) died \(moment) call \(call), \(what.operation) \(what.key)"
                )
            }
        }
    }

    private func violations(of invocation: Invocation, _ occasion: String) -> [Violation] {
        guard invocation.isKilled else { return [Violation("\(occasion): nothing was killed")] }
        guard case .success = invocation.result else { return [] }
        // The last call of all may be one that nobody waits for the answer of; there is none.
        return [Violation("\(occasion): it ended well all the same")]
    }

    // MARK: Bronze

    /// What is read again lies in other parts, and arrives later; the rows are the same.
    private func bronze(_ base: TestLake) async throws -> [Violation] {
        let undisturbed = try base.copy()
        let events = try await undisturbed.events(of: Pass(2))
        guard events.count == 1, let event = events.first else {
            throw BatteryError("a pass is one event of bronze")
        }
        let rehearsal = await undisturbed.send(event, to: .bronze)
        _ = try rehearsal.result.get()
        try await silverAlone(rehearsal.commits, undisturbed)
        var found: [Violation] = []
        for (kill, occasion) in try plan(.bronze, rehearsal) {
            let lake = try base.copy()
            _ = try await lake.events(of: Pass(2))
            let killed = await lake.send(event, to: .bronze, kill: kill)
            found += violations(of: killed, occasion)
            try await lake.bronze(event)
            try await silverAlone(lake.commits(.bronze).filter { rehearsal.commits.contains($0) }, lake)
            for table in source.silver.tables.map(\.table.name) {
                let (ours, theirs) = (try rows(of: table, lake), try rows(of: table, undisturbed))
                if ours != theirs { found.append(Violation("\(occasion): \(table) has other rows")) }
            }
            let cursors = [lake, undisturbed].map { $0.objects(.bronze)["state/\(source.name).json"] }
            if cursors[0] != cursors[1] { found.append(Violation("\(occasion): another cursor")) }
        }
        return found
    }

    private func silverAlone(_ commits: [String], _ lake: TestLake) async throws {
        if commits.isEmpty { throw BatteryError("bronze wrote no commit") }
        _ = try await lake.send(TestLake.notification(of: commits, in: .bronze), to: .silver).result.get()
    }

    private func rows(of table: String, _ lake: TestLake) throws -> [String: String] {
        try lake.objects(of: table, in: .silver).mapValues {
            "\(try LakeFile($0).rows(without: source.arrivalColumns))"
        }
    }
}
