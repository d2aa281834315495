public import LambdaRuntime

extension WistiaError: ReportableError {
    /// The kind, as the platform counts it.
    public var errorType: String {
        switch kind {
        case .unauthorized: "Function.WistiaUnauthorized"
        case .forbidden: "Function.WistiaForbidden"
        case .notFound: "Function.WistiaNotFound"
        case .throttled: "Function.WistiaThrottled"
        case .serverFailed: "Function.WistiaServerFailed"
        case .invalidAnswer: "Function.WistiaInvalidAnswer"
        case .rejected: "Function.WistiaRejected"
        case .unreachable: "Function.WistiaUnreachable"
        case .untrustedServer: "Function.WistiaUntrustedServer"
        case .deadlineReached: "Function.WistiaDeadlineReached"
        }
    }
}
