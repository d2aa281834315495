public import AWS
public import Datasets
public import LambdaRuntime
public import Wistia

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
        case .misconfigured: "Function.WistiaMisconfigured"
        }
    }
}

extension S3Error: ReportableError {
    /// S3's code, as the platform counts it; it takes letters only, so that `S3` cannot be part of it.
    public var errorType: String { "Function.Storage\(code.rawValue.filter { $0.isASCII && $0.isLetter })" }
}

extension AWS.ConfigurationError: ReportableError {
    /// As that of our own configuration.
    public var errorType: String { "Function.Configuration" }
}

extension SecretsManagerError: ReportableError {
    /// Always the same.
    public var errorType: String { "Function.SecretsManager" }
}

extension PersonalDataPolicyError: ReportableError {
    /// As that of the rest of the configuration.
    public var errorType: String { "Function.Configuration" }
}

extension GoldInvariantError: ReportableError {
    /// Always the same.
    public var errorType: String { "Function.GoldInvariant" }
}
