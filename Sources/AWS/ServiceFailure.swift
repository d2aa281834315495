import HTTP

/// Why one attempt at a service call failed, before it is told in the words of that service's error.
struct ServiceFailure: Error {
    /// The service's code, or one of ours (`Transport`, `InvalidResponse`).
    var code: String
    /// The HTTP status; nil when no answer came.
    var status: Int?
    /// The service's words on one line, or the transport's.
    var message: String
    /// The service's id of the request.
    var requestID: String?
    /// The region that the service named instead of ours.
    var region: String?
    /// Whether the same request may well succeed later.
    var isRetryable: Bool
    /// How long the server asked us to wait.
    var retryAfterSeconds: Double?
    /// By how much the server's clock is ahead of ours, when that can be why it refused the signature.
    var clockDifferenceSeconds: Double?
    /// How many attempts were made.
    var attempts = 1

    /// Makes a failure that no answer explains.
    init(code: String, message: String, isRetryable: Bool) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
    }

    /// Makes a failure from a service's answer.
    ///
    /// - Parameters:
    ///   - code: The code that the answer names; empty when it names none, as answers to HEAD cannot.
    ///   - message: The words that go with it.
    ///   - response: The answer.
    ///   - isRetryable: Overrules what status and code say.
    init(code: String, message: String, response: Response, isRetryable: Bool? = nil) {
        self.code = code.isEmpty ? Self.code(forStatus: response.status) : code
        status = response.status
        self.message = Self.oneLine(message.isEmpty ? "the answer does not say why" : message)
        requestID = response.headers["x-amz-request-id"] ?? response.headers["x-amzn-RequestId"]
        region = response.headers["x-amz-bucket-region"]
        self.isRetryable =
            isRetryable
            ?? (Self.retryableStatuses.contains(response.status) || Self.retryableCodes.contains(self.code))
    }

    /// Makes a failure of what the answer should have held; such an answer may have been damaged on its way.
    static func invalidResponse(_ message: String, _ response: Response, isRetryable: Bool = true) -> Self {
        ServiceFailure(
            code: "InvalidResponse", message: message, response: response, isRetryable: isRetryable)
    }

    /// Makes a failure from the transport's error.
    init(_ error: TransportError) {
        let isRetryable =
            switch error.kind {
            case .invalidURL, .invalidRequest, .untrustedServer: false
            case .unknownHost, .connectionFailed, .timedOut, .other: true
            }
        let remedy =
            error.kind == .untrustedServer ? "; check the endpoint and the bundle of trusted authorities" : ""
        self.init(
            code: "Transport", message: Self.oneLine(error.description) + remedy, isRetryable: isRetryable)
    }

    /// What to do about a clock that is wrong; nil when it is not.
    var clockAdvice: String? {
        guard let seconds = clockDifferenceSeconds else { return nil }
        let amount = Int(abs(seconds).rounded())
        return
            "this machine's clock is \(amount) s \(seconds > 0 ? "behind" : "ahead of") the server's; set it"
    }

    private static let retryableStatuses: Set<Int> = [429, 500, 502, 503, 504]

    /// Codes that are worth another attempt whatever their status
    /// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
    private static let retryableCodes: Set<String> = [
        "BandwidthLimitExceeded", "InternalError", "InternalServiceError", "InternalServiceErrorException",
        "PriorRequestNotComplete", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
        "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "SlowDown", "ThrottledException",
        "Throttling", "ThrottlingException", "TooManyRequestsException",
    ]

    private static func code(forStatus status: Int) -> String {
        switch status {
        case 301, 302, 307, 308: "PermanentRedirect"
        case 400: "BadRequest"
        case 403: "AccessDenied"
        case 404: "NotFound"
        case 409: "ConditionalRequestConflict"
        case 412: "PreconditionFailed"
        case 416: "InvalidRange"
        case 429: "TooManyRequests"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        default: "HTTP\(status)"
        }
    }

    private static let messageLengthMaximum = 500

    /// A foreign text as part of an error's one line: no line ends or control characters, and not too long.
    static func oneLine(_ text: String) -> String {
        let words = text.split { $0.isWhitespace || ($0.asciiValue ?? 0x20) < 0x20 }.joined(separator: " ")
        return words.count <= messageLengthMaximum ? words : "\(words.prefix(messageLengthMaximum))…"
    }
}
