import AWS
public import HTTP
import LambdaRuntime
public import Logging
import Wistia

/// The bronze function: which event leads to which run.
public struct BronzeFunction: Sendable {
    private let bucket: String
    private let mediaIDs: [String]
    private let baseURL: String
    private let tokens: TokenSource
    private let limiter: RateLimiter
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per part.
    /// - Throws: ``PipelineError/configuration(variable:problem:)``.
    public init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        bucket = try configuration.required(.bronzeBucket)
        mediaIDs = try configuration.mediaIDs()
        baseURL = try configuration.wistiaBaseURL()
        let secrets = platform.secrets
        let secretID = try configuration.required(.wistiaSecretID)
        let field = SecretField(.apiToken, secretID: secretID)
        tokens = TokenSource(place: field.place) { _ in try await field.read(from: secrets) }
        limiter = RateLimiter(
            requestsPerMinute: Double(try configuration.requestsPerMinute()), time: platform.time)
        self.platform = platform
        self.logger = logger
    }

    /// Answers one event.
    ///
    /// - Parameters:
    ///   - event: The event's bytes.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: A JSON report.
    /// - Throws: What stopped the run; what was read until then is kept.
    public func handle(_ event: [UInt8], deadline: Timestamp?) async throws -> [UInt8] {
        let stage = try stage(deadline: deadline)
        let requests: [BronzeStage.Request]
        switch try Event.decode(event) {
        case .schedule(let schedule):
            try refuseFuture(schedule.time)
            requests = [.init(run: Run(source: "wistia", eventID: schedule.id, eventTime: schedule.time))]
        case .manualRun(let manual):
            try requireWistia(manual.source, layer: "bronze")
            try refuseFuture(manual.time)
            requests = [
                .init(
                    run: Run(source: manual.source, eventID: manual.id, eventTime: manual.time),
                    isFull: manual.isFull)
            ]
        case .objectsCreated(let objects):
            var continued: [BronzeStage.Request] = []
            for object in objects {
                guard object.bucket == bucket, object.key.hasPrefix("continuations/") else {
                    throw PipelineError.unexpectedKey(
                        layer: "bronze", key: "s3://\(object.bucket)/\(object.key)",
                        expected: "a continuation of its own in s3://\(bucket)/continuations/")
                }
                continued.append(try await stage.continuation(object.key))
            }
            requests = continued
        case .testEvent:
            requests = []
        case let other:
            throw PipelineError.unexpectedEvent(
                layer: "bronze", found: other.name,
                expected: "a schedule, a manual run or the notification of a continuation")
        }
        var reports: [BronzeStage.Report] = []
        for request in requests {
            reports.append(try await stage.run(request, deadline: deadline))
        }
        return try Reports(reports).encoded()
    }

    /// Refuses a time that would make a run the newest for as long as it lies ahead.
    private func refuseFuture(_ time: Timestamp) throws {
        let now = platform.time.now()
        guard time <= now.adding(seconds: 86_400) else {
            throw PipelineError.futureTime(time: time.iso8601, now: now.iso8601)
        }
    }

    private func stage(deadline: Timestamp?) throws -> BronzeStage {
        let wistia = try WistiaClient(
            transport: platform.transport, baseURL: "\(baseURL)/v1", tokens: tokens, limiter: limiter,
            deadline: deadline?.adding(seconds: -BronzeStage.writingSeconds), time: platform.time,
            random: platform.random)
        return BronzeStage(
            bucket: bucket, mediaIDs: mediaIDs, store: platform.store(deadline), wistia: wistia,
            time: platform.time, random: platform.random, logger: logger)
    }
}

/// What a function returns: a report per commit or run.
struct Reports<Report: Encodable>: Encodable {
    var reports: [Report]

    init(_ reports: [Report]) {
        self.reports = reports
    }

    func encoded() throws -> [UInt8] { try ObjectJSON.encode(self) }
}

/// Refuses sources that are not built yet.
func requireWistia(_ source: String, layer: String) throws {
    guard source == "wistia" else {
        throw PipelineError.unexpectedEvent(
            layer: layer, found: "about the source \(source)", expected: "the source wistia")
    }
}
