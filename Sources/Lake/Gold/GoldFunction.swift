import AWS
public import HTTP
import LambdaRuntime
public import Logging

/// The gold function: which event leads to which commits being answered.
public struct GoldFunction: Sendable {
    private let sources: [GoldSource]
    private let silverBucket: String
    private let goldBucket: String
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - sources: All sources.
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per commit.
    /// - Throws: ``LakeError`` of kind `Configuration`.
    public init(
        sources: [GoldSource], configuration: Configuration, platform: Platform, logger: Logger
    ) throws {
        let names = try configuration.sourceNames(of: sources.map(\.name))
        self.sources = sources.filter { names.contains($0.name) }
        silverBucket = try configuration.required(.silverBucket)
        goldBucket = try configuration.required(.goldBucket)
        self.platform = platform
        self.logger = logger
    }

    /// Answers one event.
    ///
    /// - Parameters:
    ///   - event: The event's bytes.
    ///   - deadline: When the platform ends the invocation; nil when never.
    /// - Returns: A JSON report.
    /// - Throws: What stopped the work; the same event does it again.
    public func handle(_ event: [UInt8], deadline: Timestamp?) async throws -> [UInt8] {
        let store = platform.store(deadline)
        let commits = CommitSource(
            layer: "gold", layerBefore: "silver", inputBucket: silverBucket, outputBucket: goldBucket,
            sources: sources.map(\.name), store: store)
        let request = try await commits.request(Event.decode(event))
        var failures = CommitFailures(
            layer: "gold", days: request.days, time: platform.time, deadline: deadline)
        var reports: [GoldReport] = []
        for source in sources {
            let days = request.days.filter { $0.source == source.name }
            guard !days.isEmpty else { continue }
            let driver = GoldDriver(
                source: source, silverBucket: silverBucket, goldBucket: goldBucket, store: store,
                time: platform.time, random: platform.random, logger: logger)
            reports += try await driver.answer(days, failures: &failures)
        }
        try failures.throwIfAny()
        return try Reports(reports).encoded()
    }
}
