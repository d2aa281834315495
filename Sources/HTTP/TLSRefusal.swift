import Foundation

/// Why no secure connection to a server came about: whose certificate was refused, and the cause.
///
/// URLSession on Linux has no codes for this, only libcurl's words
/// (https://github.com/curl/curl/blob/curl-7_88_1/lib/vtls/openssl.c), which do not always name the server. What to do about it
/// depends on where the address comes from, so the clients say that.
struct TLSRefusal: CustomStringConvertible {
    /// Server and cause.
    let description: String

    /// Reads libcurl's words; nil when they are about anything else.
    ///
    /// A connection that broke in the midst of the handshake counts as something else: it may do better next time.
    ///
    /// - Parameters:
    ///   - words: The description of URLSession's error.
    ///   - url: What was asked for, as ``RequestRules`` accepts it.
    init?(words: String, url: String) {
        let server = url.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }.prefix { !"/?".contains($0) }
        let text = words.lowercased()
        if TLSRefusal.disagreements.contains(where: { text.contains($0) }) {
            description = "no secure connection to \(server), which must offer TLS 1.2 or later: \(words)"
        } else if text.contains("certificate") {
            let prefix = TLSRefusal.prefixes.first { words.hasPrefix($0) } ?? ""
            let isAboutTime = text.contains("expired") || text.contains("not yet valid")
            description =
                "the certificate of \(server) was refused: \(words.dropFirst(prefix.count))"
                + (isAboutTime ? ", or the clock here is wrong" : "")
        } else {
            return nil
        }
    }

    /// What OpenSSL says when two sides have no version, algorithm or protocol in common.
    private static let disagreements = [
        "unsupported protocol", "protocol version", "wrong version number", "no protocols available",
        "legacy sigalg", "handshake failure", "key too small",
    ]
    private static let prefixes = ["SSL certificate problem: ", "SSL: "]
}
