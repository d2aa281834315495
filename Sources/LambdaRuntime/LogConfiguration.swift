public import Logging

/// How lines are written and which, as Lambda's advanced logging controls say.
///
/// See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html.
public struct LogConfiguration: Sendable, Equatable {
    /// How a line looks.
    public enum Format: Sendable, Equatable {
        /// One JSON object.
        case json
        /// Words.
        case text
    }

    /// How a line looks.
    public var format: Format
    /// The lowest level that is written.
    public var level: Logger.Level

    /// Makes a configuration.
    public init(format: Format = .text, level: Logger.Level = .info) {
        self.format = format
        self.level = level
    }

    /// Reads `AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL` and `LOG_LEVEL`, in any letter case.
    ///
    /// With format JSON the platform filters by `AWS_LAMBDA_LOG_LEVEL`, so that goes before `LOG_LEVEL`; with text,
    /// which it does not filter, `LOG_LEVEL` goes first. A value that is no level counts as absent; the default is INFO.
    ///
    /// - Parameter environment: The process's environment variables.
    public init(environment: [String: String]) {
        format = environment["AWS_LAMBDA_LOG_FORMAT"]?.lowercased() == "json" ? .json : .text
        let platform = environment["AWS_LAMBDA_LOG_LEVEL"].flatMap(LogConfiguration.level)
        let own = environment["LOG_LEVEL"].flatMap(LogConfiguration.level)
        level = (format == .json ? platform ?? own : own ?? platform) ?? .info
    }

    private static func level(_ name: String) -> Logger.Level? {
        switch name.uppercased() {
        case "TRACE": .trace
        case "DEBUG": .debug
        case "INFO": .info
        case "NOTICE": .notice
        case "WARN", "WARNING": .warning
        case "ERROR": .error
        case "FATAL", "CRITICAL": .critical
        default: nil
        }
    }
}
