/// Percent-encoding as SigV4 wants it: everything but RFC 3986's unreserved characters, with upper-case digits
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, `UriEncode`).
package enum PercentEncoding {
    /// Encodes text for a path or a query.
    ///
    /// - Parameters:
    ///   - text: What to encode, not encoded yet.
    ///   - keepsSlashes: Whether `/` stays as it is, as in paths.
    /// - Returns: ASCII without anything that a URL gives a meaning to.
    package static func encode(_ text: some StringProtocol, keepsSlashes: Bool = false) -> String {
        encode(text.utf8, keepsSlashes: keepsSlashes)
    }

    static func encode(_ bytes: some Sequence<UInt8>, keepsSlashes: Bool = false) -> String {
        let digits = [UInt8]("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                output.append(byte)
            case UInt8(ascii: "/") where keepsSlashes:
                output.append(byte)
            case _ where byte.isASCIIAlphanumeric:
                output.append(byte)
            default:
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Decodes; a `%` without two hexadecimal digits stays as it is.
    ///
    /// - Parameters:
    ///   - text: What to decode.
    ///   - plusIsSpace: Whether `+` means a space, as in forms and in S3's `encoding-type=url`.
    /// - Returns: The bytes meant.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8] {
        let input = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            if input[index] == UInt8(ascii: "%"), index + 2 < input.count,
                let high = hexadecimalValue(input[index + 1]), let low = hexadecimalValue(input[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
                continue
            }
            output.append(plusIsSpace && input[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : input[index])
            index += 1
        }
        return output
    }

    private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension UInt8 {
    /// Whether this is an ASCII letter or digit.
    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
