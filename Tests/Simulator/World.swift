import HTTP
import Synchronization

/// One thread, one clock and one source of randomness for everything that runs at the same time.
///
/// As a task executor it queues the jobs of its tasks, of their child tasks and of the actors that they call, and runs them one after
/// the other. Whoever waits is woken in the order of the moments, and at the same moment in an order drawn from the seed, once nobody
/// has anything left to do: so the same seed gives the same run, whatever the code does concurrently.
final class World: TaskExecutor, TimeSource, RandomSource {
    private struct Sleeper {
        var wakes: Timestamp
        var order: UInt64
        var id: Int
    }

    private struct State {
        var now: Timestamp
        var random: UInt64
        var jobs: [UnownedJob] = []
        var jobsDone = 0
        /// A heap, the next to wake first.
        var sleepers: [Sleeper] = []
        var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    /// Far more often than any run wakes somebody.
    private static let wakingsMaximum = 1_000_000
    /// Far more jobs than follow from one waking.
    private static let jobsMaximum = 10_000

    private let state: Mutex<State>

    init(seed: UInt64, start: Timestamp) {
        state = Mutex(State(now: start, random: seed))
    }

    // MARK: Randomness

    func next() -> UInt64 {
        state.withLock { World.next(&$0.random) }
    }

    /// SplitMix64.
    private static func next(_ random: inout UInt64) -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with a probability of 0…1.
    func chance(_ probability: Double) -> Bool {
        probability > 0 && fraction() < probability
    }

    func number(in range: Range<Double>) -> Double {
        range.lowerBound + fraction() * (range.upperBound - range.lowerBound)
    }

    func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    func pick<Value>(_ values: [Value]) -> Value {
        values[number(in: 0...values.count - 1)]
    }

    // MARK: Time

    func now() -> Timestamp {
        state.withLock { $0.now }
    }

    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        guard seconds > 0 else { return }
        await wait(seconds: seconds)
        try Task.checkCancellation()
    }

    /// Lets others go on for some time; ends early when the task is cancelled.
    func wait(seconds: Double) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard state.cancelled.remove(id) == nil else { return true }
                    let order = World.next(&state.random)
                    state.continuations[id] = continuation
                    World.push(
                        Sleeper(wakes: state.now.adding(seconds: max(0, seconds)), order: order, id: id),
                        onto: &state.sleepers)
                    return false
                }
                if isCancelled { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let continuation = state.continuations.removeValue(forKey: id)
                if continuation == nil { state.cancelled.insert(id) }
                return continuation
            }
            continuation?.resume()
        }
    }

    // MARK: Running

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.jobs.append(unowned) }
    }

    /// Runs a task, and all that it starts in this world, until it returns.
    ///
    /// - Returns: False when everybody waits for somebody else, or it does not end.
    func run(_ body: @escaping @Sendable () async -> Void) -> Bool {
        let end = Flag()
        Task(executorPreference: self) {
            await body()
            end.raise()
        }
        for _ in 0..<World.wakingsMaximum {
            var jobCount = 0
            while let job = nextJob() {
                job.runSynchronously(on: asUnownedTaskExecutor())
                jobCount += 1
                if jobCount > World.jobsMaximum { return false }
            }
            if end.isRaised { return true }
            guard let continuation = nextSleeper() else { return false }
            continuation.resume()
        }
        return false
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard state.jobsDone < state.jobs.count else {
                state.jobs.removeAll(keepingCapacity: true)
                state.jobsDone = 0
                return nil
            }
            state.jobsDone += 1
            return state.jobs[state.jobsDone - 1]
        }
    }

    private func nextSleeper() -> CheckedContinuation<Void, Never>? {
        state.withLock { state in
            while let sleeper = World.pop(from: &state.sleepers) {
                guard let continuation = state.continuations.removeValue(forKey: sleeper.id) else { continue }
                state.now = max(state.now, sleeper.wakes)
                return continuation
            }
            return nil
        }
    }

    private static func isBefore(_ left: Sleeper, _ right: Sleeper) -> Bool {
        left.wakes == right.wakes ? left.order < right.order : left.wakes < right.wakes
    }

    private static func push(_ sleeper: Sleeper, onto heap: inout [Sleeper]) {
        heap.append(sleeper)
        var index = heap.count - 1
        while index > 0, isBefore(heap[index], heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private static func pop(from heap: inout [Sleeper]) -> Sleeper? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && isBefore(heap[child], heap[least]) {
                least = child
            }
            if least == index { return first }
            heap.swapAt(index, least)
            index = least
        }
    }
}

/// Something that happens once.
final class Flag: Sendable {
    private let state = Mutex(false)

    var isRaised: Bool { state.withLock { $0 } }

    func raise() { state.withLock { $0 = true } }
}
