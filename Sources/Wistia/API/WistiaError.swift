/// Why the API gave no usable answer, after its retries.
public struct WistiaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was; a caller decides by this what to do.
    public enum Kind: Sendable, Equatable {
        /// 401: the token is unknown, also after it was read anew. Ends the run.
        case unauthorized
        /// 403, or 401 for want of a scope: the token lacks this permission. Ends the run.
        case forbidden(WistiaPermission)
        /// 404: there is no such thing, or no longer.
        case notFound
        /// 429 or 503, until the attempts or the time were used up.
        case throttled
        /// 500, 502 or 504, until the attempts or the time were used up.
        case serverFailed
        /// 200 with a body that is not JSON or was cut off, again and again.
        case invalidAnswer
        /// Any other status; trying again cannot help.
        case rejected
        /// No complete answer came from the network.
        case unreachable
        /// The server's certificate was refused, and the token was not sent; trying again cannot help.
        case untrustedServer
        /// The invocation's deadline came before the answer.
        case deadlineReached
    }

    /// What kind of failure it was.
    public var kind: Kind
    /// What was asked for, such as `GET /stats/visitors page 3`.
    public var subject: String
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The answer's x-request-id, which Wistia's support can look up; nil without an answer or without that header.
    public var requestID: String?
    /// How many times it was tried.
    public var attempts: Int
    /// The cause, in the API's or the transport's words, and what to do; never a token.
    public var detail: String

    /// Makes an error.
    public init(
        kind: Kind, subject: String, status: Int? = nil, requestID: String? = nil, attempts: Int = 1,
        detail: String
    ) {
        self.kind = kind
        self.subject = subject
        self.status = status
        self.requestID = requestID
        self.attempts = attempts
        self.detail = detail
    }

    /// One line: subject, status, attempts, cause and remedy, x-request-id.
    public var description: String {
        let answer = status.map { " with HTTP \($0)" } ?? ""
        let tries = attempts > 1 ? " after \(attempts) attempts" : ""
        let request = requestID.map { " (x-request-id \($0))" } ?? ""
        return "\(subject) failed\(answer)\(tries): \(detail)\(request)"
    }
}
