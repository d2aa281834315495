import AWS
import HTTP
import JSON
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Wistia

/// The real client against the sandbox over URLSession and a loopback socket.
struct SandboxServerTests {
    /// Runs a body with a client of a sandbox; time is virtual, so that back-off costs none.
    private func withClient(
        token: String = "sandbox-token", options: SandboxOptions = SandboxOptions(),
        _ body: (WistiaClient, Sandbox, VirtualTimeSource) async throws -> Void
    ) async throws {
        let sandbox = try Sandbox(options: options)
        let server = try await SandboxServer(sandbox: sandbox)
        let time = VirtualTimeSource()
        let client = WistiaClient(
            transport: URLSessionTransport(), baseURL: server.url,
            tokens: TokenSource { [token] in Secret(token) },
            limiter: RateLimiter(time: time), time: time, random: SeededRandomSource())
        do {
            try await body(client, sandbox, time)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func `crawls the account to its end`() async throws {
        var options = SandboxOptions()
        options.visitors = 1_250
        options.syntheticMedia = 120
        try await withClient(options: options) { client, sandbox, _ in
            var rows: [Int] = []
            var page = 0
            var oldest: Timestamp?
            repeat {
                page += 1
                let answer = try await client.send(.visitors(.page(page)))
                let inspection = answer.facts
                #expect(inspection.isNewestFirst)
                try expectKnown(answer.body, as: FactVisitors.table)
                if let oldest, let newest = inspection.newestLastActiveAt {
                    #expect(newest <= oldest)
                }
                oldest = inspection.oldestLastActiveAt
                rows.append(inspection.rowCount)
            } while rows.last != 0
            #expect(rows == Array(repeating: 100, count: 12) + [50, 0])

            var ids: [String] = []
            for page in 1...2 {
                let list = try await client.send(.medias(page: page))
                try expectKnown(list.body, as: DimMedia.table)
                ids += list.facts.mediaIDs
            }
            #expect(Set(ids).count == 122)
            for id in ids.prefix(12) {
                let media = try await client.send(.media(id))
                #expect(media.facts.mediaIDs == [id])
                try expectKnown(try await client.send(.mediaStats(id)).body, as: FactMedia.table, subject: id)
                try expectKnown(
                    try await client.send(.mediaEngagement(id)).body, as: FactMediaEngagement.table,
                    subject: id)
            }
            #expect(sandbox.requestCounts["/stats/visitors"] == 14)
        }
    }

    /// Silver can type every row of a body, and knows every field.
    private func expectKnown(_ body: [UInt8], as table: Table, subject: String? = nil) throws {
        var builder = makeBuilder(of: table)
        try JSONParser().withDocument(body) { builder.append($0, from: makeOrigin(subject: subject)) }
        let rows = builder.finish()
        #expect(rows.refusals == [])
        #expect(rows.unknownFields.isEmpty)
    }

    @Test func `carries the server's date`() async throws {
        try await withClient { client, _, time in
            let answer = try await client.send(.mediaStats("gskhw4w4lm"))
            #expect(answer.serverDate == Timestamp(rfc3339: "2026-01-08T02:00:00Z"))
            #expect(answer.fetchedAt == time.now())
        }
    }

    @Test(arguments: [
        Fault.tooMany, .tooManyDated, .tooManyBare, .unavailable, .unavailableText, .serverError, .badGateway,
        .gatewayTimeout, .truncated, .cut,
    ])
    func `survives a passing fault`(fault: Fault) async throws {
        try await withClient { client, sandbox, _ in
            sandbox.failNext([fault, fault])
            let answer = try await client.send(.visitors(.page(1)))
            #expect(answer.facts.rowCount == 100)
            #expect(sandbox.requestCounts["/stats/visitors"] == 3)
        }
    }

    @Test(arguments: [
        (Fault.tooMany, WistiaError.Kind.throttled, "the API says \"Rate limit exceeded\""),
        (.tooManyBare, .throttled, "the API says \"Rate limit exceeded\""),
        (.unavailable, .throttled, "the API says \"Analytics service is temporarily unavailable\""),
        (.unavailableText, .throttled, "the API says \"Service Unavailable\""),
        (.serverError, .serverFailed, "the API says \"Internal server error\""),
        (.badGateway, .serverFailed, "the API gives no reason"),
        (.truncated, .invalidAnswer, "parse JSON of"),
        (.cut, .unreachable, "after 4 attempts: "),
        (.forbidden, .forbidden, "\"Read detailed stats\""),
        (.unauthorized, .unauthorized, "the API says \"unauthorized_credentials: Invalid credentials.\""),
    ])
    func `says what a lasting fault was`(fault: Fault, kind: WistiaError.Kind, words: String) async throws {
        try await withClient { client, sandbox, _ in
            sandbox.failNext(Array(repeating: fault, count: 10))
            let error = try await #require(throws: WistiaError.self) {
                try await client.send(.visitors(.page(1)))
            }
            #expect(error.kind == kind)
            #expect("\(error)".contains(words))
            #expect(!"\(error)".contains("sandbox-token"))
            #expect(!"\(error)".contains("\n"))
            if error.status != nil {
                #expect("\(error)".contains("x-request-id "))
            }
        }
    }

    @Test func `finds out about a wrong token`() async throws {
        try await withClient(token: "not-the-token") { client, _, _ in
            let error = try await #require(throws: WistiaError.self) {
                try await client.send(.medias(page: 1))
            }
            #expect(error.kind == .unauthorized)
            #expect("\(error)".hasPrefix("GET /medias page 1 failed with HTTP 401: the API says"))
        }
    }

    @Test func `finds out that the token lacks a permission`() async throws {
        var options = SandboxOptions()
        options.scopes = ["media:read"]
        try await withClient(options: options) { client, sandbox, _ in
            _ = try await client.send(.medias(page: 1))
            let error = try await #require(throws: WistiaError.self) {
                try await client.send(.visitors(.page(1)))
            }
            #expect(error.kind == .forbidden)
            #expect("\(error)".contains("\"Read detailed stats\""))
            #expect(sandbox.requestCounts["/stats/visitors"] == 1)
        }
    }

    @Test func `loses and doubles nothing under a mixture of faults`() async throws {
        var options = SandboxOptions()
        options.visitors = 3_950
        options.faults = try FaultProfile(
            parsing: "429=6,429-bare=6,503=6,503-text=4,500=3,truncated=3,cut=3")
        try await withClient(options: options) { client, sandbox, time in
            let calm = try Sandbox(
                options: {
                    var calm = options; calm.faults = FaultProfile(); return calm
                }())
            let start = time.now()
            for page in 1...41 {
                let answer = try await client.send(.visitors(.page(page)))
                let expected = calm.reply(
                    to: .init(
                        path: "/v1/stats/visitors", query: [("page", "\(page)"), ("per_page", "100")],
                        authorization: "Bearer sandbox-token"))
                #expect(answer.body == expected.body)
            }
            #expect(sandbox.requestCounts["/stats/visitors", default: 0] > 50)
            #expect(time.now().seconds(since: start) > 10)
        }
    }

    @Test func `finds no media under an unknown id, with and without a body`() async throws {
        try await withClient { client, _, _ in
            let stats = try await #require(throws: WistiaError.self) {
                try await client.send(.mediaStats("nope"))
            }
            #expect(stats.kind == .notFound)
            #expect(stats.detail.contains("gives no reason"))
            let media = try await #require(throws: WistiaError.self) {
                try await client.send(.media("no/p?e"))
            }
            #expect(media.kind == .notFound || media.kind == .rejected)
            let known = try await #require(throws: WistiaError.self) { try await client.send(.media("nope")) }
            #expect(known.detail.contains("Media with ID nope not found."))
        }
    }

    @Test func `has 64 requests under way at once`() async throws {
        var options = SandboxOptions()
        options.visitors = 6_400
        try await withClient(options: options) { client, _, _ in
            let rows = try await withThrowingTaskGroup(of: Int.self) { group in
                for page in 1...64 {
                    group.addTask {
                        try await client.send(.visitors(.page(page))).facts.rowCount
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(rows == 6_400)
        }
    }

    @Test(arguments: ["nonsense", "256.0.0.1", ""])
    func `refuses to listen on what is not an address`(host: String) async throws {
        let error = try await #require(throws: SandboxError.self) {
            try await SandboxServer(sandbox: try Sandbox(options: SandboxOptions()), host: host)
        }
        #expect("\(error)" == "listen \(host) failed: not an IPv4 address")
    }

    @Test func `says when the port is taken`() async throws {
        let first = try await SandboxServer(sandbox: try Sandbox(options: SandboxOptions()))
        let port = try #require(first.url.split(separator: ":").last.flatMap { UInt16($0) })
        let error = try await #require(throws: SandboxError.self) {
            try await SandboxServer(sandbox: try Sandbox(options: SandboxOptions()), port: port)
        }
        #expect("\(error)" == "listen 127.0.0.1:\(port) failed: Address already in use; choose another port")
        await first.stop()
    }
}
