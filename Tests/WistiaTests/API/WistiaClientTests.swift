import AWS
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Wistia

/// The client over scripted transports: no network, no waiting.
struct WistiaClientTests {
    private let token = "not-a-real-token-1"

    private func make(
        _ transport: ScriptedTransport, time: VirtualTimeSource = VirtualTimeSource(),
        tokens: TokenSource? = nil,
        deadline: Timestamp? = nil
    ) throws -> WistiaClient {
        WistiaClient(
            transport: transport, baseURL: "https://api.example.com",
            tokens: tokens ?? TokenSource { [token] in Secret(token) },
            limiter: RateLimiter(time: time), deadline: deadline, time: time, random: SeededRandomSource())
    }

    private func ok(_ body: String = "[]") -> Response {
        Response(
            status: 200, headers: ["Date": "Thu, 08 Jan 2026 02:00:05 GMT"], body: Array(body.utf8))
    }

    private func error(_ response: Response, times: Int = 10) async throws -> WistiaError {
        let client = try make(ScriptedTransport(Array(repeating: response, count: times)))
        return try await #require(throws: WistiaError.self) { try await client.send(.visitors(.page(3))) }
    }

    // MARK: What is sent

    @Test func `asks for each resource at its URL`() async throws {
        let transport = ScriptedTransport { [self] _, _ in ok() }
        let client = try make(transport)
        _ = try await client.send(.medias(page: 2))
        _ = try await client.send(.media("gskhw4w4lm"))
        _ = try await client.send(.mediaStats("a/b?c é."))
        _ = try await client.send(.mediaEngagement("12"))
        _ = try await client.send(.visitors(.page(1105)))
        #expect(
            transport.requests.map(\.url) == [
                "https://api.example.com/v1/medias.json?page=2&per_page=100&sort_by=created&sort_direction=1",
                "https://api.example.com/v1/medias/gskhw4w4lm.json",
                "https://api.example.com/v1/stats/medias/a%2Fb%3Fc%20%C3%A9%2E.json",
                "https://api.example.com/v1/stats/medias/12/engagement.json",
                "https://api.example.com/v1/stats/visitors.json?page=1105&per_page=100",
            ])
        #expect(transport.requests.allSatisfy { $0.headers["Authorization"] == "Bearer not-a-real-token-1" })
        #expect(transport.requests.allSatisfy { $0.headers["Accept"] == "application/json" })
        #expect(transport.requests.allSatisfy { $0.method == "GET" && $0.timeoutSeconds == 90 })
    }

    @Test func `returns the bytes as they came, with both clocks`() async throws {
        let time = VirtualTimeSource()
        let body = "[ {\"a\" :1.50}\n]\n"
        let answer = try await make(ScriptedTransport([ok(body)]), time: time).send(.visitors(.page(1)))
        #expect(answer.body == Array(body.utf8))
        #expect(answer.fetchedAt == time.now())
        #expect(answer.serverDate == time.now().adding(seconds: 5))
        #expect(answer.url == "https://api.example.com/v1/stats/visitors.json?page=1&per_page=100")
    }

    @Test(arguments: [nil, "yesterday", ""])
    func `has no server date when the header is unusable`(date: String?) async throws {
        var response = ok()
        response.headers["Date"] = date
        #expect(try await make(ScriptedTransport([response])).send(.visitors(.page(1))).serverDate == nil)
    }

    @Test func `limits its patience to the deadline`() async throws {
        let time = VirtualTimeSource()
        let transport = ScriptedTransport([ok()])
        _ = try await make(transport, time: time, deadline: time.now().adding(seconds: 20)).send(
            .visitors(.page(1)))
        #expect(transport.requests[0].timeoutSeconds == 20)
    }

    @Test func `gives up an answer that is not complete by the deadline, though it never falls silent`()
        async throws
    {
        let world = VirtualWorld()
        let isGivenUp = Mutex(false)
        let client = try make(
            ScriptedTransport { [time = world.time] request, _ in
                // A byte a second, for an hour.
                for _ in 0..<3_600 where !Task.isCancelled { try? await time.sleep(seconds: 1) }
                isGivenUp.withLock { $0 = Task.isCancelled }
                throw CancellationError()
            }, time: world.time, deadline: world.time.now().adding(seconds: 20))
        let error = await #expect(throws: WistiaError.self) {
            try await world.run { try await client.send(.visitors(.page(7))) }
        }
        #expect(error?.kind == .deadlineReached)
        #expect(world.elapsedSeconds == 20)
        #expect(isGivenUp.withLock { $0 })
    }

    @Test func `sends nothing after the deadline`() async throws {
        let time = VirtualTimeSource()
        let transport = ScriptedTransport([ok()])
        let client = try make(transport, time: time, deadline: time.now())
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(7)))
        }
        #expect(error.kind == .deadlineReached)
        #expect(
            "\(error)" == "GET /stats/visitors page 7 failed: the deadline comes before the request's turn; "
                + "go on in the next invocation")
        #expect(transport.requests.isEmpty)
    }

    @Test func `waits for its turn, also when trying again`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let transport = ScriptedTransport { [self] _, index in index == 2 ? Response(status: 500) : ok() }
        let client = WistiaClient(
            transport: transport, baseURL: "https://api.example.com",
            tokens: TokenSource { [token] in Secret(token) },
            limiter: RateLimiter(requestsPerMinute: 6, burst: 1, time: time), time: time,
            random: SeededRandomSource())
        for page in 1...4 {
            _ = try await client.send(.visitors(.page(page)))
        }
        #expect(transport.requests.count == 5)
        #expect(time.now().seconds(since: start) == 40)
    }

    // MARK: Trying again

    @Test(arguments: [429, 503])
    func `waits as long as Retry-After says`(status: Int) async throws {
        let time = VirtualTimeSource()
        let busy = Response(
            status: status, headers: ["Retry-After": "7", "Content-Type": "text/plain"],
            body: Array("Rate limit exceeded".utf8))
        let transport = ScriptedTransport([busy, busy, ok()])
        let start = time.now()
        _ = try await make(transport, time: time).send(.visitors(.page(1)))
        #expect(transport.requests.count == 3)
        #expect(time.now().seconds(since: start) >= 14)
    }

    @Test func `counts a Retry-After date from the server's clock`() async throws {
        let time = VirtualTimeSource(start: Timestamp(microsecondsSinceEpoch: 0))
        let busy = Response(
            status: 429,
            headers: [
                "Retry-After": "Thu, 08 Jan 2026 02:00:12 GMT", "Date": "Thu, 08 Jan 2026 02:00:00 GMT",
            ])
        _ = try await make(ScriptedTransport([busy, ok()]), time: time).send(.visitors(.page(1)))
        let waited = time.now().seconds(since: Timestamp(microsecondsSinceEpoch: 0))
        #expect(waited >= 12 && waited < 13)
    }

    @Test(arguments: [
        "Thu, 08 Jan 2026 02:00:00 GMT", "Thu, 08 Jan 2026 01:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
        "0",
    ])
    func `does not wait for a moment that has passed`(retryAfter: String) async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let busy = Response(
            status: 429, headers: ["Retry-After": retryAfter, "Date": "Thu, 08 Jan 2026 02:00:00 GMT"])
        let transport = ScriptedTransport([busy, ok()])
        _ = try await make(transport, time: time).send(.visitors(.page(1)))
        #expect(transport.requests.count == 2)
        // The first delay of our own is less than a second.
        #expect(time.now().seconds(since: start) < 1)
    }

    @Test(arguments: [
        "3600", "99999999999999999999", "Thu, 08 Jan 2026 03:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    ])
    func `gives up a request that may come back after the deadline only, and holds the others a minute`(
        retryAfter: String
    ) async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let busy = Response(
            status: 503, headers: ["Retry-After": retryAfter, "Date": "Thu, 08 Jan 2026 02:00:00 GMT"])
        let transport = ScriptedTransport([busy, ok()])
        let client = try make(transport, time: time, deadline: start.adding(seconds: 840))
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .throttled)
        #expect(error.attempts == 1)
        #expect(time.sleeps.isEmpty)
        _ = try await client.send(.visitors(.page(2)))
        #expect(time.sleeps == [60])
    }

    @Test(arguments: [429, 503])
    func `lowers the rate when throttled and raises it with each answer`(status: Int) async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(time: time)
        let transport = ScriptedTransport { [self] request, index in
            // A failing server says nothing of the rate.
            index == 0 ? Response(status: status) : index < 3 ? Response(status: 500) : ok()
        }
        let client = WistiaClient(
            transport: transport, baseURL: "https://api.example.com",
            tokens: TokenSource { [token] in Secret(token) },
            limiter: limiter, time: time, random: SeededRandomSource())
        _ = try await client.send(.visitors(.page(1)))
        #expect(transport.requests.count == 4)
        #expect(limiter.requestsPerMinute == 241)
    }

    @Test(arguments: [false, true])
    func `does not use a turn that a pause has overtaken`(isPaused: Bool) async throws {
        let time = VirtualTimeSource()
        let limiter = RateLimiter(time: time)
        let client = WistiaClient(
            transport: ScriptedTransport([ok()]), baseURL: "https://api.example.com",
            tokens: TokenSource { [token] in Secret(token) },
            limiter: limiter, time: time, random: SeededRandomSource())
        #expect(try await client.awaitTurn(by: nil))
        if isPaused { limiter.noteThrottled(sentIn: limiter.generation, retryAfterSeconds: 5) }
        _ = try await client.send(.visitors(.page(1)), hasTurn: true)
        #expect(time.sleeps == (isPaused ? [5] : []))
    }

    @Test(arguments: [429, 503])
    func `backs off without Retry-After and gives up after eight attempts`(status: Int) async throws {
        let transport = ScriptedTransport(Array(repeating: Response(status: status), count: 20))
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .throttled)
        #expect(transport.requests.count == 8)
        #expect(error.attempts == 8)
    }

    @Test func `does not wait beyond the deadline`() async throws {
        let time = VirtualTimeSource()
        let start = time.now()
        let transport = ScriptedTransport([Response(status: 503, headers: ["Retry-After": "600"]), ok()])
        let client = try make(transport, time: time, deadline: start.adding(seconds: 60))
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .throttled)
        #expect(time.now() == start)
    }

    @Test(arguments: [500, 502, 504])
    func `tries a failing server four times`(status: Int) async throws {
        let transport = ScriptedTransport(Array(repeating: Response(status: status), count: 20))
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .serverFailed)
        #expect(transport.requests.count == 4)
    }

    @Test(arguments: ["", "[{\"visitor_key\":\"17", "<html></html>", "[1,]", "[] []"])
    func `tries an answer that is not JSON four times`(body: String) async throws {
        let transport = ScriptedTransport(Array(repeating: ok(body), count: 20))
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(2)))
        }
        #expect(error.kind == .invalidAnswer)
        #expect(transport.requests.count == 4)
        #expect(
            "\(error)".hasPrefix(
                "GET /stats/visitors page 2 failed with HTTP 200 after 4 attempts: parse JSON"))
    }

    @Test func `recovers from a truncated answer`() async throws {
        let answer = try await make(ScriptedTransport([ok("[{\"a\""), ok("[1]")])).send(.visitors(.page(1)))
        #expect(answer.body == Array("[1]".utf8))
    }

    @Test(arguments: [TransportError.Kind.connectionFailed, .timedOut, .unknownHost, .other])
    func `tries a broken connection four times`(kind: TransportError.Kind) async throws {
        let transport = ScriptedTransport { request, _ in
            throw TransportError(kind: kind, request: request, detail: "gone")
        }
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) { try await client.send(.medias(page: 1)) }
        #expect("\(error)".hasPrefix("GET /medias page 1 failed after 4 attempts: \(kind.rawValue): gone; "))
        #expect(error.kind == .unreachable)
        #expect(transport.requests.count == 4)
    }

    @Test(arguments: [
        (TransportError.Kind.invalidURL, WistiaError.Kind.unreachable, "invalid URL: no"),
        (
            .untrustedServer, .untrustedServer,
            "GET https://api.example.com/v1/medias.json untrusted server: no; "
                + "check the base URL and the bundle of trusted authorities"
        ),
    ])
    func `does not retry what cannot get better`(
        kind: TransportError.Kind, reported: WistiaError.Kind, detail: String
    ) async throws {
        let transport = ScriptedTransport { request, _ in
            throw TransportError(kind: kind, request: request, detail: "no")
        }
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) { try await client.send(.medias(page: 1)) }
        #expect(error.kind == reported)
        #expect("\(error)" == "GET /medias page 1 failed: \(detail)")
        #expect(transport.requests.count == 1)
    }

    @Test func `passes cancellation on`() async throws {
        let client = try make(ScriptedTransport { _, _ in throw CancellationError() })
        await #expect(throws: CancellationError.self) { try await client.send(.medias(page: 1)) }
    }

    // MARK: Refusals

    @Test func `names the missing permission on 403`() async throws {
        let refused = Response(
            status: 403, headers: ["x-request-id": "0f1e-2d"],
            body: Array("{\"error\":\"Insufficient permissions.\"}".utf8))
        let client = try make(ScriptedTransport { _, _ in refused })
        let stats = try await #require(throws: WistiaError.self) { try await client.send(.mediaStats("x")) }
        #expect(stats.kind == .forbidden)
        #expect(
            "\(stats)"
                == "GET /stats/medias/x failed with HTTP 403: the API says \"Insufficient permissions.\"; "
                + "the token lacks the permission \"Read detailed stats\", make one that has it "
                + "(only the account's owner can) and store it in the secret (x-request-id 0f1e-2d)")
        let media = try await #require(throws: WistiaError.self) { try await client.send(.media("x")) }
        #expect(media.kind == .forbidden)
        #expect("\(media)".contains("\"Read all folder and media data\""))
    }

    @Test func `takes a missing scope for a missing permission, not for a stale token`() async throws {
        let loads = Mutex(0)
        let transport = ScriptedTransport([
            Response(status: 401, body: Array("{\"code\":\"unauthorized_scope\",\"error\":\"No.\"}".utf8))
        ])
        let client = try make(
            transport,
            tokens: TokenSource {
                loads.withLock { $0 += 1 }
                return Secret("not-a-real-token")
            })
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .forbidden)
        #expect(loads.withLock { $0 } == 1)
    }

    @Test func `reports a missing media without retry`() async throws {
        let transport = ScriptedTransport([Response(status: 404)])
        let client = try make(transport)
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.mediaEngagement("gone"))
        }
        #expect(error.kind == .notFound)
        #expect(
            "\(error)" == "GET /stats/medias/gone/engagement failed with HTTP 404: the API gives no reason; "
                + "it was deleted or never existed")
    }

    @Test(arguments: [204, 301, 400, 418, 422])
    func `rejects any other status at once`(status: Int) async throws {
        let error = try await error(Response(status: status))
        #expect(error.kind == .rejected)
        #expect(error.attempts == 1)
    }

    @Test func `does not bring an HTML page, control characters or a long text into an error`() async throws {
        let html = try await error(
            Response(status: 400, headers: ["Content-Type": "text/html"], body: Array("<h1>Hi</h1>".utf8)))
        #expect(html.detail.contains("gives no reason"))
        let long = try await error(
            Response(
                status: 400, headers: ["x-request-id": "a\u{7}b"],
                body: Array("bad\u{1B}[31m\tinput ".utf8) + Array(repeating: 0x41, count: 5_000)))
        #expect(long.detail.contains("bad [31m input AAA"))
        #expect(long.detail.count < 400)
        #expect(long.requestID == "a b")
    }

    @Test func `never shows the token, even when the server echoes it`() async throws {
        let error = try await error(
            Response(status: 400, body: Array("{\"error\":\"bad header Bearer \(token)\"}".utf8)))
        #expect(!"\(error)".contains(token))
        #expect(error.detail.contains("gives no reason"))
    }

    /// A cut text is no reason to show what is left of the token.
    @Test(arguments: [true, false])
    func `never shows a part of the token, wherever a text is cut`(isJSON: Bool) async throws {
        let long = String(repeating: "0f", count: 32)
        let client = try make(
            ScriptedTransport { [long] _, _ in
                let echo = String(repeating: "x", count: 150) + long
                return Response(
                    status: 400, headers: ["x-request-id": String(repeating: "y", count: 40) + long],
                    body: Array((isJSON ? #"{"error":"\#(echo)"}"# : echo).utf8))
            }, tokens: TokenSource { Secret(long) })
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(3)))
        }
        #expect(!"\(error)".contains("0f0f"))
        #expect(error.requestID == nil)
    }

    @Test func `shows no part of the token of an answer that is no JSON either`() async throws {
        let client = try make(
            ScriptedTransport { [token] _, _ in
                Response(status: 200, headers: ["x-request-id": "Bearer \(token)"], body: Array("[".utf8))
            })
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(3)))
        }
        #expect(!"\(error)".contains(token))
    }

    // MARK: Token

    @Test func `reads the token again once when it is refused`() async throws {
        let calls = Mutex(0)
        let transport = ScriptedTransport { [self] request, _ in
            request.headers["Authorization"] == "Bearer new" ? ok() : Response(status: 401)
        }
        let client = try make(
            transport,
            tokens: TokenSource {
                calls.withLock { $0 += 1 }
                return Secret(calls.withLock { $0 } > 1 ? "new" : "old")
            })
        _ = try await client.send(.visitors(.page(1)))
        _ = try await client.send(.visitors(.page(2)))
        #expect(calls.withLock { $0 } == 2)
        #expect(transport.requests.count == 3)
    }

    @Test(arguments: [true, false])
    func `gives up when the token read again is refused too`(isAnother: Bool) async throws {
        let transport = ScriptedTransport(Array(repeating: Response(status: 401), count: 5))
        let reads = Mutex(0)
        let client = try make(
            transport,
            tokens: TokenSource {
                reads.withLock { $0 += 1 }
                return Secret(isAnother && reads.withLock { $0 } > 1 ? "other" : "old")
            })
        let error = try await #require(throws: WistiaError.self) {
            try await client.send(.visitors(.page(1)))
        }
        #expect(error.kind == .unauthorized)
        #expect(error.detail == "the API gives no reason; store a valid token in the secret")
        #expect(transport.requests.count == (isAnother ? 2 : 1))
    }

    @Test func `shares one refresh among concurrent requests`() async throws {
        let reads = Mutex(0)
        let transport = ScriptedTransport { [self] request, _ in
            request.headers["Authorization"] == "Bearer new" ? ok() : Response(status: 401)
        }
        let client = try make(
            transport,
            tokens: TokenSource {
                reads.withLock { $0 += 1 }
                return Secret(reads.withLock { $0 } > 1 ? "new" : "old")
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for page in 1...20 {
                group.addTask { _ = try await client.send(.visitors(.page(page))) }
            }
            try await group.waitForAll()
        }
        #expect(reads.withLock { $0 } == 2)
    }

    @Test func `asks for a refused token once, however many bear it, and again when somebody comes later`()
        async throws
    {
        let reads = Mutex(0)
        let secret = Mutex("old")
        let transport = ScriptedTransport { [self] request, _ in
            request.headers["Authorization"] == "Bearer new" ? ok() : Response(status: 401)
        }
        let tokens = TokenSource {
            reads.withLock { $0 += 1 }
            return Secret(secret.withLock { $0 })
        }
        let old = try await tokens.token()
        for _ in 1...5 { #expect(try await tokens.replacement(for: old) == nil) }
        #expect(reads.withLock { $0 } == 2)
        let client = try make(transport, tokens: tokens)
        await #expect(throws: WistiaError.self) { try await client.send(.visitors(.page(1))) }
        secret.withLock { $0 = "new" }
        _ = try await client.send(.visitors(.page(1)))
        #expect(reads.withLock { $0 } == 4)
    }

    @Test func `reads a token again that was refused once, worked again and was rotated`() async throws {
        let secret = Mutex("old")
        let valid = Mutex("none")
        let transport = ScriptedTransport { [self] request, _ in
            request.headers["Authorization"] == "Bearer \(valid.withLock { $0 })"
                ? ok() : Response(status: 401)
        }
        let client = try make(transport, tokens: TokenSource { Secret(secret.withLock { $0 }) })
        await #expect(throws: WistiaError.self) { try await client.send(.visitors(.page(1))) }
        valid.withLock { $0 = "old" }
        _ = try await client.send(.visitors(.page(1)))
        secret.withLock { $0 = "new" }
        valid.withLock { $0 = "new" }
        _ = try await client.send(.visitors(.page(1)))
    }

    @Test func `passes on why the token cannot be read`() async throws {
        struct Locked: Error {}
        let client = try make(ScriptedTransport([]), tokens: TokenSource { throw Locked() })
        await #expect(throws: Locked.self) { try await client.send(.visitors(.page(1))) }
    }
}
