public import HTTP

/// One event for the function, as the Runtime API hands it out.
public struct Invocation: Sendable, Equatable {
    /// The request id, which logs are joined by.
    public var requestID: String
    /// When the platform ends the invocation.
    public var deadline: Timestamp
    /// The ARN that was invoked, with its version or alias; nil when the platform names none.
    public var functionARN: String?
    /// The X-Ray trace header, to be sent on as `X-Amzn-Trace-Id`; nil when there is none.
    public var traceID: String?
    /// The event.
    public var body: [UInt8]

    /// Makes an invocation.
    public init(
        requestID: String, deadline: Timestamp, functionARN: String? = nil, traceID: String? = nil,
        body: [UInt8]
    ) {
        self.requestID = requestID
        self.deadline = deadline
        self.functionARN = functionARN
        self.traceID = traceID
        self.body = body
    }

    /// The invocation that the current task works on; nil outside of ``InvocationLoop``'s handler.
    @TaskLocal public static var current: Invocation?
}

/// Until when work may go on: the platform's moment less a margin to wind up in.
public struct Deadline: Sendable, Equatable {
    /// When the platform ends the invocation.
    public var end: Timestamp
    /// How long before that work must be over, in seconds.
    public var marginSeconds: Double

    /// Makes a deadline.
    public init(end: Timestamp, marginSeconds: Double) {
        self.end = end
        self.marginSeconds = marginSeconds
    }

    /// When work must be over.
    public var limit: Timestamp { end.adding(seconds: -marginSeconds) }

    /// Seconds until work must be over; 0 when it should be already.
    public func remainingSeconds(_ time: any TimeSource) -> Double {
        max(0, limit.seconds(since: time.now()))
    }
}
