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
    ///   - time: The clock.
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
    public func run(makeHandler: () async throws -> Handler) async -> Int32 {
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
            while try await handleNext(handler) {}
            return 1
        } catch let error as RuntimeAPIError where error.kind == .gone {
            logger.debug("the Runtime API is gone", error: error)
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

    /// - Returns: Whether another invocation may come: not while a handler still runs that was told to stop.
    private func handleNext(_ handler: @escaping Handler) async throws -> Bool {
        let invocation = try await client.next()
        setTraceID(invocation.traceID)
        return try await Invocation.$current.withValue(invocation) {
            try await handle(invocation, handler)
        }
    }

    private func handle(_ invocation: Invocation, _ handler: @escaping Handler) async throws -> Bool {
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
            if try await client.succeed(invocation, body: body) == .tooLarge {
                logger.error("response refused: \(body.count) bytes are too many")
            }
            return true
        case .failure(let error):
            logger.error("invocation failed", error: error)
            try await client.fail(invocation, error: error)
            return true
        case .overdue:
            let error = DeadlineExceededError(marginSeconds: marginSeconds)
            logger.error("invocation failed", error: error)
            work.cancel()
            try await client.fail(invocation, error: error)
            let graceSeconds = max(0, invocation.deadline.seconds(since: time.now()))
            let graceTimer = startTimer(seconds: graceSeconds, sink)
            defer { graceTimer.cancel() }
            guard case .overdue = await iterator.next() else {
                return true
            }
            logger.critical("the handler did not stop in time; the process must end")
            return false
        case nil:
            throw CancellationError()
        }
    }

    private func startTimer(
        seconds: Double, _ sink: AsyncStream<Ending>.Continuation
    ) -> Task<Void, Never> {
        Task { [time] in
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
