import Synchronization
import TestSupport

@testable import Pipeline

/// Two invocations of which the one stops in the midst of its work while the other goes on: an interleaving that is forced.
///
/// Each operation on the store is a step. The first invocation stops before a step of its own; then the second one begins and goes to
/// its end, or to a step of its own, where it waits for the end of the first.
struct Interleaving: CustomStringConvertible {
    typealias Work = @Sendable (Lake) async throws -> Void

    /// Who is at work, for the store's hook; child tasks inherit it.
    @TaskLocal private static var isFirst: Bool?

    /// Before which of its steps the first one stops.
    var firstStop: Int
    /// Before which of its steps the second one waits; nil lets it go to its end.
    var secondStop: Int?

    var description: String {
        "first stops before step \(firstStop), second \(secondStop.map { "before step \($0)" } ?? "not at all")"
    }

    /// The steps of some work, done on a copy of a lake.
    static func steps(of work: Work, on lake: Lake) async throws -> [MemoryObjectStore.Entry] {
        let copy = lake.copy()
        try await work(copy)
        return copy.store.journal
    }

    /// Does both, and gives the lake as they left it.
    func run(_ first: @escaping Work, _ second: @escaping Work, on lake: Lake) async throws -> Lake {
        let lake = lake.copy()
        let steps = Mutex((first: 0, second: 0))
        let (firstHasStopped, mayGoOn, isDone) = (Gate(), Gate(), Gate())
        lake.store.setBeforeHook { _, _ in
            guard let isFirst = Interleaving.isFirst else { return }
            if isFirst {
                guard
                    steps.withLock({
                        $0.first += 1; return $0.first - 1
                    }) == firstStop
                else { return }
                firstHasStopped.open()
                await mayGoOn.wait()
            } else {
                guard
                    steps.withLock({
                        $0.second += 1; return $0.second - 1
                    }) == secondStop
                else { return }
                mayGoOn.open()
                await isDone.wait()
            }
        }
        async let one: Void = Interleaving.$isFirst.withValue(true) {
            defer { isDone.open() }
            do {
                try await first(lake)
                // It may have had fewer steps than the one before which it was to stop.
                firstHasStopped.open()
            } catch {
                firstHasStopped.open()
                throw error
            }
        }
        await firstHasStopped.wait()
        do {
            try await Interleaving.$isFirst.withValue(false) { try await second(lake) }
            mayGoOn.open()
        } catch {
            mayGoOn.open()
            throw error
        }
        try await one
        lake.store.setBeforeHook(nil)
        return lake
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

extension Lake {
    /// The same objects, secrets and account, with a store of its own.
    func copy() -> Lake { Lake(self, store: store.copy()) }
}
