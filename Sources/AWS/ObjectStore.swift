public import HTTP

/// What the pipeline needs of S3, so that a store in memory can stand in for it.
///
/// Every method retries what can be retried before it throws ``S3Error``.
public protocol ObjectStore: Sendable {
    /// Reads an object, or a byte range of it.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - range: Which bytes; nil reads all.
    /// - Returns: The bytes with the object's ETag and metadata.
    /// - Throws: ``S3Error``; its code is `.noSuchKey` when there is no such object.
    func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject

    /// Asks for an object's ETag, size and metadata.
    ///
    /// - Returns: nil when there is no such object.
    func head(_ key: String, bucket: String) async throws -> ObjectAttributes?

    /// Reads one version of an object, as its bytes lie in the store.
    ///
    /// Unlike ``get(_:bucket:range:)`` it asks for the bytes without their `Content-Encoding`: what others wrote with
    /// `Content-Encoding: gzip` would come unpacked from some HTTP clients and not at all from others.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - version: Which version; nil reads the newest.
    /// - Returns: The bytes with the version's attributes.
    /// - Throws: ``S3Error``; its code is `.noSuchKey` or `.noSuchVersion` when there is no such thing.
    func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject

    /// Asks for the attributes of one version of an object.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - version: Which version; nil asks for the newest.
    /// - Returns: nil when there is no such object or version.
    /// - Throws: ``S3Error``.
    func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes?

    /// Writes an object.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - body: The bytes.
    ///   - contentType: The media type to keep with it.
    ///   - condition: What must hold for the write to happen; nil writes always.
    ///   - metadata: User metadata; names are lower case and without the `x-amz-meta-` prefix.
    /// - Returns: The new object's ETag.
    /// - Throws: ``S3Error``; `.preconditionFailed` (412), `.conditionalRequestConflict` (409) and, with `ifMatch`,
    ///   `.noSuchKey` (404) mean that the condition did not hold. After a lost reply 412 may be the echo of one's own write.
    func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag

    /// Lists every object under a prefix in key order, whatever the number of requests it takes.
    func list(prefix: String, bucket: String) async throws -> [ListedObject]

    /// Lists every version of every object under a prefix, in key order and newest first within a key.
    ///
    /// In a bucket without versions those are the objects.
    func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion]

    /// Lists the distinct "folders" one level below a prefix (up to and with the next `/`), in order.
    func listFolders(prefix: String, bucket: String) async throws -> [String]
}

/// An object's version token, with its quotes as S3 sends it; compared, never interpreted.
public struct ETag: Sendable, Hashable {
    /// The token with its quotes.
    public var value: String

    /// Makes a token from a header's value.
    public init(_ value: String) {
        self.value = value
    }
}

/// What must hold for a write to happen.
public enum WriteCondition: Sendable, Equatable {
    /// `If-None-Match: *`: there is no such object yet.
    case ifNoneMatch
    /// `If-Match`: the object still has this ETag.
    case ifMatch(ETag)
}

/// An object's attributes without its bytes.
public struct ObjectAttributes: Sendable, Equatable {
    /// The version token.
    public var etag: ETag
    /// The size in bytes.
    public var sizeBytes: Int
    /// User metadata; names are lower case and without the `x-amz-meta-` prefix.
    public var metadata: [String: String]
    /// The version's id; nil where a key has one version only, whatever it holds.
    public var versionID: String?
    /// When it was written, by the store's clock in whole seconds; nil when the answer does not say.
    public var modifiedAt: Timestamp?

    /// Makes attributes.
    public init(
        etag: ETag, sizeBytes: Int, metadata: [String: String], versionID: String? = nil,
        modifiedAt: Timestamp? = nil
    ) {
        self.etag = etag
        self.sizeBytes = sizeBytes
        self.metadata = metadata
        self.versionID = versionID
        self.modifiedAt = modifiedAt
    }
}

/// An object, or a range of it, with its attributes.
public struct StoredObject: Sendable, Equatable {
    /// The bytes asked for.
    public var body: [UInt8]
    /// The whole object's attributes.
    public var attributes: ObjectAttributes

    /// Makes an object.
    public init(body: [UInt8], attributes: ObjectAttributes) {
        self.body = body
        self.attributes = attributes
    }
}

/// One row of a listing.
public struct ListedObject: Sendable, Equatable {
    /// The key, not encoded.
    public var key: String
    /// The version token.
    public var etag: ETag
    /// The size in bytes.
    public var sizeBytes: Int
    /// When it was written, by the store's clock; S3 tells whole seconds.
    public var modifiedAt: Timestamp

    /// Makes a row.
    public init(key: String, etag: ETag, sizeBytes: Int, modifiedAt: Timestamp) {
        self.key = key
        self.etag = etag
        self.sizeBytes = sizeBytes
        self.modifiedAt = modifiedAt
    }
}

/// One row of a listing of versions.
public struct ListedVersion: Sendable, Equatable {
    /// The object as this version has it.
    public var object: ListedObject
    /// The version's id; nil where a key has one version only.
    public var versionID: String?
    /// Whether no other version, nor a deletion, came after it.
    public var isLatest: Bool

    /// Makes a row.
    public init(object: ListedObject, versionID: String?, isLatest: Bool) {
        self.object = object
        self.versionID = versionID
        self.isLatest = isLatest
    }
}
