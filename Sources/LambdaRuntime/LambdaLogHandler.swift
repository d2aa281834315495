public import HTTP
public import Logging

/// Writes swift-log's events as the lines that Lambda and CloudWatch understand.
///
/// A JSON line has the platform's keys `timestamp`, `level`, `requestId` and `message`, then `errorType` and
/// `errorMessage` where there is an error, `logger`, `traceId` where there is one, and `metadata`. A text line has the
/// same in that order. Request and trace id are those of ``Invocation/current``.
public struct LambdaLogHandler: LogHandler {
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    /// What every line says besides its own metadata.
    public var metadata: Logger.Metadata = [:]
    /// Says more at the moment of writing; nil says nothing.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogConfiguration.Format
    private let time: any TimeSource
    private let output: @Sendable ([UInt8]) -> Void

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - label: The logger's name.
    ///   - configuration: The format and the lowest level.
    ///   - time: The clock.
    ///   - output: Takes a line, which has no line end.
    public init(
        label: String, configuration: LogConfiguration, time: any TimeSource,
        output: @escaping @Sendable ([UInt8]) -> Void = LineOutput.standardError
    ) {
        self.label = label
        self.format = configuration.format
        self.logLevel = configuration.level
        self.time = time
        self.output = output
    }

    /// One value of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var merged = metadata
        merged.merge(metadataProvider?.get() ?? [:]) { $1 }
        merged.merge(event.metadata ?? [:]) { $1 }
        let fields = merged.sorted { $0.key < $1.key }
        switch format {
        case .json: output(jsonLine(event, fields))
        case .text: output(textLine(event, fields))
        }
    }

    private func jsonLine(_ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)])
        -> [UInt8]
    {
        var object = JSONObjectWriter()
        object.append("timestamp", time.now().iso8601Milliseconds)
        object.append("level", LambdaLogHandler.name(event.level))
        if let invocation = Invocation.current {
            object.append("requestId", invocation.requestID)
        }
        object.append("message", event.message.description)
        if let error = event.error {
            let report = ErrorReport(error)
            object.append("errorType", report.type)
            object.append("errorMessage", report.message)
        }
        object.append("logger", label)
        if let traceID = Invocation.current?.traceID {
            object.append("traceId", traceID)
        }
        if !fields.isEmpty {
            object.append("metadata", json: LambdaLogHandler.json(.dictionary(Dictionary(fields) { $1 })))
        }
        return object.finish()
    }

    private func textLine(_ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)])
        -> [UInt8]
    {
        var words = [time.now().iso8601Milliseconds, LambdaLogHandler.name(event.level)]
        if let invocation = Invocation.current {
            words.append(invocation.requestID)
        }
        words.append(event.message.description)
        if let error = event.error {
            let report = ErrorReport(error)
            words.append("\(report.type): \(report.message)")
        }
        words.append("logger=\(label)")
        if let traceID = Invocation.current?.traceID {
            words.append("traceId=\(traceID)")
        }
        words += fields.map { "\($0.key)=\($0.value)" }
        // CloudWatch would make an event of each line.
        return Array(JSONObjectWriter.escapedControls(words.joined(separator: " ")).utf8)
    }

    private static func json(_ value: Logger.MetadataValue) -> [UInt8] {
        switch value {
        case .string(let text):
            return JSONObjectWriter.string(text)
        case .stringConvertible(let value):
            return JSONObjectWriter.string(value.description)
        case .array(let elements):
            return JSONObjectWriter.array(elements.map(json))
        case .dictionary(let members):
            var object = JSONObjectWriter()
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                object.append(name, json: json(value))
            }
            return object.finish()
        }
    }

    private static func name(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}
