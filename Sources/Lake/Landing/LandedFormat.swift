/// How landed files hold records: a record a line.
public struct LandedFormat: Sendable, Equatable {
    /// The name, which stands in the commit.
    public var name: String
    /// How the keys of parts end, before `.gz` if they are gzipped: `jsonl` or `csv`.
    public var suffix: String
    /// Whether the first line that is not blank names the columns, and is no row.
    public var hasHeader: Bool

    /// Describes a format.
    public init(name: String, suffix: String, hasHeader: Bool = false) {
        self.name = name
        self.suffix = suffix
        self.hasHeader = hasHeader
    }

    /// A JSON object a line.
    public static let jsonLines = LandedFormat(name: "jsonl", suffix: "jsonl")

    /// The media type of a part.
    func contentType(isGzip: Bool) -> String {
        if isGzip { return "application/gzip" }
        return suffix == "csv" ? "text/csv" : "application/x-ndjson"
    }
}
