public import AWS

/// A part as it lies in S3, with what its source needs to know of each line.
public struct StoredPart<Line: Sendable>: Sendable {
    /// The kind of record that it holds.
    public var stream: Stream
    /// Its number within the run's stream, from 1.
    public var number: Int
    /// The object's key.
    public var key: String
    /// The object's version.
    public var etag: ETag
    /// Its size in S3.
    public var sizeBytes: Int
    /// What its writer said of it.
    public var metadata: [String: String]
    /// Its lines, in order.
    public var lines: [Line]

    /// The attempt that wrote it; nil when its metadata does not say.
    public var writerID: String? { metadata[PartStore.writerIDName] }
}
