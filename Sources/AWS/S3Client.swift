internal import Digest
public import HTTP

/// Amazon S3, or what pretends to be it at another endpoint.
///
/// Every call retries throttling (429, 503 and S3's codes for it), server errors (500, 502, 504) and broken or damaged
/// answers, signed anew for each attempt; a clock that is wrong by more than four minutes is corrected once by the
/// server's `Date`. Everything else fails at once: 412, and 409 `ConditionalRequestConflict`, since only the caller can
/// read its inputs again.
public struct S3Client: ObjectStore {
    /// The moment after which no attempt starts, nor any wait that would reach it; nil sets none.
    public var deadline: Timestamp? {
        get { caller.deadline }
        set { caller.deadline = newValue }
    }

    /// The bucket's region as we see it.
    public let region: Region
    /// Where requests go.
    public let endpoint: Endpoint

    private var caller: SignedCaller
    private let bucketVariables: [String: String]
    private let traceHeader: @Sendable () -> String?

    /// Five attempts, delays of at most 0.5, 1, 2 and 4 seconds.
    public static let defaultRetryPolicy = RetryPolicy(
        attemptsMaximum: 5, delayBaseSeconds: 0.5, delayMaximumSeconds: 5)

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - transport: The way to the network.
    ///   - time: The clock, for signatures and waits.
    ///   - random: Where the jitter of waits comes from.
    ///   - credentials: Who signs.
    ///   - region: The buckets' region.
    ///   - endpoint: Where requests go.
    ///   - retryPolicy: How often and how patiently to try again.
    ///   - bucketVariables: The environment variable that names each bucket, by the bucket, for errors.
    ///   - traceHeader: The current invocation's `X-Amzn-Trace-Id`, sent along with writes, unsigned: Lambda's detection of
    ///     recursive loops follows it (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
    public init(
        transport: any Transport, time: any TimeSource, random: any RandomSource, credentials: Credentials,
        region: Region, endpoint: Endpoint, retryPolicy: RetryPolicy = defaultRetryPolicy,
        bucketVariables: [String: String] = [:], traceHeader: @escaping @Sendable () -> String? = { nil }
    ) {
        self.bucketVariables = bucketVariables
        self.region = region
        self.endpoint = endpoint
        self.traceHeader = traceHeader
        caller = SignedCaller(
            transport: transport, time: time, random: random,
            signer: Signer(credentials: credentials, region: region.name, service: "s3"),
            retryPolicy: retryPolicy)
    }

    /// Makes a client from the environment: credentials, region and endpoint.
    ///
    /// - Parameters:
    ///   - environment: The process environment.
    ///   - transport: The way to the network.
    ///   - time: The clock.
    ///   - random: Where the jitter of waits comes from.
    ///   - bucketVariables: The environment variable that names each bucket, by the bucket, for errors.
    ///   - traceHeader: The current invocation's `X-Amzn-Trace-Id`.
    /// - Throws: ``ConfigurationError``.
    public init(
        environment: [String: String], transport: any Transport, time: any TimeSource,
        random: any RandomSource, bucketVariables: [String: String] = [:],
        traceHeader: @escaping @Sendable () -> String? = { nil }
    ) throws {
        let region = try Region(environment: environment)
        try self.init(
            transport: transport, time: time, random: random,
            credentials: Credentials(environment: environment), region: region,
            endpoint: Endpoint(service: .s3, region: region, environment: environment),
            bucketVariables: bucketVariables, traceHeader: traceHeader)
    }

    /// The same client under a deadline, such as an invocation's.
    public func with(deadline: Timestamp?) -> S3Client {
        var client = self
        client.deadline = deadline
        return client
    }

    /// Reads an object, or a byte range of it.
    ///
    /// The bytes are checked against the length that the answer promises and, for a whole object, against the SHA-256 that
    /// S3 keeps with objects that ``put(_:bucket:body:contentType:condition:metadata:)`` wrote.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - range: Which bytes; nil reads all. One that ends behind the object's end is cut; one that starts there fails
    ///     with code `InvalidRange`.
    /// - Returns: The bytes with the whole object's ETag, size and metadata.
    /// - Throws: ``S3Error``; its code is `.noSuchKey` when there is no such object.
    public func get(_ key: String, bucket: String, range: Range<Int>?) async throws -> StoredObject {
        let call = S3Call(
            .getObject, bucket: bucket, key: key, region: region,
            bucketVariable: bucketVariables[bucket])
        if let range, range.isEmpty {
            // HTTP has no empty range.
            guard let attributes = try await head(key, bucket: bucket) else {
                throw call.refusal(.noSuchKey, "there is no such object")
            }
            return StoredObject(body: [], attributes: attributes)
        }
        var headers: Headers = [:]
        if let range {
            precondition(range.lowerBound >= 0, "a range starts at 0 or later")
            headers["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        } else {
            headers["x-amz-checksum-mode"] = "ENABLED"
        }
        let request = Request(url: try url(call), headers: headers)
        let response = try await send(request, call) { S3Answer.damage(of: $0, range: range) }
        guard let attributes = S3Answer.attributes(of: response) else {
            throw call.error(S3Answer.withoutETag(response))
        }
        return StoredObject(body: response.body, attributes: attributes)
    }

    /// Reads one version of an object, as its bytes lie in S3.
    ///
    /// `response-content-encoding` overrides what the object was stored with
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). URLSession would unpack `gzip` on its own, and fail on
    /// a file of several members. The bytes are checked as ``get(_:bucket:range:)`` does.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - version: Which version; nil reads the newest.
    /// - Returns: The bytes with the version's attributes.
    /// - Throws: ``S3Error``; its code is `.noSuchKey` or `.noSuchVersion` when there is no such thing.
    public func get(_ key: String, bucket: String, version: String?) async throws -> StoredObject {
        let call = S3Call(
            version == nil ? .getObject : .getObjectVersion, bucket: bucket, key: key, region: region,
            bucketVariable: bucketVariables[bucket])
        let query = ["response-content-encoding=identity"] + S3Client.query(version: version)
        let request = Request(
            url: try url(call, query: query.joined(separator: "&")),
            headers: ["x-amz-checksum-mode": "ENABLED"])
        let response = try await send(request, call) {
            S3Answer.damage(of: $0, range: nil) ?? S3Answer.unpacking(of: $0)
        }
        guard let attributes = S3Answer.attributes(of: response) else {
            throw call.error(S3Answer.withoutETag(response))
        }
        return StoredObject(body: response.body, attributes: attributes)
    }

    /// Asks for an object's ETag, size and metadata.
    ///
    /// An answer to HEAD has no body, so a missing bucket cannot be told from a missing object: both are nil.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    /// - Returns: nil when there is no such object.
    /// - Throws: ``S3Error``.
    public func head(_ key: String, bucket: String) async throws -> ObjectAttributes? {
        try await head(key, bucket: bucket, version: nil)
    }

    /// Asks for the attributes of one version of an object.
    ///
    /// As for ``head(_:bucket:)`` a missing bucket cannot be told from a missing object.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - version: Which version; nil asks for the newest.
    /// - Returns: nil when there is no such object or version.
    /// - Throws: ``S3Error``.
    public func head(_ key: String, bucket: String, version: String?) async throws -> ObjectAttributes? {
        let call = S3Call(
            version == nil ? .headObject : .headObjectVersion, bucket: bucket, key: key, region: region,
            bucketVariable: bucketVariables[bucket])
        let request = Request(
            method: "HEAD",
            url: try url(call, query: S3Client.query(version: version).joined(separator: "&")))
        do {
            let response = try await send(request, call) {
                S3Answer.attributes(of: $0) == nil ? S3Answer.withoutETag($0) : nil
            }
            return S3Answer.attributes(of: response)
        } catch let error as S3Error where error.status == 404 {
            return nil
        }
    }

    /// Writes an object in one request, at most 5 GB; S3 refuses it unless the bytes have the SHA-256 that we computed.
    ///
    /// An attempt whose answer is lost may have written. With a condition, the next attempt then meets its own write and is
    /// refused: a `.preconditionFailed` whose ``S3Error/attempts`` is above 1 may be one's own echo. The caller tells by
    /// metadata that only this write has.
    ///
    /// - Parameters:
    ///   - key: The object's key, not encoded.
    ///   - bucket: The bucket's name.
    ///   - body: The bytes.
    ///   - contentType: The media type to keep with it.
    ///   - condition: What must hold for the write to happen; nil writes always.
    ///   - metadata: User metadata in printable ASCII; names are lower case and without the `x-amz-meta-` prefix.
    /// - Returns: The new object's ETag.
    /// - Throws: ``S3Error``; `.preconditionFailed` (412), `.conditionalRequestConflict` (409) and, with `ifMatch`,
    ///   `.noSuchKey` (404) mean that the condition did not hold.
    public func put(
        _ key: String, bucket: String, body: [UInt8], contentType: String, condition: WriteCondition?,
        metadata: [String: String]
    ) async throws -> ETag {
        let call = S3Call(
            .putObject(condition), bucket: bucket, key: key, region: region,
            bucketVariable: bucketVariables[bucket])
        let hash = SHA256.hash(body)
        var headers: Headers = ["Content-Type": contentType, "x-amz-checksum-sha256": hash.base64Encoded]
        switch condition {
        case nil: break
        case .ifNoneMatch: headers["If-None-Match"] = "*"
        case .ifMatch(let etag): headers["If-Match"] = etag.value
        }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0.isMetadataNameCharacter }) else {
                throw call.refusal(
                    .invalidArgument, "'\(name)' is no name for metadata; use a-z, 0-9 and hyphens")
            }
            headers["x-amz-meta-\(name)"] = value
        }
        // Anything else could arrive changed, and the signature would fail without saying so.
        for field in headers.fields where !field.value.isPrintableASCII {
            throw call.refusal(
                .invalidArgument,
                "the value of \(field.name) is not printable ASCII without space at its ends; encode it first"
            )
        }
        headers["X-Amzn-Trace-Id"] = traceHeader()
        let request = Request(method: "PUT", url: try url(call), headers: headers, body: body)
        let response = try await send(request, call, payloadHash: hash) { S3Answer.errorDocument($0) }
        guard let etag = response.headers["ETag"] else {
            throw call.error(S3Answer.withoutETag(response))
        }
        return ETag(etag)
    }

    /// Lists every object under a prefix in key order, whatever the number of requests it takes.
    ///
    /// - Parameters:
    ///   - prefix: What keys begin with, not encoded; empty lists the bucket.
    ///   - bucket: The bucket's name.
    /// - Returns: The objects in the order of their keys' UTF-8 bytes.
    /// - Throws: ``S3Error``.
    public func list(prefix: String, bucket: String) async throws -> [ListedObject] {
        var objects: [ListedObject] = []
        try await eachPage(prefix: prefix, delimiter: nil, bucket: bucket) { objects += $0.objects }
        return objects
    }

    /// Lists every version of every object under a prefix, whatever the number of requests it takes.
    ///
    /// - Parameters:
    ///   - prefix: What keys begin with, not encoded; empty lists the bucket.
    ///   - bucket: The bucket's name.
    /// - Returns: The versions in the order of their keys' UTF-8 bytes, newest first within a key; deletions are left out.
    /// - Throws: ``S3Error``.
    public func listVersions(prefix: String, bucket: String) async throws -> [ListedVersion] {
        let call = S3Call(
            .listObjectVersions, bucket: bucket, key: prefix, region: region,
            bucketVariable: bucketVariables[bucket])
        var versions: [ListedVersion] = []
        var marker: S3VersionsPage.Marker?
        repeat {
            var query = ["encoding-type=url", "prefix=\(PercentEncoding.encode(prefix))", "versions="]
            if let marker {
                query.append("key-marker=\(PercentEncoding.encode(marker.key))")
                if let version = marker.version {
                    query.append("version-id-marker=\(PercentEncoding.encode(version))")
                }
            }
            let page = try await page(call, query: query, as: S3VersionsPage.self)
            versions += page.content.versions
            guard page.content.next == nil || page.content.next != marker else {
                throw call.error(
                    .invalidResponse("the listing does not advance", page.response, isRetryable: false))
            }
            marker = page.content.next
        } while marker != nil
        return versions
    }

    /// Lists the distinct "folders" one level below a prefix (up to and with the next `/`), in order.
    ///
    /// - Parameters:
    ///   - prefix: What keys begin with, not encoded; as a rule it ends with `/`.
    ///   - bucket: The bucket's name.
    /// - Returns: Prefixes that begin with the one given and end with `/`.
    /// - Throws: ``S3Error``.
    public func listFolders(prefix: String, bucket: String) async throws -> [String] {
        var folders: [String] = []
        try await eachPage(prefix: prefix, delimiter: "/", bucket: bucket) { folders += $0.folders }
        return folders
    }

    private func eachPage(
        prefix: String, delimiter: String?, bucket: String, _ body: (S3ListPage) -> Void
    ) async throws {
        let call = S3Call(
            .listObjects, bucket: bucket, key: prefix, region: region,
            bucketVariable: bucketVariables[bucket])
        var token: String?
        repeat {
            var query = ["encoding-type=url", "list-type=2", "prefix=\(PercentEncoding.encode(prefix))"]
            if let delimiter { query.append("delimiter=\(PercentEncoding.encode(delimiter))") }
            if let token { query.append("continuation-token=\(PercentEncoding.encode(token))") }
            let (page, response) = try await page(call, query: query, as: S3ListPage.self)
            body(page)
            guard page.nextToken == nil || page.nextToken != token else {
                throw call.error(
                    .invalidResponse("the listing does not advance", response, isRetryable: false))
            }
            token = page.nextToken
        } while token != nil
    }

    /// One page of a listing.
    private func page<Page: S3Page>(_ call: S3Call, query: [String], as type: Page.Type) async throws
        -> (content: Page, response: Response)
    {
        let request = Request(
            url: endpoint.s3URL(bucket: call.bucket, query: query.sorted().joined(separator: "&")))
        // The page is read inside the retries, since a listing that was cut off is worth another attempt.
        let response = try await send(request, call) { response in
            if let failure = S3Answer.errorDocument(response) { return failure }
            do throws(XMLError) {
                _ = try type.init(document: response.body)
                return nil
            } catch {
                return .invalidResponse("the listing cannot be read: \(error)", response)
            }
        }
        return (try type.init(document: response.body), response)
    }

    /// The URL of a call's object.
    ///
    /// - Throws: ``S3Error`` for an empty key, which would name the bucket itself, and for one with a `.` or `..` segment,
    ///   which HTTP clients resolve on their own.
    private func url(_ call: S3Call, query: String = "") throws -> String {
        guard !call.bucket.isEmpty, !call.key.isEmpty else {
            throw call.refusal(.invalidArgument, "bucket and key must not be empty")
        }
        guard !call.key.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
            throw call.refusal(
                .invalidArgument, "HTTP clients resolve '.' and '..' in a path; choose another key")
        }
        return endpoint.s3URL(bucket: call.bucket, key: call.key, query: query)
    }

    private static func query(version: String?) -> [String] {
        version.map { ["versionId=\(PercentEncoding.encode($0))"] } ?? []
    }

    private func send(
        _ request: Request, _ call: S3Call, payloadHash: [UInt8]? = nil,
        check: (Response) -> ServiceFailure?
    ) async throws -> Response {
        do {
            return try await caller.send(request, payloadHash: payloadHash) { response in
                (200...299).contains(response.status) ? check(response) : S3Answer.failure(response)
            }
        } catch let failure as ServiceFailure {
            throw call.error(failure)
        }
    }
}

extension UInt8 {
    fileprivate var isMetadataNameCharacter: Bool {
        (isASCIIAlphanumeric && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self))
            || self == UInt8(ascii: "-")
    }
}

extension String {
    fileprivate var isPrintableASCII: Bool {
        utf8.allSatisfy { (0x20...0x7e).contains($0) } && !hasPrefix(" ") && !hasSuffix(" ")
    }
}
