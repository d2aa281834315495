import HTTP

/// Sends signed requests to one service until one is answered well: what both clients have in common.
struct SignedCaller: Sendable {
    var transport: any Transport
    var time: any TimeSource
    var random: any RandomSource
    var signer: Signer
    var retryPolicy: RetryPolicy
    var deadline: Timestamp?

    /// Beyond this difference a refused signature is blamed on our clock; AWS allows at least five minutes.
    private static let clockDifferenceMaximumSeconds = 240.0
    /// What services answer when they find a signature's date, or only then the signature itself, wrong.
    private static let clockCodes: Set<String> = [
        "AccessDenied", "InvalidSignatureException", "RequestExpired", "RequestInTheFuture",
        "RequestTimeTooSkewed",
    ]

    /// Sends a request, signed anew for each attempt.
    ///
    /// - Parameters:
    ///   - request: What to send, unsigned.
    ///   - payloadHash: The body's SHA-256 if known.
    ///   - failure: Says of an answer why it is not the one wanted; nil accepts it.
    /// - Returns: The accepted answer.
    /// - Throws: ``ServiceFailure`` with the number of attempts; `CancellationError`.
    func send(
        _ request: Request, payloadHash: [UInt8]? = nil, failure: (Response) -> ServiceFailure?
    ) async throws -> Response {
        var attempts = 0
        var clockOffsetSeconds: Double?
        do {
            return try await withRetries(
                policy: retryPolicy, deadline: deadline, time: time, random: random,
                decide: { error in
                    guard let failure = error as? ServiceFailure, failure.isRetryable else { return .stop }
                    return failure.retryAfterSeconds.map { .retryAfter(seconds: $0) } ?? .retry
                },
                operation: { attempt in
                    attempts = attempt
                    let now = time.now()
                    var request = request
                    if let deadline {
                        let leftSeconds = deadline.seconds(since: now)
                        guard leftSeconds > 0 else {
                            throw ServiceFailure(
                                code: "Transport", message: "no time is left before the deadline",
                                isRetryable: false)
                        }
                        request.timeoutSeconds = min(request.timeoutSeconds ?? leftSeconds, leftSeconds)
                    }
                    request = signer.sign(
                        request, date: now.adding(seconds: clockOffsetSeconds ?? 0), payloadHash: payloadHash)
                    let response: Response
                    do {
                        response = try await transport.send(request)
                    } catch let error as TransportError {
                        throw ServiceFailure(error)
                    }
                    guard var failure = failure(response) else { return response }
                    let received = time.now()
                    failure.retryAfterSeconds = retryAfterSeconds(from: response.headers, now: received)
                    if Self.clockCodes.contains(failure.code),
                        let serverTime = response.headers["Date"].flatMap(Timestamp.init(httpDate:)),
                        abs(serverTime.seconds(since: received)) > Self.clockDifferenceMaximumSeconds
                    {
                        let differenceSeconds = serverTime.seconds(since: received)
                        failure.clockDifferenceSeconds = differenceSeconds
                        // Once only: if the server's own time does not convince it, the date is not the cause.
                        if clockOffsetSeconds == nil {
                            clockOffsetSeconds = differenceSeconds
                            failure.isRetryable = true
                        }
                    }
                    throw failure
                })
        } catch var failure as ServiceFailure {
            failure.attempts = attempts
            throw failure
        }
    }
}
