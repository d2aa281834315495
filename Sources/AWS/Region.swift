/// An AWS region, such as `eu-central-1`.
public struct Region: Sendable, Hashable, CustomStringConvertible {
    /// The region's name.
    public let name: String

    /// Takes a name: letters, digits and hyphens, since it becomes part of host names.
    ///
    /// - Throws: ``ConfigurationError`` for any other name.
    public init(_ name: String) throws {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") })
        else {
            throw ConfigurationError(
                "read AWS region failed: '\(name)' is no region; set AWS_REGION to one such as us-east-1")
        }
        self.name = name
    }

    /// Reads `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    ///
    /// - Parameter environment: The process environment.
    /// - Throws: ``ConfigurationError`` when neither is set or the name is not one.
    public init(environment: [String: String]) throws {
        guard let name = environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
        else {
            throw ConfigurationError(
                "read AWS region failed: neither AWS_REGION nor AWS_DEFAULT_REGION is set; "
                    + "Lambda sets the first, elsewhere set it to a region such as us-east-1")
        }
        try self.init(name)
    }

    /// The region's name.
    public var description: String { name }

    /// The partition in ARNs: `aws`, `aws-cn` or `aws-us-gov`.
    public var partition: String {
        if name.hasPrefix("cn-") { return "aws-cn" }
        return name.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// The domain under which the region's services live.
    var dnsSuffix: String { partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com" }
}
