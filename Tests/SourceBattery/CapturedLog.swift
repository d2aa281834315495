import Logging
import Synchronization

/// Everything that was logged, as text.
final class CapturedLog: Sendable {
    private let text = Mutex("")

    /// What was logged so far.
    var content: String { text.withLock { $0 } }

    /// A logger that writes here, at every level.
    var logger: Logger {
        Logger(label: "battery") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.text.withLock { $0 += "\(event.message) \(event.metadata ?? [:]) \(metadata)\n" }
        }
    }
}
