import AWS
import HTTP
import Lake
import Logging

/// Reads a Wistia account and keeps what the API said.
struct WistiaBronze: BronzeSource {
    static let name = Wistia.name
    static let variables: [Variable] = [.secretID, .baseURL, .mediaIDs, .requestsPerMinute]
    static let isScheduled = true

    /// Seconds before the deadline at which a run is left to its next invocation.
    static let continueSeconds = 45.0
    /// Seconds before the deadline from which on a passing failure of the API is left to the next invocation: retries were
    /// cut short by the deadline, since the API asks for up to a minute's patience.
    static let graceSeconds = 120.0
    /// Which share of an invocation that is at most: a short one that got nothing at all would only be continued for ever.
    static let graceShare = 0.25
    /// Seconds before the deadline at which the API has to have answered, so that what was read can still be written.
    static let writingSeconds = 20.0

    /// The media to read; empty reads all.
    let mediaIDs: [String]
    let time: any TimeSource
    let logger: Logger
    private let baseURL: String
    private let tokens: TokenSource
    private let limiter: RateLimiter
    private let platform: Platform

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        mediaIDs = try configuration.mediaIDs()
        baseURL = try configuration.baseURL()
        let secrets = platform.secrets
        let field = SecretField(
            "api_token", variable: .secretID, secretID: try configuration.required(.secretID),
            content: ("a token", WistiaBronze.isTokenByte))
        tokens = TokenSource(place: field.place) { try await field.read(from: secrets) }
        limiter = RateLimiter(
            requestsPerMinute: Double(try configuration.requestsPerMinute()), burst: 5, time: platform.time)
        time = platform.time
        self.platform = platform
        self.logger = logger
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        var crawl = CrawlRun(source: self, run: run, client: client(deadline: run.deadline))
        return try await crawl.finish()
    }

    private func client(deadline: Timestamp?) -> WistiaClient {
        WistiaClient(
            transport: platform.transport, baseURL: baseURL, tokens: tokens, limiter: limiter,
            deadline: deadline?.adding(seconds: -WistiaBronze.writingSeconds), time: platform.time,
            random: platform.random)
    }

    /// What cannot be in a bearer token (RFC 6750 §2.1) would be sent, refused and taken for a token that was revoked.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
