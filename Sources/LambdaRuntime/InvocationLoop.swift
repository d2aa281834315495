public import HTTP
public import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Takes one invocation after the other to a handler, until the Runtime API goes away.
///
/// A handler has until the platform's deadline less a margin. Then its task is cancelled and the error reported; when it
/// has not stopped after half of the margin, the process ends, since the next invocation must not run beside it.
///
/// The loop has a thread of its own: the threads of the concurrency pool may all be busy with a handler's computations, and
/// then a time-out would be reported only after them.
public struct InvocationLoop: Sendable {
    /// Turns an event into a JSON result; what it throws is reported as the invocation's error.
    public typealias Handler = @Sendable (Invocation) async throws -> [UInt8]

    private let client: RuntimeClient
    private let time: any TimeSource
    private let logger: Logger
    private let marginSeconds: Double
    private let setTraceID: @Sendable (String?) -> Void

    /// Makes a loop.
    ///
    /// - Parameters:
    ///   - client: The Runtime API.
    ///   - time: The clock; ``LoopTimeSource`` outside of tests.
    ///   - logger: Where failures are logged.
    ///   - marginSeconds: How long before the platform's deadline a handler is given up and reported.
    ///   - setTraceID: Makes an invocation's trace header known; by default in `_X_AMZN_TRACE_ID`, as the platform
    ///     asks of runtimes. nil means that the invocation has none.
    public init(
        client: RuntimeClient, time: any TimeSource, logger: Logger, marginSeconds: Double = 1,
        setTraceID: @escaping @Sendable (String?) -> Void = InvocationLoop.setTraceVariable
    ) {
        precondition(marginSeconds >= 0, "a margin is not negative")
        self.client = client
        self.time = time
        self.logger = logger
        self.marginSeconds = marginSeconds
        self.setTraceID = setTraceID
    }

    /// Makes the handler, then handles invocations until the Runtime API goes away.
    ///
    /// - Parameter makeHandler: Reads configuration and builds clients; what it throws is reported as init error.
    /// - Returns: The process's exit code: 0 when the environment was shut down, else 1.
    public func run(makeHandler: @Sendable () async throws -> Handler) async -> Int32 {
        await withTaskExecutorPreference(LoopThread.shared) { await loop(makeHandler) }
    }

    /// Does as ``run(makeHandler:)`` and ends the process.
    ///
    /// The end comes from the loop's own thread, since a handler that did not stop may hold all others, and without
    /// exit(3), which would tear libraries down under it.
    ///
    /// - Parameter makeHandler: Reads configuration and builds clients; what it throws is reported as init error.
    public func runProcess(makeHandler: @Sendable () async throws -> Handler) async -> Never {
        await withTaskExecutorPreference(LoopThread.shared) { () -> Void in
            _exit(await loop(makeHandler))
        }
        preconditionFailure("the process has ended")
    }

    private func loop(_ makeHandler: @Sendable () async throws -> Handler) async -> Int32 {
        let handler: Handler
        do {
            handler = try await makeHandler()
        } catch {
            logger.critical("initialization failed", error: error)
            do {
                try await client.reportInitializationFailure(error)
            } catch {
                logger.critical("initialization failed twice", error: error)
            }
            return 1
        }
        do {
            var unanswered: String?
            repeat {
                let invocation = try await client.next()
                guard invocation.requestID != unanswered else {
                    throw RuntimeAPIError(
                        kind: .refused, operation: "get the next invocation", status: nil,
                        message: "\(invocation.requestID) came again after its answer was refused")
                }
                setTraceID(invocation.traceID)
                let outcome = try await Invocation.$current.withValue(invocation) {
                    try await handle(invocation, handler)
                }
                if outcome == .stuck {
                    return 1
                }
                unanswered = outcome == .refused ? invocation.requestID : nil
            } while true
        } catch let error as RuntimeAPIError where error.kind == .gone {
            logger.notice("the Runtime API is gone", error: error)
            return 0
        } catch is CancellationError {
            return 0
        } catch {
            logger.critical("the Runtime API failed", error: error)
            return 1
        }
    }

    /// Sets `_X_AMZN_TRACE_ID`, or removes it.
    ///
    /// This happens between invocations, when no other thread of ours reads the environment.
    public static func setTraceVariable(_ traceID: String?) {
        if let traceID {
            setenv("_X_AMZN_TRACE_ID", traceID, 1)
        } else {
            unsetenv("_X_AMZN_TRACE_ID")
        }
    }

    private enum Ending: Sendable {
        case success([UInt8])
        case failure(any Error)
        case overdue
    }

    private enum Outcome {
        case answered
        case refused
        // The handler still runs although it was told to stop.
        case stuck
    }

    private func handle(_ invocation: Invocation, _ handler: @escaping Handler) async throws -> Outcome {
        let deadline = Deadline(end: invocation.deadline, marginSeconds: marginSeconds)
        // Not a task group, which would wait for a handler that does not heed its cancellation.
        let (endings, sink) = AsyncStream.makeStream(of: Ending.self)
        let work = Task {
            do {
                sink.yield(.success(try await handler(invocation)))
            } catch {
                sink.yield(.failure(error))
            }
        }
        defer { work.cancel() }
        let timer = startTimer(seconds: deadline.remainingSeconds(time), sink)
        var iterator = endings.makeAsyncIterator()
        let ending = await iterator.next()
        timer.cancel()
        switch ending {
        case .success(let body):
            return outcome(try await client.succeed(invocation, body: body), sizeBytes: body.count)
        case .failure(let error):
            return try await report(error, invocation)
        case .overdue:
            work.cancel()
            let outcome = try await report(DeadlineExceededError(marginSeconds: marginSeconds), invocation)
            // The other half is for the process to end before the platform kills it.
            let grace = Deadline(end: invocation.deadline, marginSeconds: marginSeconds / 2)
            let graceTimer = startTimer(seconds: grace.remainingSeconds(time), sink)
            defer { graceTimer.cancel() }
            guard case .overdue = await iterator.next() else {
                return outcome
            }
            logger.critical("the handler did not stop in time; the process must end")
            return .stuck
        case nil:
            throw CancellationError()
        }
    }

    private func report(_ error: any Error, _ invocation: Invocation) async throws -> Outcome {
        logger.error("invocation failed", error: error)
        return outcome(try await client.fail(invocation, error: error), sizeBytes: 0)
    }

    private func outcome(_ delivery: RuntimeClient.Delivery, sizeBytes: Int) -> Outcome {
        switch delivery {
        case .accepted:
            return .answered
        case .tooLarge:
            logger.error("invocation failed", error: ResponseTooLargeError(sizeBytes: sizeBytes))
            return .answered
        case .refused(let message):
            logger.error("the platform refused the answer: \(message)")
            return .refused
        }
    }

    private func startTimer(
        seconds: Double, _ sink: AsyncStream<Ending>.Continuation
    ) -> Task<Void, Never> {
        Task(executorPreference: LoopThread.shared) { [time] in
            do {
                try await time.sleep(seconds: seconds)
                sink.yield(.overdue)
            } catch {
                // Cancelled: the handler came first.
            }
        }
    }
}

/// A handler that did not finish before the deadline less the margin.
public struct DeadlineExceededError: ReportableError, CustomStringConvertible {
    /// How long before the platform's deadline it was given up, in seconds.
    public var marginSeconds: Double

    /// `Function.DeadlineExceeded`.
    public var errorType: String { "Function.DeadlineExceeded" }

    /// One line: what happened and what to do.
    public var description: String {
        "invocation not finished \(marginSeconds) s before its deadline; raise the function's timeout"
    }
}
