/// A day's requests do not grow with the lake's age.
struct BudgetCheck {
    private static let early = 10
    private static let late = 40

    /// What kind of request a call is.
    private struct Kind: Hashable, CustomStringConvertible {
        var layer: Layer
        var operation: StoreCall.Operation
        var place: String

        var description: String { "\(layer.rawValue)'s \(operation.rawValue)s of \(place)" }
    }

    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        let lake = try TestLake(source)
        var counts: [Int: [Kind: Int]] = [:]
        for day in 1...BudgetCheck.late {
            var invocations: [Invocation] = []
            for event in try await lake.events(of: Pass(day)) {
                let invocation = await lake.send(event, to: .bronze)
                _ = try invocation.result.get()
                invocations.append(invocation)
                invocations += try await lake.deliver(invocation.commits, from: .bronze)
            }
            counts[day] = requests(of: invocations)
        }
        let (early, late) = (counts[BudgetCheck.early] ?? [:], counts[BudgetCheck.late] ?? [:])
        if early.isEmpty { throw BatteryError("nothing was asked of the store") }
        return Set(early.keys).union(late.keys).filter { early[$0] != late[$0] }.map { kind in
            Violation(
                "\(kind): \(early[kind] ?? 0) on day \(BudgetCheck.early), \(late[kind] ?? 0) on day \(BudgetCheck.late)"
            )
        }.sorted { $0.description < $1.description }
    }

    private func requests(of invocations: [Invocation]) -> [Kind: Int] {
        invocations.reduce(into: [:]) { counts, invocation in
            for call in invocation.calls {
                let folders = call.key.split(separator: "/")
                let isLake = Layer.allCases.contains { $0.rawValue == call.bucket }
                // In a bucket where files land each has a key of its own.
                let depth =
                    !isLake
                    ? 0
                    : ["raw", "quarantine"].contains(folders.first) ? 3 : folders.first == "commits" ? 1 : 2
                let place = "s3://\(call.bucket)/" + folders.prefix(depth).joined(separator: "/")
                counts[Kind(layer: invocation.layer, operation: call.operation, place: place), default: 0] +=
                    call.requestCount
            }
        }
    }
}
