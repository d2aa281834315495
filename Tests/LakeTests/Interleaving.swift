import Synchronization
import TestSupport

@testable import Lake
@testable import Wistia

/// Two invocations of which the one stops in the midst of its work while the other goes on: an interleaving that is forced.
///
/// The first invocation stops before a step of its own; then the second one begins and goes to its end, or to a step of its own, where
/// it waits for the end of the first.
struct Interleaving: CustomStringConvertible {
    typealias Work = @Sendable (MemoryLake) async throws -> Void

    /// An operation on the store, told from others of its kind by its number: their order is not always the same.
    struct Step: Hashable {
        var operation: MemoryObjectStore.Operation
        var key: String
        /// How often the same was asked before.
        var repetition: Int
    }

    /// Who is at work, for the store's hook; child tasks inherit it.
    @TaskLocal private static var isFirst: Bool?

    /// Before which of its steps the first one stops.
    var firstStop: Step
    /// Before which of its steps the second one waits; nil lets it go to its end.
    var secondStop: Step?

    var description: String {
        "first stops before \(firstStop), second \(secondStop.map { "before \($0)" } ?? "not at all")"
    }

    /// The steps of some work, done on a copy of a lake.
    static func steps(of work: Work, on lake: MemoryLake) async throws -> [Step] {
        let copy = lake.copy()
        try await work(copy)
        var counter = StepCounter()
        return copy.store.journal.map { counter.next($0.operation, $0.key) }
    }

    /// What both left behind.
    struct Outcome {
        var lake: MemoryLake
        /// What the first one did after the second one's end, when that was not stopped.
        var rest: [MemoryObjectStore.Entry]
    }

    /// Does both on a copy of a lake.
    func run(_ first: @escaping Work, _ second: @escaping Work, on lake: MemoryLake) async throws -> Outcome {
        let lake = lake.copy()
        let counters = Mutex((first: StepCounter(), second: StepCounter()))
        let (firstHasStopped, mayGoOn, isDone) = (Gate(), Gate(), Gate())
        lake.store.setBeforeHook { operation, key in
            guard let isFirst = Interleaving.isFirst else { return }
            if isFirst {
                guard counters.withLock({ $0.first.next(operation, key) }) == firstStop else { return }
                firstHasStopped.open()
                await mayGoOn.wait()
            } else {
                guard counters.withLock({ $0.second.next(operation, key) }) == secondStop else { return }
                mayGoOn.open()
                await isDone.wait()
            }
        }
        async let one: Void = Interleaving.$isFirst.withValue(true) {
            // Both also when it fails, or ends without that step.
            defer {
                firstHasStopped.open()
                isDone.open()
            }
            try await first(lake)
        }
        await firstHasStopped.wait()
        var secondEnd = 0
        do {
            defer { mayGoOn.open() }
            try await Interleaving.$isFirst.withValue(false) { try await second(lake) }
            secondEnd = lake.store.journal.count
        }
        try await one
        lake.store.setBeforeHook(nil)
        return Outcome(lake: lake, rest: Array(lake.store.journal[secondEnd...]))
    }
}

/// Numbers what is asked of a store.
private struct StepCounter {
    private var counts: [Interleaving.Step: Int] = [:]

    mutating func next(_ operation: MemoryObjectStore.Operation, _ key: String) -> Interleaving.Step {
        var step = Interleaving.Step(operation: operation, key: key, repetition: 0)
        let count = counts[step, default: 0]
        counts[step] = count + 1
        step.repetition = count
        return step
    }
}

/// Closed until it is opened, once and for all.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

extension MemoryLake {
    /// The same objects, secrets and account, with a store of its own.
    func copy() -> MemoryLake { MemoryLake(self, store: store.copy()) }
}
