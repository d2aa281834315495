/// An environment variable that the functions read.
///
/// The lists of all sources and of each source are the only ones: the documents and the template are checked against them.
/// What the platform and the AWS SDKs define (`AWS_…`) is read where it is used.
public struct Variable: Sendable, Hashable {
    /// The name.
    public var name: String
    /// What counts when it is not set or empty; nil where it is required, or absence has a meaning of its own.
    public var defaultValue: String?

    package init(_ name: String, default defaultValue: String? = nil) {
        self.name = name
        self.defaultValue = defaultValue
    }

    package static let bronzeBucket = Variable("BRONZE_BUCKET")
    package static let silverBucket = Variable("SILVER_BUCKET")
    package static let goldBucket = Variable("GOLD_BUCKET")
    /// Which sources are on, separated by commas; empty for all, `none` for no source.
    public static let sources = Variable("SOURCES")
    /// What happens to names and addresses: `hash`, `drop` or `keep`.
    public static let personalDataMode = Variable("PII_MODE", default: "hash")
    /// The secret that holds the key of the hashes.
    public static let personalDataKeySecretID = Variable("PII_KEY_SECRET_ID")

    /// Those that every source needs.
    public static let common: [Variable] = [
        .bronzeBucket, .silverBucket, .goldBucket, .sources, .personalDataMode, .personalDataKeySecretID,
    ]
}
