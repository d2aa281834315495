import AWS
import Datasets
public import HTTP
import LambdaRuntime
public import Logging

/// The silver function: which event leads to which commits being typed.
public struct SilverFunction: Sendable {
    private let bronzeBucket: String
    private let silverBucket: String
    private let personalData: PersonalDataKey
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per table.
    /// - Throws: ``PipelineError/configuration(variable:problem:)``.
    public init(configuration: Configuration, platform: Platform, logger: Logger) throws {
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
        let event = try Event.decode(event)
        // S3's test message comes while the stack is made, when the key may not be readable yet.
        if case .testEvent = event { return try Reports<SilverStage.Report>([]).encoded() }
        let stage = SilverStage(
            bronzeBucket: bronzeBucket, silverBucket: silverBucket,
            personalData: try await personalData.policy(), store: platform.store(deadline),
            time: platform.time, random: platform.random, logger: logger)
        return try Reports(try await stage.answer(event, deadline: deadline)).encoded()
    }
}
