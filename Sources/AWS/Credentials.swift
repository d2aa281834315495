/// What a request is signed with.
public struct Credentials: Sendable, Equatable {
    /// The access key's name, such as `AKIAIOSFODNN7EXAMPLE`; it goes out with every request and is no secret.
    public var accessKeyID: String
    /// The access key's secret half; it is never sent.
    public var secretAccessKey: Secret
    /// The token that goes with temporary credentials; nil for a user's own.
    public var sessionToken: Secret?

    /// Makes credentials.
    public init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// Reads what Lambda sets for a function's role: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    ///
    /// Lambda keeps them for the life of the process, so reading them once is enough
    /// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
    ///
    /// - Parameter environment: The process environment.
    /// - Throws: ``ConfigurationError`` that names each variable that is missing. A missing token is not an error.
    public init(environment: [String: String]) throws {
        let accessKeyID = environment.nonEmpty("AWS_ACCESS_KEY_ID")
        let secretAccessKey = environment.nonEmpty("AWS_SECRET_ACCESS_KEY")
        guard let accessKeyID, let secretAccessKey else {
            let missing = [
                accessKeyID == nil ? "AWS_ACCESS_KEY_ID" : nil,
                secretAccessKey == nil ? "AWS_SECRET_ACCESS_KEY" : nil,
            ].compactMap(\.self)
            throw ConfigurationError(
                "read AWS credentials failed: \(missing.joined(separator: " and ")) "
                    + "\(missing.count == 1 ? "is" : "are") not set; Lambda sets them from the function's role, "
                    + "elsewhere use `aws configure export-credentials --format env`")
        }
        self.init(
            accessKeyID: accessKeyID, secretAccessKey: Secret(secretAccessKey),
            sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN").map { Secret($0) })
    }
}
