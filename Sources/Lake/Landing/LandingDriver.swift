import AWS
import HTTP
import LambdaRuntime
import Logging

/// Does the runs of landed files: reads a file to its end, keeps its bytes as the run's part, commits.
struct LandingDriver: Sendable {
    /// Under which name a part tells the SHA-256 of its bytes.
    static let digestName = "sha256"

    /// Bronze's bucket.
    var bucket: String
    var store: any ObjectStore
    /// The source's name.
    var source: String
    var landing: Landing
    var time: any TimeSource
    var random: any RandomSource
    var logger: Logger

    /// Does the run of a file, unless it has its commit.
    ///
    /// - Parameters:
    ///   - file: The file; without a version it is the newest one of its key.
    ///   - isSuperseded: Whether there is a newer version, which heals this one if it cannot be read: else each search would report
    ///     it again until it is too old for them.
    /// - Returns: What it came to.
    /// - Throws: ``LakeError`` when the file is not there or cannot be read to its end; what the store throws.
    func run(_ file: ObjectReference, isSuperseded: Bool = false) async throws -> BronzeReport {
        let resource = "s3://\(file.bucket)/\(file.key)"
        guard !Landing.isIgnored(file.key) else { return BronzeReport(ignored: resource) }
        do {
            var report = try await retryingOnConflict(resource, time: time, random: random) {
                try await attempt(file, resource)
            }
            report.file = resource
            return report
        } catch let error as Unreadable {
            guard isSuperseded else { throw error.error }
            logger.warning("passed over, since it is no longer the newest version: \(error.error)")
            return BronzeReport(ignored: resource)
        }
    }

    /// Thrown when the fault is the file's own.
    private struct Unreadable: Error {
        var error: LakeError
    }

    private func attempt(_ file: ObjectReference, _ resource: String) async throws -> BronzeReport {
        let asked = file.versionID == "null" ? nil : file.versionID
        // The newest version, which it nearly always is, is asked for without its name: stand-ins for S3 give versions that are named
        // with their Content-Encoding, whatever they are asked.
        var attributes = try await store.head(file.key, bucket: file.bucket, version: nil)
        let isNewest = attributes != nil && (asked == nil || attributes?.versionID == asked)
        if !isNewest, let asked {
            attributes = try await store.head(file.key, bucket: file.bucket, version: asked)
        }
        guard let attributes else {
            throw LakeError.missingFile(LandingDriver.name(resource, version: asked))
        }
        let version = isNewest ? attributes.versionID : asked
        let name = LandingDriver.name(resource, version: version)
        guard let modifiedAt = attributes.modifiedAt else {
            throw LakeError(
                "MissingObject",
                "read \(name) failed: the store does not say when it was written; check what answers at this address"
            )
        }
        let identity = LandedFile.Identity(
            bucket: file.bucket, key: file.key, version: version, etag: attributes.etag.value)
        let commits = BronzeCommitStore(bucket: bucket, store: store, time: time, random: random)
        var read: (bytes: [UInt8], content: LandedContent)?
        for attempt in 0..<LandedFile.Identity.runCount {
            let run = identity.run(source: source, modifiedAt: modifiedAt, attempt: attempt)
            if let present = try await commits.commit(of: run) {
                if present.landed?.identity == identity {
                    return BronzeReport(.alreadyCommitted, present, key: ObjectLayout.commitKey(run: run))
                }
                logger.warning("the run \(run.id) is of another file than \(name); taking the next id")
                continue
            }
            if read == nil {
                read = try await content(file.key, version: isNewest ? nil : version, attributes, name)
            }
            guard let (bytes, content) = read else { continue }
            guard let parts = try await keep(bytes, content, run: run) else {
                logger.warning("the part of \(run.id) is of another file than \(name); taking the next id")
                continue
            }
            let commit = try await commits.write(
                commit(
                    of: run, parts: parts, content: content,
                    landed: LandedFile(
                        bucket: file.bucket, key: file.key, version: version, etag: attributes.etag.value,
                        sizeBytes: bytes.count, members: content.members, sha256: content.sha256,
                        format: landing.format.name)))
            if commit.landed?.identity == identity {
                logger.info("kept \(name) as \(run.id): \(content.rows) rows in \(bytes.count) bytes")
                return BronzeReport(.committed, commit, key: ObjectLayout.commitKey(run: run))
            }
        }
        throw LakeError.runIDsTaken(name)
    }

    /// A version of a file as errors call it.
    private static func name(_ resource: String, version: String?) -> String {
        version.map { "\(resource) version \($0)" } ?? resource
    }

    /// Reads a version of a file to its end; nil reads the newest one.
    private func content(_ key: String, version: String?, _ attributes: ObjectAttributes, _ name: String)
        async throws -> (bytes: [UInt8], content: LandedContent)
    {
        guard attributes.sizeBytes <= landing.sizeLimitBytes else {
            throw Unreadable(
                error: .fileTooLarge(
                    name, sizeBytes: attributes.sizeBytes, limitBytes: landing.sizeLimitBytes))
        }
        let object: StoredObject
        do {
            object = try await store.get(key, bucket: landing.bucket, version: version)
        } catch let error as S3Error where error.code == .noSuchKey || error.code == .noSuchVersion {
            throw LakeError.missingFile(name)
        }
        // The file can be replaced while it is read; what it is now has another run.
        guard object.attributes.etag == attributes.etag,
            version != nil || object.attributes.versionID == attributes.versionID
        else { throw InputChanged() }
        guard object.body.count == attributes.sizeBytes else {
            throw S3Error(
                code: .invalidResponse, operation: "GetObject", resource: name,
                message: "\(object.body.count) bytes came of \(attributes.sizeBytes)")
        }
        do {
            let content = try LandedContent(
                of: object.body, format: landing.format, limitBytes: landing.contentLimitBytes)
            return (object.body, content)
        } catch let error as GzipError where error != .outOfMemory {
            throw Unreadable(error: .unreadableFile(name, cause: "\(error)"))
        }
    }

    /// Keeps a file's bytes as the run's only part; a file without bytes has none.
    ///
    /// - Returns: The part; nil when another file's bytes lie there.
    private func keep(_ bytes: [UInt8], _ content: LandedContent, run: Run) async throws
        -> [BronzeCommit.Part]?
    {
        guard !bytes.isEmpty else { return [] }
        let format = landing.format
        let key = ObjectLayout.partKey(
            stream: landing.stream, run: run, number: 1, format: format.suffix, isGzip: content.isGzip)
        let etag = try await retryingOnConflict("s3://\(bucket)/\(key)", time: time, random: random) {
            () async throws -> ETag? in
            do {
                return try await store.put(
                    key, bucket: bucket, body: bytes, contentType: format.contentType(isGzip: content.isGzip),
                    condition: .ifNoneMatch, metadata: [LandingDriver.digestName: content.sha256])
            } catch let error as S3Error where error.isWriteConflict {
                // 409 says that another write is under way; until it is done there is nothing to take.
                guard let present = try await store.head(key, bucket: bucket) else { throw error }
                return present.metadata[LandingDriver.digestName] == content.sha256 ? present.etag : nil
            }
        }
        return etag.map {
            [
                BronzeCommit.Part(
                    stream: landing.stream, key: key, etag: $0.value, sizeBytes: bytes.count,
                    lines: content.lines, rows: content.rows)
            ]
        }
    }

    private func commit(
        of run: Run, parts: [BronzeCommit.Part], content: LandedContent, landed: LandedFile
    ) -> BronzeCommit {
        BronzeCommit(
            run: run,
            reading: Reading(
                parts: parts,
                ledger: [
                    landing.stream.rawValue: BronzeCommit.StreamLedger(
                        requests: 1, rowsAnswered: content.rows, rowsInParts: content.rows)
                ], cursor: .empty),
            landed: landed)
    }
}
