import HTTP
import Synchronization
import TestSupport

/// Runs tasks on one thread, and moves the clock when all of them wait, so that a concurrent run is the same each time.
///
/// Only structured tasks and what they call take part; an unstructured task would run beside it.
final class VirtualWorld: TaskExecutor {
    struct Deadlock: Error {}

    let time = VirtualTimeSource(isManual: true)
    private let start: Timestamp
    private let jobs = Mutex<[UnownedJob]>([])

    init() {
        start = time.now()
    }

    /// Seconds since the world began.
    var elapsedSeconds: Double { time.now().seconds(since: start) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Lets everything happen that happens at this moment.
    func settle() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Moves the clock by so many seconds, with a stop wherever somebody wakes.
    func advance(seconds: Double) {
        let end = time.now().adding(seconds: seconds)
        settle()
        while let waking = time.nextWaking, waking <= end {
            time.advance(seconds: waking.seconds(since: time.now()))
            settle()
        }
        time.advance(seconds: end.seconds(since: time.now()))
    }

    /// Starts a task in this world, which runs while ``advance(seconds:)`` or ``run(_:)`` does.
    func start<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value)
        -> Task<Value, any Error>
    {
        Task(executorPreference: self) { try await body() }
    }

    /// Runs a task to its end, however long that takes in virtual time.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let isDone = Mutex(false)
        let task = start {
            defer { isDone.withLock { $0 = true } }
            return try await body()
        }
        settle()
        while !isDone.withLock({ $0 }) {
            guard let waking = time.nextWaking else { throw Deadlock() }
            time.advance(seconds: waking.seconds(since: time.now()))
            settle()
        }
        return try await task.value
    }
}
