import Digest
import HTTP

/// A landed file as its run's commit names it.
public struct LandedFile: Codable, Sendable, Equatable {
    /// The bucket.
    public var bucket: String
    /// The key.
    public var key: String
    /// The version; nil in a bucket without versions.
    public var version: String?
    /// The ETag with its quotes.
    public var etag: String
    /// The size.
    public var sizeBytes: Int
    /// How many gzip members it has; 0 when it is not gzipped.
    public var members: Int
    /// The SHA-256 of its bytes, in hexadecimal digits.
    public var sha256: String
    /// The format's name.
    public var format: String

    enum CodingKeys: String, CodingKey {
        case bucket, key, version, etag, members, sha256, format
        case sizeBytes = "size"
    }

    /// What makes it this file and no other.
    var identity: Identity { Identity(bucket: bucket, key: key, version: version, etag: etag) }

    /// Which file: bucket, key and version, or ETag where there are no versions.
    struct Identity: Sendable, Equatable {
        /// How many run ids a file can have.
        static let runCount = SHA256.sizeBytes / 4

        var bucket: String
        var key: String
        /// The version's id, or the ETag.
        var revision: String

        init(bucket: String, key: String, version: String?, etag: String) {
            self.bucket = bucket
            self.key = key
            revision = version ?? etag
        }

        /// The run that a file is read in.
        ///
        /// It follows from the file alone, so that whoever tells of it starts the same run.
        ///
        /// - Parameters:
        ///   - source: The source's name.
        ///   - modifiedAt: When S3 got the file.
        ///   - attempt: From 0; another file of the same second can have the same eight digits, and then the next eight are taken.
        /// - Returns: The run.
        func run(source: String, modifiedAt: Timestamp, attempt: Int = 0) -> Run {
            // Keys can hold any character but NUL.
            let digest = SHA256.hash(Array([bucket, key, revision].joined(separator: "\0").utf8))
            let tag = Array(digest[(attempt * 4)..<(attempt * 4 + 4)]).hexEncoded
            return Run(
                source: source, id: "\(modifiedAt.compact)-\(tag)", extractionDate: modifiedAt.date)
        }
    }
}
