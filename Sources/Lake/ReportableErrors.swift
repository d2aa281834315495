public import AWS
public import LambdaRuntime
public import Tables

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

extension InvariantError: ReportableError {
    /// Always the same.
    public var errorType: String { "Function.GoldInvariant" }
}
