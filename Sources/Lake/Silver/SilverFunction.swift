import AWS
public import HTTP
import LambdaRuntime
public import Logging
import Tables

/// The silver function: which event leads to which commits being typed.
public struct SilverFunction: Sendable {
    private let sources: [SilverSource]
    private let bronzeBucket: String
    private let silverBucket: String
    private let personalData: PersonalDataKey
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - sources: All sources.
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per table.
    /// - Throws: ``LakeError`` of kind `Configuration`.
    public init(
        sources: [SilverSource], configuration: Configuration, platform: Platform, logger: Logger
    ) throws {
        let names = try configuration.sourceNames(of: sources.map(\.name))
        self.sources = sources.filter { names.contains($0.name) }
        bronzeBucket = try configuration.required(.bronzeBucket)
        silverBucket = try configuration.required(.silverBucket)
        personalData = try PersonalDataKey(configuration: configuration, secrets: platform.secrets)
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
            layer: "silver", layerBefore: "bronze", inputBucket: bronzeBucket, outputBucket: silverBucket,
            sources: sources.map(\.name), store: store)
        let request = try await commits.request(Event.decode(event)) { try await isQuarantined($0, store) }
        // S3's test message comes while the stack is made, when the key may not be readable yet.
        guard !request.days.isEmpty else { return try Reports<SilverReport>([]).encoded() }
        let policy = try await personalData.policy()
        var failures = CommitFailures(
            layer: "silver", days: request.days, time: platform.time, deadline: deadline)
        var reports: [SilverReport] = []
        for source in sources {
            let days = request.days.filter { $0.source == source.name }
            guard !days.isEmpty else { continue }
            let driver = SilverDriver(
                source: source, bronzeBucket: bronzeBucket, silverBucket: silverBucket, personalData: policy,
                store: store, time: platform.time, random: platform.random, logger: logger)
            reports += try await driver.answer(days, isRebuild: request.isRebuild, failures: &failures)
        }
        try failures.throwIfAny()
        return try Reports(reports).encoded()
    }

    /// Whether silver's answer to a commit tells of refused or quarantined rows; one that has no readable answer counts as such.
    private func isQuarantined(_ key: String, _ store: any ObjectStore) async throws -> Bool {
        guard let run = ObjectLayout.run(ofCommitKey: key),
            let commit = try await store.readableSilverCommit(of: run, bucket: silverBucket)
        else { return true }
        return commit.refused != nil || commit.ledger.values.contains { $0.quarantined > 0 }
    }
}
