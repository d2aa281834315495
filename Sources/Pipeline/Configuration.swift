/// An environment variable that the functions read.
///
/// This list is the only one: the table in infra/README.md and the template are checked against it. What the platform and
/// the AWS SDKs define (`AWS_…`) is read where it is used.
public enum Variable: String, Sendable, CaseIterable {
    /// The bronze bucket's name.
    case bronzeBucket = "BRONZE_BUCKET"
    /// The silver bucket's name.
    case silverBucket = "SILVER_BUCKET"
    /// The gold bucket's name.
    case goldBucket = "GOLD_BUCKET"
    /// The secret that holds `{"api_token": …}`.
    case wistiaSecretID = "WISTIA_SECRET_ID"
    /// The API's address without a path.
    case wistiaBaseURL = "WISTIA_BASE_URL"
    /// Hashed ids of the media to read, separated by commas; empty reads all.
    case wistiaMediaIDs = "WISTIA_MEDIA_IDS"
    /// Requests a minute at most; the account's limit is 600, shared with every other tool.
    case wistiaRequestsPerMinute = "WISTIA_REQUESTS_PER_MINUTE"
    /// What happens to names and addresses: `hash`, `drop` or `keep`.
    case personalDataMode = "PII_MODE"
    /// The secret that holds the key of the hashes.
    case personalDataKeySecretID = "PII_KEY_SECRET_ID"

    /// What counts when the variable is not set or empty; nil where it is required, or absence has a meaning of its own.
    public var defaultValue: String? {
        switch self {
        case .wistiaBaseURL: "https://api.wistia.com"
        case .wistiaRequestsPerMinute: "480"
        case .personalDataMode: "hash"
        case .bronzeBucket, .silverBucket, .goldBucket, .wistiaSecretID, .wistiaMediaIDs,
            .personalDataKeySecretID:
            nil
        }
    }
}

/// The environment as the functions see it.
public struct Configuration: Sendable {
    private var values: [String: String]

    /// Takes the process's variables.
    public init(environment: [String: String]) {
        values = environment
    }

    /// A variable's value or its default; empty counts as absent.
    ///
    /// - Parameter variable: Which one.
    /// - Returns: Its value.
    /// - Throws: ``PipelineError/configuration(variable:problem:)`` when it has neither.
    public func required(_ variable: Variable) throws -> String {
        guard let value = string(variable) ?? variable.defaultValue else {
            throw PipelineError.configuration(variable: variable.rawValue, problem: "it is not set")
        }
        return value
    }

    /// A variable's value; nil when it is not set or empty.
    public func string(_ variable: Variable) -> String? {
        guard let value = values[variable.rawValue], !value.isEmpty else { return nil }
        return value
    }

    /// The variable that names each bucket, by the bucket.
    var bucketVariables: [String: String] {
        let variables: [Variable] = [.bronzeBucket, .silverBucket, .goldBucket]
        let named = variables.compactMap { variable in string(variable).map { ($0, variable.rawValue) } }
        return Dictionary(named, uniquingKeysWith: { first, _ in first })
    }

    /// Requests a minute: 1…100,000.
    ///
    /// The default leaves a fifth of the account's 600 to other tools. Values above 600 are for sandboxes.
    public func requestsPerMinute() throws -> Int {
        let text = try required(.wistiaRequestsPerMinute)
        guard let value = Int(text), (1...100_000).contains(value) else {
            throw PipelineError.configuration(
                variable: Variable.wistiaRequestsPerMinute.rawValue,
                problem: "\(text) is not a whole number from 1 to 100000")
        }
        return value
    }

    /// The media to read; empty for all.
    public func mediaIDs() throws -> [String] {
        guard let text = string(.wistiaMediaIDs) else { return [] }
        var ids: [String] = []
        for item in text.split(separator: ",") {
            let id = String(item.filter { $0 != " " })
            guard !id.isEmpty, id.utf8.allSatisfy(Configuration.isAlphanumeric) else {
                throw PipelineError.configuration(
                    variable: Variable.wistiaMediaIDs.rawValue, problem: "\(item) is not a hashed media id")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// The API's address without a trailing slash.
    public func wistiaBaseURL() throws -> String {
        let text = try required(.wistiaBaseURL)
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            throw PipelineError.configuration(
                variable: Variable.wistiaBaseURL.rawValue, problem: "\(text) is not an http(s) address")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
