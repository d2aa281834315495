/// What a request must keep to so that it can go out exactly as it stands.
enum RequestRules {
    /// Fields that the transport sets itself.
    private static let reservedNames: Set<String> = [
        "host", "content-length", "connection", "transfer-encoding", "expect", "te", "trailer", "upgrade",
    ]

    /// Checks a request.
    ///
    /// - Throws: ``TransportError`` of kind `.invalidURL` or `.invalidRequest`; it never shows a header's value.
    static func check(_ request: Request) throws(TransportError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(isUpperCase) else {
            throw TransportError(
                kind: .invalidRequest, request: Request(method: "?", url: request.url),
                detail: "the method is not an upper-case word")
        }
        try checkURL(request)
        for field in request.headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenCharacter) else {
                throw TransportError(
                    kind: .invalidRequest, request: request,
                    detail: "a header's name is not a token (RFC 9110 §5.1)")
            }
            guard !reservedNames.contains(field.name.lowercased()) else {
                throw TransportError(
                    kind: .invalidRequest, request: request, detail: "the transport itself sets \(field.name)"
                )
            }
            guard !field.value.utf8.contains(where: isControl), field.value.utf8.first != UInt8(ascii: " "),
                field.value.utf8.last != UInt8(ascii: " ")
            else {
                throw TransportError(
                    kind: .invalidRequest, request: request,
                    detail: "the value of \(field.name) has a control character, or white space at an end")
            }
        }
        if !request.body.isEmpty, request.method == "GET" || request.method == "HEAD" {
            throw TransportError(
                kind: .invalidRequest, request: request, detail: "\(request.method) cannot have a body")
        }
        if let timeoutSeconds = request.timeoutSeconds, !(timeoutSeconds > 0) {
            throw TransportError(
                kind: .invalidRequest, request: request, detail: "the time-out is not more than 0 seconds")
        }
    }

    private static func checkURL(_ request: Request) throws(TransportError) {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw TransportError(kind: .invalidURL, request: request, detail: "neither http:// nor https://")
        }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !request.url.utf8.contains(UInt8(ascii: "#"))
        else {
            throw TransportError(
                kind: .invalidURL, request: request,
                detail: "white space, control characters, # and non-ASCII characters must be percent-encoded")
        }
        let afterScheme = request.url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        let authority = afterScheme.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw TransportError(
                kind: .invalidURL,
                request: Request(method: request.method, url: "(URL with user information)"),
                detail: "credentials belong into a header")
        }
        // libcurl resolves dot segments (RFC 3986 §5.2.4), so a signature over such a path would not hold.
        let path = afterScheme.dropFirst(authority.count).prefix { $0 != UInt8(ascii: "?") }
        for segment in path.split(separator: UInt8(ascii: "/")) where segment.count <= 6 {
            let text = String(decoding: segment, as: UTF8.self).lowercased()
            guard ![".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"].contains(text) else {
                throw TransportError(
                    kind: .invalidURL, request: request,
                    detail: "the path has a dot segment, which would not be sent")
            }
        }
    }

    private static func isUpperCase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
