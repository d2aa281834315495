import AWS
import Foundation
public import HTTP
import LambdaRuntime
public import Logging

/// What the three executables have in common: the real world and the run loop.
public enum Function {
    /// Answers an event before its deadline.
    public typealias Handler = @Sendable (_ event: [UInt8], _ deadline: Timestamp?) async throws -> [UInt8]
    /// Makes a function's handler.
    public typealias Start = @Sendable (Configuration, Platform, Logger) throws -> Handler

    /// Runs bronze.
    ///
    /// - Parameter sources: All sources.
    public static func bronze(_ sources: [any BronzeSource.Type]) async -> Never {
        await run("bronze") {
            try BronzeFunction(sources: sources, configuration: $0, platform: $1, logger: $2).handle
        }
    }

    /// Runs silver.
    ///
    /// - Parameter sources: All sources.
    public static func silver(_ sources: [SilverSource]) async -> Never {
        await run("silver") {
            try SilverFunction(sources: sources, configuration: $0, platform: $1, logger: $2).handle
        }
    }

    /// Runs gold.
    ///
    /// - Parameter sources: All sources.
    public static func gold(_ sources: [GoldSource]) async -> Never {
        await run("gold") {
            try GoldFunction(sources: sources, configuration: $0, platform: $1, logger: $2).handle
        }
    }

    /// Answers events until the platform goes away, and ends the process.
    ///
    /// - Parameters:
    ///   - label: The function's name in its log.
    ///   - start: Makes the handler from the environment; must not use the network.
    public static func run(_ label: String, start: Start) async -> Never {
        LineOutput.prepareProcess()
        let environment = ProcessInfo.processInfo.environment
        let time = SystemTimeSource()
        let logger = Logger(label: label) {
            LambdaLogHandler(label: $0, configuration: LogConfiguration(environment: environment), time: time)
        }
        guard let endpoint = environment["AWS_LAMBDA_RUNTIME_API"], !endpoint.isEmpty else {
            logger.critical(
                "start \(label) failed: AWS_LAMBDA_RUNTIME_API is not set; run it as a Lambda function or with scripts/run.sh"
            )
            exit(1)
        }
        let transport = URLSessionTransport()
        let loop = InvocationLoop(
            client: RuntimeClient(endpoint: endpoint, transport: transport), time: LoopTimeSource(),
            logger: logger)
        await loop.runProcess {
            let handler = try start(
                Configuration(environment: environment),
                try Platform(environment: environment, transport: transport, time: time), logger)
            return { try await handler($0.body, $0.deadline) }
        }
    }
}

extension Platform {
    /// AWS as the environment names it.
    init(environment: [String: String], transport: any Transport, time: any TimeSource) throws {
        let random = SystemRandomSource()
        let store = try S3Client(
            environment: environment, transport: transport, time: time, random: random,
            bucketVariables: Configuration(environment: environment).bucketVariables,
            traceHeader: { Invocation.current?.traceID })
        self.init(
            transport: transport, store: { store.with(deadline: $0) },
            secrets: try SecretsManagerClient(
                environment: environment, transport: transport, time: time, random: random),
            time: time, random: random)
    }
}
