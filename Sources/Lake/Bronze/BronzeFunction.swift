import AWS
public import HTTP
import LambdaRuntime
public import Logging

/// The bronze function: which event leads to which run of which source.
public struct BronzeFunction: Sendable {
    /// What an event asks for: one run, one landed file, or the files that a search finds.
    private enum Work {
        case run(RunRequest)
        case continuation(key: String)
        case file(ObjectReference, LandingRoutes.Route)
        case search(source: String, landing: Landing, time: Timestamp, days: Int)
        /// What cannot be done, and stops nothing else.
        case refusal(subject: String, LakeError)
    }

    private let bucket: String
    /// The sources that are on, by name.
    private let sources: [String: any BronzeSource]
    private let routes: LandingRoutes
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
        routes = try LandingRoutes(of: made, bronzeBucket: bucket)
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
        var failures = BronzeFailures(time: platform.time, deadline: deadline)
        var reports: [BronzeReport] = []
        for work in try works(of: Event.decode(event)) {
            switch work {
            case .run(let request):
                let report = try await failures.attempt(request.run.source) {
                    try await run(request, store: store, deadline: deadline)
                }
                if let report { reports.append(report) }
            case .continuation(let key):
                let report = try await failures.attempt("s3://\(bucket)/\(key)") {
                    let request = try await BronzeDriver.continuation(key, bucket: bucket, store: store)
                    return try await run(request, store: store, deadline: deadline)
                }
                if let report { reports.append(report) }
            case .file(let file, let route):
                guard failures.hasTime() else { continue }
                let report = try await failures.attempt("s3://\(file.bucket)/\(file.key)") {
                    try await driver(of: route.landing, source: route.source, store: store).run(file)
                }
                if let report { reports.append(report) }
            case .search(let source, let landing, let time, let days):
                let found = try await failures.attempt(
                    "s3://\(landing.bucket)/\(landing.prefix)", isCounted: false
                ) {
                    try await LandingSearch(bucket: bucket, store: store, source: source, landing: landing)
                        .missing(at: time, days: days)
                }
                for found in found ?? [] where failures.hasTime() {
                    let report = try await failures.attempt("s3://\(found.file.bucket)/\(found.file.key)") {
                        try await driver(of: landing, source: source, store: store)
                            .run(found.file, isSuperseded: found.isSuperseded)
                    }
                    if let report { reports.append(report) }
                }
            case .refusal(let subject, let error):
                _ = try await failures.attempt(subject) { throw error }
            }
        }
        try failures.throwIfAny()
        return try Reports(reports).encoded()
    }

    private func run(_ request: RunRequest, store: any ObjectStore, deadline: Timestamp?) async throws
        -> BronzeReport
    {
        guard let source = sources[request.run.source] else { throw unknownSource(request.run.source) }
        let driver = BronzeDriver(
            bucket: bucket, store: store, source: source, time: platform.time, random: platform.random,
            logger: logger)
        return try await driver.run(request, deadline: deadline)
    }

    private func driver(of landing: Landing, source: String, store: any ObjectStore) -> LandingDriver {
        LandingDriver(
            bucket: bucket, store: store, source: source, landing: landing, time: platform.time,
            random: platform.random, logger: logger)
    }

    // MARK: Events

    private func works(of event: Event) throws -> [Work] {
        switch event {
        case .schedule(let schedule):
            try refuseFuture(schedule.time)
            let names = sources.keys.sorted().filter {
                sources[$0].map { type(of: $0).isScheduled } == true
            }
            // Searches know when to stop, and runs hand over to a further invocation when little time is left.
            return names.flatMap { searches(of: $0, at: schedule.time, days: LandingSearch.daysDefault) }
                + names.filter { routes.landings(of: $0).isEmpty }.map {
                    .run(
                        RunRequest(
                            run: Run(source: $0, eventID: schedule.id, eventTime: schedule.time),
                            time: schedule.time))
                }
        case .manualRun(let manual):
            try refuseFuture(manual.time)
            if let key = manual.key { return [try work(of: manual, key: key)] }
            return [
                .run(
                    RunRequest(
                        run: Run(source: manual.source, eventID: manual.id, eventTime: manual.time),
                        time: manual.time, isFull: manual.isFull))
            ]
        case .reconcile(let reconcile):
            try refuseFuture(reconcile.time)
            guard sources[reconcile.source] != nil else { throw unknownSource(reconcile.source) }
            guard !routes.landings(of: reconcile.source).isEmpty else {
                throw LakeError.unexpectedEvent(
                    layer: "bronze", found: "\(event.name) of \(reconcile.source)",
                    expected: "one of a source whose files land in a bucket")
            }
            return searches(
                of: reconcile.source, at: reconcile.time, days: reconcile.days ?? LandingSearch.daysDefault)
        case .objectsCreated(let objects):
            return objects.map(work(of:))
        case .testEvent:
            return []
        case .reprocess:
            throw LakeError.unexpectedEvent(
                layer: "bronze", found: event.name,
                expected:
                    "a schedule, a manual run, a reconcile event or the notification of a landed file or a continuation"
            )
        }
    }

    private func work(of object: ObjectReference) -> Work {
        if object.bucket == bucket, object.key.hasPrefix("continuations/") {
            return .continuation(key: object.key)
        }
        if let route = routes.route(bucket: object.bucket, key: object.key) { return .file(object, route) }
        let resource = "s3://\(object.bucket)/\(object.key)"
        let landed = routes.description.map { ", or a landed file in \($0)" } ?? ""
        return .refusal(
            subject: resource,
            LakeError.unexpectedKey(
                layer: "bronze", key: resource,
                expected: "a continuation of its own in s3://\(bucket)/continuations/\(landed)"))
    }

    private func work(of manual: ManualRun, key: String) throws -> Work {
        guard sources[manual.source] != nil else { throw unknownSource(manual.source) }
        let landings = routes.landings(of: manual.source)
        let routes = landings.compactMap { self.routes.route(bucket: $0.bucket, key: key) }
        guard let route = routes.first(where: { $0.source == manual.source }) else {
            let places = landings.map { "s3://\($0.bucket)/\($0.prefix)" }.joined(separator: ", ")
            throw LakeError.unexpectedKey(
                layer: "bronze", key: key,
                expected: landings.isEmpty
                    ? "no key, since no files of \(manual.source) land anywhere"
                    : "the key of a file of \(manual.source) in \(places)")
        }
        return .file(
            ObjectReference(bucket: route.landing.bucket, key: key, eventTime: manual.time), route)
    }

    private func searches(of source: String, at time: Timestamp, days: Int) -> [Work] {
        routes.landings(of: source).map { .search(source: source, landing: $0, time: time, days: days) }
    }

    private func unknownSource(_ name: String) -> LakeError {
        .unknownSource(name, layer: "bronze", known: sources.keys.sorted())
    }

    /// Refuses a time that would make a run the newest for as long as it lies ahead.
    private func refuseFuture(_ time: Timestamp) throws {
        let now = platform.time.now()
        guard time <= now.adding(seconds: 86_400) else {
            throw LakeError.futureTime(time: time.iso8601, now: now.iso8601)
        }
    }
}
