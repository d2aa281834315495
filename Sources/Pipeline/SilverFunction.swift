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
        let decoded = try Event.decode(event)
        if case .testEvent = decoded { return try Reports<SilverStage.Report>([]).encoded() }
        let stage = SilverStage(
            bronzeBucket: bronzeBucket, silverBucket: silverBucket,
            personalData: try await personalData.policy(), store: platform.store(deadline),
            time: platform.time, random: platform.random, logger: logger)
        switch decoded {
        case .objectsCreated(let objects):
            for object in objects { try object.requireCommit(in: bronzeBucket, layer: "silver") }
            return try Reports(
                try await answerEach(objects.map(\.key), layer: "silver") {
                    try await stage.run(commitKey: $0)
                }
            ).encoded()
        case .reprocess(let reprocess):
            try requireWistia(reprocess.source, layer: "silver")
            return try Reports(
                try await stage.reprocess(source: reprocess.source, days: reprocess.from...reprocess.to)
            ).encoded()
        case .reconcile(let reconcile):
            try requireWistia(reconcile.source, layer: "silver")
            return try Reports(try await stage.reconcile(source: reconcile.source)).encoded()
        case let other:
            throw PipelineError.unexpectedEvent(
                layer: "silver", found: other.name,
                expected: "the notification of a bronze commit, a reprocess or a reconcile event")
        }
    }
}

extension ObjectReference {
    /// Refuses an object that is not a commit of the layer before.
    func requireCommit(in bucket: String, layer: String) throws {
        guard self.bucket == bucket, let run = ObjectLayout.run(ofCommitKey: key) else {
            throw PipelineError.unexpectedKey(
                layer: layer, key: "s3://\(self.bucket)/\(key)",
                expected: "s3://\(bucket)/commits/<source>/<date>/<run id>.json")
        }
        try requireWistia(run.source, layer: layer)
    }
}
