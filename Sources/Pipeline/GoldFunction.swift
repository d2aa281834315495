import AWS
public import HTTP
import LambdaRuntime
public import Logging

/// The gold function: which event leads to which commits being answered.
public struct GoldFunction: Sendable {
    private let silverBucket: String
    private let goldBucket: String
    private let platform: Platform
    private let logger: Logger

    /// Reads the configuration; the network is not touched before the first event.
    ///
    /// - Parameters:
    ///   - configuration: The environment.
    ///   - platform: The outside world.
    ///   - logger: Gets a line per commit.
    /// - Throws: ``PipelineError/configuration(variable:problem:)``.
    public init(configuration: Configuration, platform: Platform, logger: Logger) throws {
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
        let stage = GoldStage(
            silverBucket: silverBucket, goldBucket: goldBucket, store: platform.store(deadline),
            time: platform.time, random: platform.random, logger: logger)
        return try Reports(try await stage.answer(try Event.decode(event), deadline: deadline)).encoded()
    }
}
