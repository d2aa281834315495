public import HTTP
import Synchronization

/// A clock that stands still until it is told to move.
///
/// In the default mode a sleep moves it, and returns at once; that is right for one task that sleeps. With
/// `isManual` sleepers wait until ``advance(seconds:)`` has passed their moment, in the order of those moments.
public final class VirtualTimeSource: TimeSource {
    private struct Sleeper {
        var id: Int
        var wakes: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Timestamp
        var sleeps: [Double] = []
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let state: Mutex<State>
    private let isManual: Bool

    /// Makes a clock that shows a moment, by default 2026-01-08T02:00:00Z.
    public init(
        start: Timestamp = Timestamp(microsecondsSinceEpoch: 1_767_837_600_000_000), isManual: Bool = false
    ) {
        state = Mutex(State(now: start))
        self.isManual = isManual
    }

    /// What the clock shows.
    public func now() -> Timestamp {
        state.withLock { $0.now }
    }

    /// Every sleep so far, in seconds, zero and less left out.
    public var sleeps: [Double] {
        state.withLock { $0.sleeps }
    }

    /// When the first of the sleepers wakes; nil when nobody sleeps.
    public var nextWaking: Timestamp? {
        state.withLock { $0.sleepers.map(\.wakes).min() }
    }

    /// Moves the clock, or waits until it is moved.
    public func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        guard seconds > 0 else {
            return
        }
        state.withLock { $0.sleeps.append(seconds) }
        guard isManual else { return advance(seconds: seconds) }
        try await waitBesides(until: now().adding(seconds: seconds))
    }

    /// Waits until the clock has been moved past a moment, in either mode.
    public func waitBesides(until moment: Timestamp) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (watchers, isOver) = state.withLock { state -> ([Watcher]?, Bool) in
                    if state.cancelled.remove(id) != nil {
                        return (nil, false)
                    }
                    if moment <= state.now {
                        return (nil, true)
                    }
                    state.sleepers.append(Sleeper(id: id, wakes: moment, continuation: continuation))
                    let satisfied = state.watchers.filter { $0.count <= state.sleepers.count }
                    state.watchers.removeAll { $0.count <= state.sleepers.count }
                    return (satisfied, false)
                }
                if isOver {
                    return continuation.resume()
                }
                guard let watchers else {
                    return continuation.resume(throwing: CancellationError())
                }
                for watcher in watchers {
                    watcher.continuation.resume()
                }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock and wakes who has slept long enough.
    public func advance(seconds: Double) {
        let woken = state.withLock { state in
            state.now = state.now.adding(seconds: seconds)
            let now = state.now
            let woken = state.sleepers.filter { $0.wakes <= now }.sorted { $0.wakes < $1.wakes }
            state.sleepers.removeAll { $0.wakes <= now }
            return woken
        }
        for sleeper in woken {
            sleeper.continuation.resume()
        }
    }

    /// Waits until so many tasks sleep; only in the manual mode.
    public func waitForSleepers(_ count: Int) async {
        precondition(isManual, "nobody waits on a clock that a sleep moves")
        await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                if state.sleepers.count >= count {
                    return true
                }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isSatisfied {
                continuation.resume()
            }
        }
    }
}
