/// Where files of a source land, and what they are.
public struct Landing: Sendable, Equatable {
    /// The largest file that a bronze of common size can take: it is held in memory as it came.
    public static let sizeBytesMaximum = 256 << 20
    /// The largest content of a file: what one invocation has time to check, and silver holds in memory.
    public static let contentBytesMaximum = 1 << 31

    /// The bucket.
    public var bucket: String
    /// What the keys begin with; empty for the whole bucket.
    public var prefix: String
    /// Where the date stands in a key; nil when keys have none, so that a search lists everything under the prefix.
    public var keyTemplate: KeyTemplate?
    /// The kind of record that the files hold.
    public var stream: Stream
    /// How they hold it.
    public var format: LandedFormat
    /// The largest file to accept, as it lies in the bucket.
    public var sizeLimitBytes: Int
    /// The largest content to accept.
    public var contentLimitBytes: Int

    /// Describes a landing.
    public init(
        bucket: String, prefix: String = "", keyTemplate: KeyTemplate? = nil, stream: Stream,
        format: LandedFormat, sizeLimitBytes: Int = sizeBytesMaximum,
        contentLimitBytes: Int = contentBytesMaximum
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.keyTemplate = keyTemplate
        self.stream = stream
        self.format = format
        self.sizeLimitBytes = sizeLimitBytes
        self.contentLimitBytes = contentLimitBytes
    }

    /// Whether a key is one that nobody means as a file: a folder, a marker, or what is still being written.
    static func isIgnored(_ key: String) -> Bool {
        guard let name = key.split(separator: "/", omittingEmptySubsequences: false).last, !name.isEmpty
        else { return true }
        // `_SUCCESS` and its like begin with an underscore.
        return name.hasPrefix(".") || name.hasPrefix("_")
            || [".crc", ".tmp", ".part", ".filepart"].contains { name.hasSuffix($0) }
    }
}
