/// One resource of the API, as a value: where it is and what a token needs to read it.
struct Endpoint: Sendable, Equatable {
    /// The path below the base URL and the query, percent-encoded.
    var target: String
    /// What errors call it.
    var subject: String
    /// What the token must be allowed to do.
    var permission: WistiaPermission
    /// Whether it is a list, which always exists, though it may be empty.
    var isList = false

    /// A list, of which a page is asked for.
    static func list(
        _ path: String, page: Int, query: String = "", permission: WistiaPermission
    ) -> Endpoint {
        precondition(page >= 1, "pages start at 1")
        return Endpoint(
            target: "\(path).json?page=\(page)&per_page=\(WistiaClient.rowsPerPage)\(query)",
            subject: "GET \(path) page \(page)", permission: permission, isList: true)
    }

    /// A single thing; the API ignores `page` there, so it must never be asked for page by page.
    static func single(_ path: String, permission: WistiaPermission) -> Endpoint {
        Endpoint(target: "\(path).json", subject: "GET \(path)", permission: permission)
    }

    /// An id as a part of a path: everything but RFC 3986's unreserved characters is percent-encoded.
    static func segment(_ id: String) -> String {
        var text = ""
        for byte in id.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}
