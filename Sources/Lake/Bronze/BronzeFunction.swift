import AWS
public import HTTP
import LambdaRuntime
public import Logging

/// The bronze function: which event leads to which run of which source.
public struct BronzeFunction: Sendable {
    private let bucket: String
    /// The sources that are on, by name.
    private let sources: [String: any BronzeSource]
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - sources: All sources; those that are off are not made, and need nothing.
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per part.
    /// - Throws: ``LakeError`` of kind `Configuration`; what a source throws for its own.
    public init(
        sources: [any BronzeSource.Type], configuration: Configuration, platform: Platform, logger: Logger
    ) throws {
        bucket = try configuration.required(.bronzeBucket)
        let names = try configuration.sourceNames(of: sources.map { $0.name })
        var made: [String: any BronzeSource] = [:]
        for source in sources where names.contains(source.name) {
            made[source.name] = try source.init(
                configuration: configuration, platform: platform, logger: logger)
        }
        self.sources = made
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
        let store = platform.store(deadline)
        var reports: [BronzeReport] = []
        for request in try await requests(of: Event.decode(event), store: store) {
            guard let source = sources[request.run.source] else {
                throw LakeError.unknownSource(
                    request.run.source, layer: "bronze", known: sources.keys.sorted())
            }
            let driver = BronzeDriver(
                bucket: bucket, store: store, source: source, time: platform.time, random: platform.random,
                logger: logger)
            reports.append(try await driver.run(request, deadline: deadline))
        }
        return try Reports(reports).encoded()
    }

    private func requests(of event: Event, store: any ObjectStore) async throws -> [RunRequest] {
        switch event {
        case .schedule(let schedule):
            try refuseFuture(schedule.time)
            return sources.keys.sorted().filter { sources[$0].map { type(of: $0).isScheduled } == true }.map {
                RunRequest(
                    run: Run(source: $0, eventID: schedule.id, eventTime: schedule.time), time: schedule.time)
            }
        case .manualRun(let manual):
            try refuseFuture(manual.time)
            return [
                RunRequest(
                    run: Run(source: manual.source, eventID: manual.id, eventTime: manual.time),
                    time: manual.time, isFull: manual.isFull)
            ]
        case .objectsCreated(let objects):
            var requests: [RunRequest] = []
            for object in objects {
                guard object.bucket == bucket, object.key.hasPrefix("continuations/") else {
                    throw LakeError.unexpectedKey(
                        layer: "bronze", key: "s3://\(object.bucket)/\(object.key)",
                        expected: "a continuation of its own in s3://\(bucket)/continuations/")
                }
                requests.append(try await BronzeDriver.continuation(object.key, bucket: bucket, store: store))
            }
            return requests
        case .testEvent:
            return []
        case let other:
            throw LakeError.unexpectedEvent(
                layer: "bronze", found: other.name,
                expected: "a schedule, a manual run or the notification of a continuation")
        }
    }

    /// Refuses a time that would make a run the newest for as long as it lies ahead.
    private func refuseFuture(_ time: Timestamp) throws {
        let now = platform.time.now()
        guard time <= now.adding(seconds: 86_400) else {
            throw LakeError.futureTime(time: time.iso8601, now: now.iso8601)
        }
    }
}
