/// Where a service listens: AWS's own address, or the one that the environment names instead.
///
/// Variables and their order are those of the AWS SDKs
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html): `AWS_ENDPOINT_URL_<SERVICE>`, then
/// `AWS_ENDPOINT_URL`, neither when `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`. An empty one counts as unset.
public struct Endpoint: Sendable, Equatable {
    /// A service that this module talks to.
    public enum Service: String, Sendable, CaseIterable {
        /// Amazon S3.
        case s3
        /// AWS Secrets Manager.
        case secretsManager = "secretsmanager"

        var environmentVariable: String {
            switch self {
            case .s3: "AWS_ENDPOINT_URL_S3"
            case .secretsManager: "AWS_ENDPOINT_URL_SECRETS_MANAGER"
            }
        }
    }

    /// `http` or `https`.
    public let scheme: String
    /// The host in lower case, with the port unless it is the scheme's own: exactly what the `Host` field will say.
    public let authority: String
    /// What precedes every path, without a slash at its end; nearly always empty.
    public let basePath: String
    /// Whether the environment named it.
    ///
    /// Buckets are then part of the path, since a stand-in's host has no sub-domains.
    public let isCustom: Bool

    /// Finds a service's endpoint.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - region: The region, of which AWS's own address is made.
    ///   - environment: The process environment.
    /// - Throws: ``ConfigurationError`` when a variable does not hold an http or https URL of host, port and path.
    public init(service: Service, region: Region, environment: [String: String]) throws {
        if environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() != "true" {
            for variable in [service.environmentVariable, "AWS_ENDPOINT_URL"] {
                if let url = environment.nonEmpty(variable) {
                    self = try Endpoint(url: url, variable: variable)
                    return
                }
            }
        }
        scheme = "https"
        authority = "\(service.rawValue).\(region.name).\(region.dnsSuffix)"
        basePath = ""
        isCustom = false
    }

    private init(url: String, variable: String) throws {
        func refuse(_ cause: String) -> ConfigurationError {
            // The value may hold a password before the host, so it is not shown.
            ConfigurationError(
                "read \(variable) failed: \(cause); set it to a URL such as http://127.0.0.1:4566")
        }
        let lowercased = url.lowercased()
        let schemes = [("https", ":443"), ("http", ":80")]
        guard let (scheme, defaultPort) = schemes.first(where: { lowercased.hasPrefix("\($0.0)://") }) else {
            throw refuse("it starts with neither http:// nor https://")
        }
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f || $0 == UInt8(ascii: "\\") }) else {
            throw refuse("it contains white space or characters that a URL cannot hold")
        }
        let rest = url.dropFirst(scheme.count + 3)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw refuse("it has a query or a fragment")
        }
        var authority = rest.prefix { $0 != "/" }.lowercased()
        guard !authority.contains("@") else { throw refuse("it has a user name") }
        if authority.hasSuffix(defaultPort) { authority.removeLast(defaultPort.count) }
        // A colon inside brackets belongs to an IPv6 address.
        let afterBrackets = authority.split(separator: "]", omittingEmptySubsequences: false).last ?? ""
        let parts = afterBrackets.split(separator: ":", omittingEmptySubsequences: false)
        guard !authority.isEmpty, !authority.hasPrefix(":") else { throw refuse("it has no host") }
        guard parts.count <= 2, parts.count < 2 || UInt16(parts[1]) != nil else {
            throw refuse("its port is not a number up to 65535")
        }
        var basePath = rest.drop { $0 != "/" }
        while basePath.hasSuffix("/") { basePath.removeLast() }
        self.scheme = scheme
        self.authority = authority
        self.basePath = String(basePath)
        isCustom = true
    }

    /// The URL of a path, which must be percent-encoded and start with a slash.
    func url(path: String, query: String = "") -> String {
        "\(scheme)://\(authority)\(basePath)\(path)\(query.isEmpty ? "" : "?\(query)")"
    }

    /// The URL of a bucket or of a key in it.
    ///
    /// Buckets with a dot in their name go into the path, since AWS's certificate covers one level of sub-domains only
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
    func s3URL(bucket: String, key: String = "", query: String = "") -> String {
        let path = "/" + PercentEncoding.encode(key, keepsSlashes: true)
        let bucketFitsHost =
            !isCustom && bucket.utf8.count <= 63
            && bucket.utf8.allSatisfy {
                ($0.isASCIIAlphanumeric && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0))
                    || $0 == UInt8(ascii: "-")
            }
        guard bucketFitsHost else {
            return url(path: "/" + PercentEncoding.encode(bucket) + path, query: query)
        }
        return "\(scheme)://\(bucket).\(authority)\(path)\(query.isEmpty ? "" : "?\(query)")"
    }
}
