internal import Digest
import HTTP

/// What S3's answers say.
enum S3Answer {
    private static let metadataPrefix = "x-amz-meta-"

    /// Why a call failed, from an answer whose status says so.
    static func failure(_ response: Response) -> ServiceFailure {
        guard let error = try? XMLElement(document: response.body), error.name == "Error" else {
            // An answer to HEAD, or a proxy's page: the status must do.
            return ServiceFailure(code: "", message: "", response: response)
        }
        return failure(error, response)
    }

    /// The error that an answer holds in spite of its status 200; nil when it holds none.
    ///
    /// S3 sends the status before it has done the work of some calls
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
    static func errorDocument(_ response: Response) -> ServiceFailure? {
        guard let error = try? XMLElement(document: response.body), error.name == "Error" else { return nil }
        return failure(error, response)
    }

    private static func failure(_ error: XMLElement, _ response: Response) -> ServiceFailure {
        var failure = ServiceFailure(
            code: ServiceFailure.oneLine(error["Code"]?.text ?? ""), message: error["Message"]?.text ?? "",
            response: response)
        failure.region = failure.region ?? error["Region"].map { ServiceFailure.oneLine($0.text) }
        failure.requestID = failure.requestID ?? error["RequestId"]?.text
        return failure
    }

    /// The attributes in an answer to GET or HEAD; nil when it has no ETag.
    static func attributes(of response: Response) -> ObjectAttributes? {
        guard let etag = response.headers["ETag"] else { return nil }
        let metadata = response.headers.fields.compactMap { field -> (String, String)? in
            let name = field.name.lowercased()
            guard name.hasPrefix(metadataPrefix) else { return nil }
            return (String(name.dropFirst(metadataPrefix.count)), field.value)
        }
        let sizeBytes =
            contentRange(of: response)?.sizeBytes ?? response.headers["Content-Length"].flatMap { Int($0) }
            ?? response.body.count
        return ObjectAttributes(
            etag: ETag(etag), sizeBytes: sizeBytes,
            metadata: Dictionary(metadata, uniquingKeysWith: { first, _ in first }),
            versionID: versionID(response.headers["x-amz-version-id"]),
            modifiedAt: response.headers["Last-Modified"].flatMap { Timestamp(httpDate: $0) })
    }

    /// A version's id; nil for `null`, which is whatever a key holds that was written without versions.
    ///
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html)
    static func versionID(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty || $0 == "null" ? nil : $0 }
    }

    /// A failure that says that an answer misses its ETag.
    static func withoutETag(_ response: Response) -> ServiceFailure {
        .invalidResponse("the answer has no ETag", response, isRetryable: false)
    }

    /// What is wrong with an answer to GET whose bytes were unpacked on the way; nil when they were not.
    ///
    /// The transport takes the length of what it unpacked out of the answer, and S3 always sends one. libcurl takes gzip that breaks off
    /// for whole, so that such bytes must not be used.
    static func unpacking(of response: Response) -> ServiceFailure? {
        guard response.headers["Content-Length"] == nil else { return nil }
        return .invalidResponse(
            "the bytes were unpacked on the way; the store does not heed response-content-encoding, so store the object without Content-Encoding",
            response, isRetryable: false)
    }

    /// What is wrong with the bytes of an answer to GET; nil when nothing is.
    static func damage(of response: Response, range: Range<Int>?) -> ServiceFailure? {
        let count = response.body.count
        if let promised = response.headers["Content-Length"], Int(promised) != count {
            return .invalidResponse("\(count) bytes came of the \(promised) promised", response)
        }
        if let range {
            guard response.status == 206, let content = contentRange(of: response) else {
                return .invalidResponse(
                    "bytes \(range.lowerBound)-\(range.upperBound - 1) were asked for and all of them came",
                    response, isRetryable: false)
            }
            let expected = range.lowerBound..<min(range.upperBound, content.sizeBytes)
            guard content.bytes == expected, count == expected.count else {
                return .invalidResponse(
                    "bytes \(range.lowerBound)-\(range.upperBound - 1) were asked for, \(count) came, "
                        + "said to be \(content.bytes.lowerBound)-\(content.bytes.upperBound - 1) "
                        + "of \(content.sizeBytes)", response)
            }
            return nil
        }
        // The checksum of an object in parts is one of checksums, marked by its number of parts.
        if let checksum = response.headers["x-amz-checksum-sha256"], !checksum.contains("-"),
            SHA256.hash(response.body).base64Encoded != checksum
        {
            return .invalidResponse("the bytes do not have the SHA-256 that S3 keeps with them", response)
        }
        return nil
    }

    /// Reads `bytes 0-9/146515`; nil when the field is absent or says anything else.
    private static func contentRange(of response: Response) -> (bytes: Range<Int>, sizeBytes: Int)? {
        guard let value = response.headers["Content-Range"], value.hasPrefix("bytes ") else { return nil }
        let parts = value.dropFirst("bytes ".count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let sizeBytes = Int(parts[1]) else { return nil }
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first >= 0, first <= last,
            last < sizeBytes
        else { return nil }
        return (first..<last + 1, sizeBytes)
    }
}
