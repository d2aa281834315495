import LambdaRuntime

/// Why the API gave no usable answer, after its retries.
struct WistiaError: ReportableError, Equatable, CustomStringConvertible {
    /// What kind of failure it was; a caller decides by this what to do.
    enum Kind: String, Sendable {
        /// 401: the token is unknown, also after it was read anew. Ends the run.
        case unauthorized = "Function.WistiaUnauthorized"
        /// 403, or 401 for want of a scope: the token lacks a permission. Ends the run.
        case forbidden = "Function.WistiaForbidden"
        /// 404: there is no such thing, or no longer.
        case notFound = "Function.WistiaNotFound"
        /// 429 or 503, until the attempts or the time were used up.
        case throttled = "Function.WistiaThrottled"
        /// 500, 502 or 504, until the attempts or the time were used up.
        case serverFailed = "Function.WistiaServerFailed"
        /// 200 with a body that is not JSON or was cut off, again and again.
        case invalidAnswer = "Function.WistiaInvalidAnswer"
        /// Any other status; trying again cannot help.
        case rejected = "Function.WistiaRejected"
        /// No complete answer came from the network.
        case unreachable = "Function.WistiaUnreachable"
        /// The server's certificate was refused, and the token was not sent; trying again cannot help.
        case untrustedServer = "Function.WistiaUntrustedServer"
        /// The invocation's deadline came before the answer.
        case deadlineReached = "Function.WistiaDeadlineReached"
    }

    /// What kind of failure it was.
    var kind: Kind
    /// What was asked for, such as `GET /stats/visitors page 3`.
    var subject: String
    /// The HTTP status; nil when no answer came.
    var status: Int?
    /// The answer's x-request-id, which Wistia's support can look up; nil without an answer or without that header.
    var requestID: String?
    /// How many times it was tried.
    var attempts = 1
    /// The cause, in the API's or the transport's words, and what to do; never a token.
    var detail: String

    /// The kind, as the platform counts it.
    var errorType: String { kind.rawValue }

    /// One line: subject, status, attempts, cause and remedy, x-request-id.
    var description: String {
        let answer = status.map { " with HTTP \($0)" } ?? ""
        let tries = attempts > 1 ? " after \(attempts) attempts" : ""
        let request = requestID.map { " (x-request-id \($0))" } ?? ""
        return "\(subject) failed\(answer)\(tries): \(detail)\(request)"
    }
}
