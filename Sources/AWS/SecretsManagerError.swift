/// Why a secret could not be read, after its retries.
public struct SecretsManagerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The service's code (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html), or
    /// `Transport` or `InvalidResponse`.
    public var code: String
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The secret's name or ARN.
    public var secretID: String
    /// How many times it was tried.
    public var attempts: Int
    /// The service's id of the request; nil when no answer came.
    public var requestID: String?
    /// The service's words or the transport's, and what to do where that is known; never the value.
    public var message: String

    /// Makes an error.
    public init(
        code: String, status: Int? = nil, secretID: String, attempts: Int = 1, requestID: String? = nil,
        message: String
    ) {
        self.code = code
        self.status = status
        self.secretID = secretID
        self.attempts = attempts
        self.requestID = requestID
        self.message = message
    }

    /// One line: operation, subject, attempts, cause.
    public var description: String {
        let tries = attempts > 1 ? " after \(attempts) attempts" : ""
        let answer = status.map { " (HTTP \($0))" } ?? ""
        let request = requestID.map { ", request \($0)" } ?? ""
        return "GetSecretValue \(secretID) failed\(tries): \(code)\(answer): \(message)\(request)"
    }
}
