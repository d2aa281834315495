import AWS
import HTTP
import JSON

/// Reads one Wistia account over version 1 of its API, which is frozen and "perpetually supported".
///
/// Every method returns one exchange with its bytes untouched; what they mean is for others to say. A request waits for its
/// turn in the ``RateLimiter``, is tried again where that can help, and never shows its token.
///
/// Copies share the rate limiter and the token.
struct WistiaClient: Sendable {
    /// For 429 and 503, which say that there were too many requests.
    private static let policy = RetryPolicy(attemptsMaximum: 8, delayBaseSeconds: 1, delayMaximumSeconds: 30)
    /// Attempts in all for 500, 502 and 504, for a broken connection, and for a body that is not JSON.
    private static let faultAttemptsMaximum = 4

    /// A page that lies deep took 8 s when it was measured, and one answer in 600 more than 30 s.
    private static let silenceMaximumSeconds = 90.0

    let transport: any Transport
    /// The API's address, to which the token may be sent.
    let baseURL: String
    let tokens: TokenSource
    let limiter: RateLimiter
    /// The moment by which every answer must be there; nil sets none.
    var deadline: Timestamp?
    let time: any TimeSource
    /// Where the jitter of retries comes from.
    let random: any RandomSource

    // MARK: Exchange

    /// Waits for a request's turn before it is known what to ask for.
    ///
    /// - Parameter moment: When the turn must have come; nil waits as long as it takes.
    /// - Returns: False, at once, when it would come too late.
    /// - Throws: `CancellationError`.
    func awaitTurn(by moment: Timestamp?) async throws -> Bool {
        try await limiter.acquire(by: moment)
    }

    /// Asks for a resource.
    ///
    /// - Parameters:
    ///   - endpoint: What to ask for.
    ///   - hasTurn: Whether ``awaitTurn(by:)`` has given this request its turn.
    /// - Returns: The exchange.
    /// - Throws: ``WistiaError``, of kind `notFound` when there is no such media; ``LakeError`` when a page is no page;
    ///   `CancellationError`; what the token source throws.
    func send(_ endpoint: Endpoint, hasTurn: Bool = false) async throws -> WistiaAnswer {
        var faults = 0
        var lastAttempt = 1
        var exchange = Exchange(token: try await tokens.token(), hasTurn: hasTurn)
        do {
            return try await withRetries(
                policy: Self.policy, deadline: deadline, time: time, random: random,
                decide: { error in
                    guard let failure = error as? Failure else { return .stop }
                    switch failure.remedy {
                    case .none:
                        return .stop
                    case .patience(let seconds):
                        return seconds.map { .retryAfter(seconds: $0) } ?? .retry
                    case .another:
                        faults += 1
                        return faults < Self.faultAttemptsMaximum ? .retry : .stop
                    }
                },
                operation: { attempt in
                    lastAttempt = attempt
                    return try await exchangeOnce(endpoint, &exchange)
                })
        } catch let failure as Failure {
            var error = failure.error
            error.attempts = lastAttempt
            throw error
        }
    }

    /// What one call has to remember from attempt to attempt.
    private struct Exchange {
        var token: Secret
        /// Whether the next request has had its turn already.
        var hasTurn = false
        var hasRefreshed = false
    }

    /// One attempt; a second request follows within it when the token was refused and another one is to be had.
    private func exchangeOnce(_ endpoint: Endpoint, _ exchange: inout Exchange) async throws -> WistiaAnswer {
        while true {
            let request = try await makeRequest(endpoint, &exchange)
            let generation = limiter.generation
            let response: Response
            do {
                response = try await send(request, for: endpoint)
            } catch let error as TransportError {
                throw Failure(transport: error, endpoint: endpoint)
            }
            if response.status == 200 {
                limiter.noteSuccess(sentIn: generation)
                await tokens.noteAccepted(exchange.token)
                do {
                    return WistiaAnswer(
                        url: request.url, fetchedAt: time.now(),
                        serverDate: response.headers["Date"].flatMap(Timestamp.init(httpDate:)),
                        body: response.body,
                        facts: try JSONParser().withDocument(response.body) {
                            try ExchangeFacts(stream: endpoint.stream, subject: endpoint.subject, body: $0)
                        })
                } catch let error as JSONError {
                    throw Failure(
                        invalid: response, endpoint: endpoint, token: exchange.token, reason: "\(error)")
                }
            }
            let failure = Failure(
                response, endpoint: endpoint, token: exchange.token, tokenPlace: tokens.place,
                now: time.now())
            if case .patience(let seconds) = failure.remedy {
                limiter.noteThrottled(sentIn: generation, retryAfterSeconds: seconds)
            }
            guard failure.error.kind == .unauthorized, !exchange.hasRefreshed,
                let replacement = try await tokens.replacement(for: exchange.token)
            else {
                throw failure
            }
            exchange = Exchange(token: replacement, hasRefreshed: true)
        }
    }

    private func makeRequest(_ endpoint: Endpoint, _ exchange: inout Exchange) async throws -> Request {
        // A turn that a pause has overtaken counts no longer.
        if !exchange.hasTurn || limiter.isPaused {
            guard try await limiter.acquire(by: deadline) else { throw Failure(deadlineFor: endpoint) }
        }
        exchange.hasTurn = false
        var timeoutSeconds = Self.silenceMaximumSeconds
        if let deadline {
            timeoutSeconds = min(timeoutSeconds, deadline.seconds(since: time.now()))
            guard timeoutSeconds > 0 else {
                throw Failure(deadlineFor: endpoint)
            }
        }
        return Request(
            url: "\(baseURL)/v1\(endpoint.target)",
            headers: ["Accept": "application/json", "Authorization": "Bearer \(exchange.token.reveal())"],
            timeoutSeconds: timeoutSeconds)
    }

    /// Sends a request; its time-out counts silence, so an answer that drips is given up at the deadline.
    private func send(_ request: Request, for endpoint: Endpoint) async throws -> Response {
        guard let deadline else { return try await transport.send(request) }
        return try await withThrowingTaskGroup(of: Response?.self) { group in
            defer { group.cancelAll() }
            group.addTask { [transport] in try await transport.send(request) }
            group.addTask { [time] in
                try await time.waitBesides(until: deadline)
                return nil
            }
            guard let response = try await group.next() ?? nil else {
                throw Failure(deadlineFor: endpoint, isSent: true)
            }
            return response
        }
    }
}
