internal import AWS
public import HTTP
internal import JSON

/// Reads one Wistia account over version 1 of its API, which is frozen and "perpetually supported".
///
/// Every method returns one exchange with its bytes untouched; what they mean is for others to say. A request waits for its
/// turn in the ``RateLimiter``, is tried again where that can help, and never shows its token.
///
/// Copies share the rate limiter and the token.
public struct WistiaClient: Sendable {
    /// The most rows that a page can have; lists are always asked for in this size.
    public static let rowsPerPage = 100

    /// The public API.
    public static let standardBaseURL = "https://api.wistia.com/v1"

    /// How the client tries again.
    public struct Retries: Sendable, Equatable {
        /// For 429 and 503, which say that there were too many requests.
        public var policy = RetryPolicy(attemptsMaximum: 8, delayBaseSeconds: 1, delayMaximumSeconds: 30)
        /// Attempts in all for 500, 502 and 504, for a broken connection, and for a body that is not JSON.
        public var faultAttemptsMaximum = 4

        /// Makes the standard policy: 8 attempts when throttled, 4 otherwise, 1 to 30 seconds apart, halved on average.
        public init() {}
    }

    /// The moment by which every answer must be there; nil sets none.
    public var deadline: Timestamp?

    private let transport: any Transport
    private let baseURL: String
    private let tokens: TokenSource
    private let limiter: RateLimiter
    private let retries: Retries
    private let time: any TimeSource
    private let random: any RandomSource

    /// A page that lies deep took 8 s when it was measured, and one answer in 600 more than 30 s.
    private static let silenceMaximumSeconds = 90.0

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - transport: The network.
    ///   - baseURL: Where version 1 of the API is, without a slash at the end; plain HTTP only on this machine.
    ///   - tokens: The token.
    ///   - limiter: The account's request budget.
    ///   - retries: How to try again.
    ///   - deadline: The moment by which every answer must be there; nil sets none.
    ///   - time: The clock, and how to wait.
    ///   - random: Where the jitter of retries comes from.
    /// - Throws: ``WistiaError`` of kind `misconfigured` when the token would travel in clear or the URL is none.
    public init(
        transport: any Transport, baseURL: String = WistiaClient.standardBaseURL, tokens: TokenSource,
        limiter: RateLimiter, retries: Retries = Retries(), deadline: Timestamp? = nil, time: any TimeSource,
        random: any RandomSource
    ) throws(WistiaError) {
        var base = baseURL[...]
        while base.last == "/" {
            base.removeLast()
        }
        guard Self.isSafe(base) else {
            throw WistiaError(
                kind: .misconfigured,
                subject: "use Wistia base URL \"\(Self.withoutUserInformation(baseURL))\"",
                attempts: 0,
                detail: "the token must not travel in clear; "
                    + "give an https:// URL, or http:// to this machine, without user, query or fragment")
        }
        self.transport = transport
        self.baseURL = String(base)
        self.tokens = tokens
        self.limiter = limiter
        self.retries = retries
        self.deadline = deadline
        self.time = time
        self.random = random
    }

    private static func isSafe(_ url: Substring) -> Bool {
        let isEncrypted = url.hasPrefix("https://")
        guard isEncrypted || url.hasPrefix("http://") else { return false }
        let rest = url.dropFirst(isEncrypted ? 8 : 7)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !rest.contains(where: { "@?#\\\"".contains($0) })
        else { return false }
        let authority = rest.prefix { $0 != "/" }
        let host =
            authority.hasPrefix("[")
            ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        guard !host.isEmpty else { return false }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isLoopback =
            host == "localhost" || host == "::1"
            || octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
        return isEncrypted || isLoopback
    }

    private static func withoutUserInformation(_ url: String) -> Substring {
        url.split(separator: "@").last?.prefix { $0 != "?" && $0 != "#" } ?? ""
    }

    // MARK: Exchange

    /// Waits for a request's turn before it is known what to ask for.
    ///
    /// - Parameter moment: When the turn must have come; nil waits as long as it takes.
    /// - Returns: False, at once, when it would come too late.
    /// - Throws: `CancellationError`.
    public func awaitTurn(by moment: Timestamp?) async throws -> Bool {
        try await limiter.acquire(by: moment)
    }

    func send(_ endpoint: Endpoint, hasTurn: Bool = false) async throws -> WistiaAnswer {
        var faults = 0
        var lastAttempt = 1
        var exchange = Exchange(token: try await tokens.token(), hasTurn: hasTurn)
        do {
            return try await withRetries(
                policy: retries.policy, deadline: deadline, time: time, random: random,
                decide: { error in
                    guard let failure = error as? Failure else { return .stop }
                    switch failure.remedy {
                    case .none:
                        return .stop
                    case .patience(let seconds):
                        return seconds.map { .retryAfter(seconds: $0) } ?? .retry
                    case .another:
                        faults += 1
                        return faults < retries.faultAttemptsMaximum ? .retry : .stop
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
                response = try await transport.send(request)
            } catch let error as TransportError {
                throw Failure(transport: error, endpoint: endpoint)
            }
            if response.status == 200 {
                limiter.noteSuccess(sentIn: generation)
                return try accept(response, to: request, endpoint: endpoint)
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
            url: baseURL + endpoint.target,
            headers: ["Accept": "application/json", "Authorization": "Bearer \(exchange.token.reveal())"],
            timeoutSeconds: timeoutSeconds)
    }

    private func accept(_ response: Response, to request: Request, endpoint: Endpoint) throws -> WistiaAnswer
    {
        do {
            try JSONParser().withDocument(response.body) { _ in }
        } catch {
            throw Failure(invalid: response, endpoint: endpoint, reason: "\(error)")
        }
        return WistiaAnswer(
            url: request.url, status: response.status, fetchedAt: time.now(),
            serverDate: response.headers["Date"].flatMap(Timestamp.init(httpDate:)), body: response.body)
    }
}
