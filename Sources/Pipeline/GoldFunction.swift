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
        switch try Event.decode(event) {
        case .objectsCreated(let objects):
            for object in objects { try object.requireCommit(in: silverBucket, layer: "gold") }
            return try Reports(
                try await answerEach(objects.map(\.key), layer: "gold") { try await stage.run(commitKey: $0) }
            ).encoded()
        case .reprocess(let reprocess):
            try requireWistia(reprocess.source, layer: "gold")
            return try Reports(
                try await stage.reprocess(source: reprocess.source, days: reprocess.from...reprocess.to)
            ).encoded()
        case .reconcile(let reconcile):
            try requireWistia(reconcile.source, layer: "gold")
            return try Reports(try await stage.reconcile(source: reconcile.source)).encoded()
        case .testEvent:
            return try Reports<GoldStage.Report>([]).encoded()
        case let other:
            throw PipelineError.unexpectedEvent(
                layer: "gold", found: other.name,
                expected: "the notification of a silver commit, a reprocess or a reconcile event")
        }
    }
}
