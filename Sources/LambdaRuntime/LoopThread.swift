import Dispatch
public import HTTP

/// A thread beside the concurrency pool, whose threads may all be busy with a handler's computations.
final class LoopThread: TaskExecutor {
    static let shared = LoopThread()

    fileprivate let queue = DispatchQueue(label: "invocation-loop")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// The machine's clock, which wakes its sleepers by the invocation loop's thread.
///
/// `Task.sleep` needs a thread of the concurrency pool to wake anyone, on whatever executor the sleeper runs.
public struct LoopTimeSource: TimeSource {
    /// Makes a source; all are alike.
    public init() {}

    /// The current moment.
    public func now() -> Timestamp { SystemTimeSource().now() }

    /// Waits, by the monotonic clock; a year at most.
    ///
    /// - Parameter seconds: How long; zero or less returns at once.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(seconds: Double) async throws {
        if seconds > 0 {
            // Dispatch's objects may be used by any thread, which their declaration for Linux does not say.
            nonisolated(unsafe) let timer = DispatchSource.makeTimerSource(queue: LoopThread.shared.queue)
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    timer.setEventHandler { timer.cancel() }
                    // Called once, also for a timer that was cancelled before it was activated.
                    timer.setCancelHandler { continuation.resume() }
                    timer.schedule(deadline: .now() + min(seconds, 365 * 86_400))
                    timer.activate()
                }
            } onCancel: {
                timer.cancel()
            }
        }
        try Task.checkCancellation()
    }
}
