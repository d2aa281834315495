/// One way in which the API has been seen, or must be feared, to fail.
public enum Fault: String, Sendable, CaseIterable {
    /// 401 with a JSON code, as after a rotated token.
    case unauthorized = "401"
    /// 403 with a JSON code, as for a token without the scope.
    case forbidden = "403"
    /// 429 in plain text with Retry-After in seconds.
    case tooMany = "429"
    /// 429 in plain text with Retry-After as a date.
    case tooManyDated = "429-date"
    /// 429 in plain text without Retry-After.
    case tooManyBare = "429-bare"
    /// 503 as the analytics endpoints send it, in JSON, without Retry-After.
    case unavailable = "503"
    /// 503 in plain text with Retry-After in seconds, as the 2016 documentation has it.
    case unavailableText = "503-text"
    /// 500 with JSON.
    case serverError = "500"
    /// 502 with a web server's HTML.
    case badGateway = "502"
    /// 504 with a web server's HTML.
    case gatewayTimeout = "504"
    /// The right answer, but the first byte comes late.
    case slow = "slow"
    /// 200 with half of the JSON, its Content-Length in agreement.
    case truncated = "truncated"
    /// 200 with the whole Content-Length, but the connection breaks in the middle of the body.
    case cut = "cut"
}
