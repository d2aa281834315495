internal import Digest
public import HTTP

/// AWS Signature Version 4 in the `Authorization` field
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
public struct Signer: Sendable {
    /// How the path enters the canonical request.
    public enum PathStyle: Sendable, Equatable {
        /// Exactly as it is sent, since `a//b` and `a/b` are two keys: S3.
        case asSent
        /// With `.`, `..` and double slashes resolved and encoded once more: every other service.
        case normalized
    }

    /// Whose signature it is.
    public var credentials: Credentials
    /// The region in the credential scope.
    public var region: String
    /// The service in the credential scope, such as `s3`.
    public var service: String

    /// Makes a signer.
    public init(credentials: Credentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// How this service's paths enter the canonical request.
    public var pathStyle: PathStyle { service == "s3" ? .asSent : .normalized }

    /// Signs a request; what it says afterwards must go out unchanged.
    ///
    /// It sets `X-Amz-Date`, `Authorization`, with temporary credentials `X-Amz-Security-Token`, and for S3
    /// `X-Amz-Content-SHA256`. A signature made earlier is replaced.
    ///
    /// - Parameters:
    ///   - request: What is to be signed: every header field but those that hops or clients may change.
    ///   - date: The moment of signing; AWS allows five to fifteen minutes of difference to its own clock.
    ///   - payloadHash: The body's SHA-256 if it is known already; nil computes it.
    /// - Returns: The signed request.
    public func sign(_ request: Request, date: Timestamp, payloadHash: [UInt8]? = nil) -> Request {
        var signed = request
        let payloadHash = (payloadHash ?? SHA256.hash(request.body)).hexEncoded
        signed.headers["Authorization"] = nil
        signed.headers["X-Amz-Date"] = date.compact
        signed.headers["X-Amz-Security-Token"] = credentials.sessionToken?.reveal()
        if service == "s3" { signed.headers["X-Amz-Content-SHA256"] = payloadHash }

        let target = Self.target(of: request.url)
        var headers = signed.headers.fields.map { (name: $0.name, value: $0.value) }
        headers.append((name: "Host", value: target.host))
        let canonical = Self.canonicalRequest(
            method: request.method, path: target.path, query: target.query, headers: headers,
            payloadHash: payloadHash, pathStyle: pathStyle)
        signed.headers["Authorization"] = authorization(for: canonical, date: date)
        return signed
    }

    /// A request in the one form that both sides sign.
    struct CanonicalRequest: Equatable {
        /// The form itself, lines without an end of line after the last.
        var text: String
        /// The names of the signed header fields: lower case, sorted, joined by `;`.
        var signedHeaders: String
    }

    /// Brings a request into the form that is signed.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path as in the URL; empty means `/`.
    ///   - query: The query as in the URL without its `?`.
    ///   - headers: The header fields with `Host`; repeated names are joined in the order given.
    ///   - payloadHash: The body's SHA-256 in hexadecimal.
    ///   - pathStyle: How the path enters.
    /// - Returns: The form and the names of the signed fields.
    static func canonicalRequest(
        method: String, path: String, query: String, headers: [(name: String, value: String)],
        payloadHash: String, pathStyle: PathStyle
    ) -> CanonicalRequest {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            guard !unsignedHeaders.contains(name) else { continue }
            values[name, default: []].append(collapsingWhiteSpace(value))
        }
        let names = values.keys.sorted()
        let lines = names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }.joined()
        let signedHeaders = names.joined(separator: ";")
        let text = """
            \(method)
            \(canonicalPath(path, style: pathStyle))
            \(canonicalQuery(query))
            \(lines)
            \(signedHeaders)
            \(payloadHash)
            """
        return CanonicalRequest(text: text, signedHeaders: signedHeaders)
    }

    /// What is signed: algorithm, moment, scope and the canonical request's hash.
    func stringToSign(_ canonical: CanonicalRequest, date: Timestamp) -> String {
        """
        AWS4-HMAC-SHA256
        \(date.compact)
        \(scope(date))
        \(SHA256.hash(Array(canonical.text.utf8)).hexEncoded)
        """
    }

    /// The signature of a string, in hexadecimal, under the key of the day, region and service.
    func signature(of stringToSign: String, date: Timestamp) -> String {
        let key = [date.compactDate, region, service, "aws4_request"].reduce(
            Array("AWS4\(credentials.secretAccessKey.reveal())".utf8)
        ) { key, part in
            HMACSHA256.authenticationCode(for: Array(part.utf8), key: key)
        }
        return HMACSHA256.authenticationCode(for: Array(stringToSign.utf8), key: key).hexEncoded
    }

    /// The value of the `Authorization` field.
    func authorization(for canonical: CanonicalRequest, date: Timestamp) -> String {
        let signature = signature(of: stringToSign(canonical, date: date), date: date)
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(date)), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
    }

    private func scope(_ date: Timestamp) -> String {
        "\(date.compactDate)/\(region)/\(service)/aws4_request"
    }

    /// Fields that the transport or a proxy on the way may set, change or remove.
    private static let unsignedHeaders: Set<String> = [
        "accept-encoding", "authorization", "connection", "content-length", "expect", "te",
        "transfer-encoding",
        "user-agent", "x-amzn-trace-id",
    ]

    private static func target(of url: String) -> (host: String, path: String, query: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        let pathAndQuery = rest[host.endIndex...]
        let path = pathAndQuery.prefix { $0 != "?" }
        return (String(host), String(path), String(pathAndQuery[path.endIndex...].dropFirst()))
    }

    private static func canonicalPath(_ path: String, style: PathStyle) -> String {
        switch style {
        case .asSent:
            return path.isEmpty ? "/" : path
        case .normalized:
            var segments: [Substring] = []
            for segment in path.split(separator: "/") {
                switch segment {
                case ".": continue
                case "..": _ = segments.popLast()
                default: segments.append(segment)
                }
            }
            let endsWithSlash = !segments.isEmpty && path.hasSuffix("/")
            return "/" + segments.map { PercentEncoding.encode($0) }.joined(separator: "/")
                + (endsWithSlash ? "/" : "")
        }
    }

    private static func canonicalQuery(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { pair -> (name: String, value: String) in
            let name = pair.prefix { $0 != "=" }
            let value = pair[name.endIndex...].dropFirst()
            // Decoded first, so that what the URL has encoded already is not encoded twice.
            return (
                PercentEncoding.encode(PercentEncoding.decode(name)),
                PercentEncoding.encode(PercentEncoding.decode(value))
            )
        }
        return pairs.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func collapsingWhiteSpace(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" }.joined(separator: " ")
    }
}
