/// The one way to the network: a request goes out, its whole answer comes back.
///
/// Every status is an answer, not an error. Redirects are returned, never followed.
public protocol Transport: Sendable {
    /// Sends a request and reads its answer to the end.
    ///
    /// - Parameter request: What to send.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``TransportError`` when no complete answer came; `CancellationError` when the task was cancelled.
    func send(_ request: Request) async throws -> Response
}

/// Why no complete answer came.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was; a caller decides by this whether to try again.
    public enum Kind: String, Sendable {
        /// The URL cannot be used; trying again cannot help.
        case invalidURL = "invalid URL"
        /// The request cannot be sent as it stands; trying again cannot help.
        case invalidRequest = "invalid request"
        /// The host name did not resolve.
        case unknownHost = "unknown host"
        /// No connection, or it broke before the answer was complete.
        case connectionFailed = "connection failed"
        /// No byte came for the request's time-out.
        case timedOut = "timed out"
        /// The server's certificate was refused; trying again cannot help.
        case untrustedServer = "untrusted server"
        /// Anything else.
        case other = "failed"
    }

    /// What kind of failure it was.
    public var kind: Kind
    /// The method and the URL without its query, which may hold what should not be logged.
    public var subject: String
    /// The underlying library's words.
    public var detail: String

    /// Makes an error about a request.
    public init(kind: Kind, request: Request, detail: String) {
        self.kind = kind
        self.subject = "\(request.method) \(request.url.prefix { $0 != "?" })"
        self.detail = detail
    }

    /// One line: subject, kind, detail.
    public var description: String { "\(subject) \(kind.rawValue): \(detail)" }
}
