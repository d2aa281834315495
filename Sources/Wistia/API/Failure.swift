import AWS
import HTTP
import JSON

/// One failed attempt: the error that it would become, and what might help.
struct Failure: Error {
    enum Remedy: Equatable {
        case none
        /// Fewer requests; the server may have said when to come back.
        case patience(seconds: Double?)
        /// Another attempt, but not many of them.
        case another
    }

    var error: WistiaError
    var remedy: Remedy

    init(deadlineFor endpoint: Endpoint, isSent: Bool = false) {
        error = WistiaError(
            kind: .deadlineReached, subject: endpoint.name,
            detail: "the deadline comes before "
                + (isSent ? "the end of the answer" : "the request's turn")
                + "; go on in the next invocation")
        remedy = .none
    }

    init(transport: TransportError, endpoint: Endpoint) {
        let isUntrusted = transport.kind == .untrustedServer
        error = WistiaError(
            kind: isUntrusted ? .untrustedServer : .unreachable, subject: endpoint.name,
            detail: (isUntrusted ? "\(transport)" : "\(transport.kind.rawValue): \(transport.detail)")
                + Self.advice(transport.kind))
        switch transport.kind {
        case .unknownHost, .connectionFailed, .timedOut, .other: remedy = .another
        default: remedy = .none
        }
    }

    init(invalid response: Response, endpoint: Endpoint, token: Secret, reason: String) {
        error = WistiaError(
            kind: .invalidAnswer, subject: endpoint.name, status: response.status,
            requestID: Self.requestID(response, hiding: token),
            detail: "\(reason); check that the base URL is the API's, else try again later")
        remedy = .another
    }

    private static func advice(_ kind: TransportError.Kind) -> String {
        switch kind {
        case .unknownHost: "; check the base URL and that names resolve where the function runs"
        case .connectionFailed, .other:
            "; check that the API can be reached from where the function runs, else try again later"
        case .timedOut: "; the API stalls, try again later"
        case .untrustedServer: "; check the base URL and the bundle of trusted authorities"
        case .invalidURL, .invalidRequest: ""
        }
    }

    /// Reads a status other than 200.
    init(_ response: Response, endpoint: Endpoint, token: Secret, tokenPlace: String, now: Timestamp) {
        let words = Self.words(response, token: token)
        let said = words.map { "the API says \"\($0.text)\"" } ?? "the API gives no reason"
        let missing =
            "\(said); the token lacks the permission \"\(endpoint.permission.rawValue)\", "
            + "make one that has it (only the account's owner can) and store it in \(tokenPlace)"
        let detail: String
        let kind: WistiaError.Kind
        switch response.status {
        case 401 where words?.isScope == true:
            (kind, detail, remedy) = (.forbidden, missing, .none)
        case 401:
            kind = .unauthorized
            detail = "\(said); store a valid token in \(tokenPlace)"
            remedy = .none
        case 403:
            (kind, detail, remedy) = (.forbidden, missing, .none)
        case 404 where endpoint.subject.page != nil:
            (kind, detail, remedy) = (.rejected, "\(said); check that the base URL is the API's", .none)
        case 404:
            (kind, detail, remedy) = (.notFound, "\(said); it was deleted or never existed", .none)
        case 429, 503:
            // A date counts from the server's own clock where that is known.
            let date = response.headers["Date"].flatMap(Timestamp.init(httpDate:)) ?? now
            kind = .throttled
            detail = "\(said); lower the request rate or try again later"
            remedy = .patience(seconds: retryAfterSeconds(from: response.headers, now: date))
        case 500, 502, 504:
            (kind, detail, remedy) = (.serverFailed, "\(said); try again later", .another)
        default:
            (kind, detail, remedy) = (.rejected, "\(said); check the base URL and the request", .none)
        }
        error = WistiaError(
            kind: kind, subject: endpoint.name, status: response.status,
            requestID: Self.requestID(response, hiding: token), detail: detail)
    }

    private static func requestID(_ response: Response, hiding token: Secret) -> String? {
        response.headers["x-request-id"].flatMap { clean($0, maximum: 64, hiding: token) }
    }

    /// What an error body says: its `code` and `error`, or its first line of text; nil when it says nothing.
    private static func words(_ response: Response, token: Secret) -> (text: String, isScope: Bool)? {
        guard !response.body.isEmpty else { return nil }
        var text = ""
        var isScope = false
        let parsed: Void? = try? JSONParser().withDocument(response.body) { root in
            let code = root.member("code")?.string
            isScope = code == "unauthorized_scope"
            text = [code, root.member("error")?.string].compactMap { $0 }.joined(separator: ": ")
        }
        let contentType = response.headers["Content-Type"]?.lowercased() ?? ""
        if parsed == nil, !contentType.contains("html") {
            text = String(decoding: response.body.prefix { $0 != 0x0A }, as: UTF8.self)
        }
        guard !text.isEmpty else { return nil }
        return clean(text, maximum: 200, hiding: token).map { ($0, isScope) }
    }

    /// A server's words, cut short; nil when they echo the token, of which no part must come into the log.
    private static func clean(_ text: String, maximum: Int, hiding token: Secret) -> String? {
        let revealed = token.reveal()
        guard revealed.isEmpty || !text.contains(revealed) else { return nil }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(maximum) {
            scalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(scalars)
    }
}
