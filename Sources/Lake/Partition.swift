import AWS
import Digest

/// One object that is one partition of a table, replaced as a whole.
struct Partition {
    /// What a replacement came to.
    enum Outcome: String, Sendable {
        /// New bytes were written.
        case written
        /// The bytes were there already.
        case unchanged
    }

    /// The metadata name under which a partition's own SHA-256 is kept, in hex.
    ///
    /// An ETag is a hash of the content only in some encryption modes.
    static let digestName = "content-sha256"
    /// The metadata name under which a derived partition keeps the digest of what it was made of.
    static let madeOfName = "made-of"
    static let contentType = "application/vnd.apache.parquet"

    var bucket: String
    var key: String

    var resource: String { "s3://\(bucket)/\(key)" }

    /// Writes bytes over what was there when it was read, and nothing else.
    ///
    /// - Parameters:
    ///   - bytes: The new content.
    ///   - current: What was there before any input was read; nil when nothing was.
    ///   - madeOf: The digest of the object that the bytes follow from; nil where they follow from several.
    ///   - store: Where it lies.
    /// - Returns: Whether something had to be written.
    /// - Throws: ``S3Error`` whose `isWriteConflict` says that the inputs have to be read again.
    func write(
        _ bytes: [UInt8], over current: ObjectAttributes?, madeOf: String? = nil, in store: any ObjectStore
    ) async throws -> Outcome {
        let digest = SHA256.hash(bytes).hexEncoded
        var metadata = [Partition.digestName: digest]
        if let madeOf { metadata[Partition.madeOfName] = madeOf }
        if let current, current.sizeBytes == bytes.count, current.metadata == metadata { return .unchanged }
        _ = try await store.put(
            key, bucket: bucket, body: bytes, contentType: Partition.contentType,
            condition: current.map { .ifMatch($0.etag) } ?? .ifNoneMatch,
            metadata: metadata)
        return .written
    }
}
