import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The network, by Foundation's URLSession, which on Linux is libcurl.
///
/// It sends what the ``Request`` says and adds only `Host`, `Content-Length`, `User-Agent`, `Connection` and, where the
/// request has none, `Accept-Encoding: identity` and for a POST with a body `Content-Type: application/octet-stream`.
/// It keeps no cookies, no cache and no credentials, and follows no redirect.
///
/// A request that names an `Accept-Encoding` gets its body decoded; `Content-Encoding` and `Content-Length` are then
/// taken out of the answer's headers, as they no longer describe it.
///
/// URLSession throws away the body of an answer 301…308 without `Location`; such an answer comes with an empty body.
/// Of an answer's fields with one name it keeps one, its values joined by commas.
public final class URLSessionTransport: Transport {
    /// Whether `http_proxy`, `HTTPS_PROXY`, `ALL_PROXY` and their like are followed.
    ///
    /// URLSession offers no other way than `no_proxy` to keep libcurl from obeying them, so the choice holds for the
    /// whole process. The last transport made decides.
    public enum Proxy: Sendable {
        /// Never.
        case direct
        /// As the variables say, but never for loopback, link-local addresses or the Lambda Runtime API.
        case environment
    }

    /// URLSession has no "never" (an infinite time-out traps), so a request without a time-out waits a year.
    private static let timeoutMaximumSeconds: Double = 365 * 86_400

    private let session: URLSession
    private let delegate: SessionDelegate
    private let userAgent: String

    /// Makes a transport with its own connections.
    ///
    /// - Parameters:
    ///   - connectionsPerHostMaximum: How many connections to one host may be open at once; more requests wait.
    ///   - proxy: Whether the environment's proxies are followed.
    ///   - userAgent: The `User-Agent` of requests that name none.
    public init(
        connectionsPerHostMaximum: Int = 64, proxy: Proxy = .direct, userAgent: String = "medallion"
    ) {
        ProxyEnvironment.apply(proxy)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connectionsPerHostMaximum
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpShouldSetCookies = false
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.timeoutIntervalForRequest = URLSessionTransport.timeoutMaximumSeconds
        configuration.timeoutIntervalForResource = URLSessionTransport.timeoutMaximumSeconds
        delegate = SessionDelegate()
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
        self.userAgent = userAgent
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Sends a request and reads its answer to the end.
    ///
    /// - Parameter request: What to send; its time-out is rounded up to whole seconds.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``TransportError`` when no complete answer came, or when the request cannot be sent exactly as it
    ///   stands; `CancellationError` when the task was cancelled.
    public func send(_ request: Request) async throws -> Response {
        try Task.checkCancellation()
        let urlRequest = try makeURLRequest(request)
        let exchange = Exchange()
        let (data, response, error) = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let task = session.dataTask(with: urlRequest) { data, response, error in
                    continuation.resume(returning: (data, response, error))
                }
                exchange.start(task)
            }
        } onCancel: {
            exchange.cancel()
        }
        if let identifier = exchange.taskIdentifier, delegate.takeRewound(identifier) {
            throw TransportError(
                kind: .connectionFailed, request: request,
                detail: "the server closed the connection before the body was sent")
        }
        if let error {
            if Task.isCancelled {
                throw CancellationError()
            }
            throw TransportError(request: request, error: error)
        }
        guard let response = response as? HTTPURLResponse else {
            throw TransportError(kind: .other, request: request, detail: "the answer was not HTTP")
        }
        return try makeResponse(response, body: data.map { [UInt8]($0) } ?? [], request: request)
    }

    private func makeURLRequest(_ request: Request) throws -> URLRequest {
        try RequestRules.check(request)
        guard let url = URL(string: request.url, encodingInvalidCharacters: false), url.host != nil,
            url.absoluteString == request.url
        else {
            throw TransportError(
                kind: .invalidURL, request: request, detail: "not an absolute, percent-encoded URL")
        }
        var urlRequest = URLRequest(url: url)
        urlRequest.httpMethod = request.method
        for field in request.headers.fields {
            urlRequest.addValue(field.value, forHTTPHeaderField: field.name)
        }
        // libcurl leaves out a field of its own when it is given one of white space only.
        for (name, value) in [
            ("User-Agent", userAgent), ("Accept-Encoding", "identity"), ("Accept", " "),
            ("Accept-Language", " "),
        ] where request.headers[name] == nil {
            urlRequest.setValue(value, forHTTPHeaderField: name)
        }
        if !request.body.isEmpty {
            urlRequest.httpBody = Data(request.body)
            if request.method == "POST", request.headers["Content-Type"] == nil {
                urlRequest.setValue("application/octet-stream", forHTTPHeaderField: "Content-Type")
            }
        }
        // Whole seconds, since URLSession drops the fraction, and 0.5 would then fail at once.
        let timeoutSeconds = request.timeoutSeconds ?? URLSessionTransport.timeoutMaximumSeconds
        urlRequest.timeoutInterval = min(
            max(1, timeoutSeconds.rounded(.up)), URLSessionTransport.timeoutMaximumSeconds)
        return urlRequest
    }

    private func makeResponse(
        _ response: HTTPURLResponse, body: [UInt8], request: Request
    ) throws -> Response {
        var headers = Headers()
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String {
                headers[name] = value
            }
        }
        if let encoding = headers["Content-Encoding"], encoding.lowercased() != "identity", !body.isEmpty {
            headers["Content-Encoding"] = nil
            headers["Content-Length"] = nil
        }
        let hasBody =
            request.method != "HEAD" && ![204, 304].contains(response.statusCode)
            && !(301...308).contains(response.statusCode)
        if hasBody, let length = headers["Content-Length"].flatMap({ Int($0) }), length != body.count {
            throw TransportError(
                kind: .connectionFailed, request: request,
                detail: "the answer has \(body.count) bytes instead of \(length)")
        }
        return Response(status: response.statusCode, headers: headers, body: body)
    }
}

extension TransportError {
    fileprivate init(request: Request, error: any Error) {
        let code = (error as? URLError)?.code
        let kind: Kind =
            switch code {
            case .badURL, .unsupportedURL: .invalidURL
            case .cannotFindHost, .dnsLookupFailed: .unknownHost
            case .timedOut: .timedOut
            case .cannotConnectToHost, .networkConnectionLost, .notConnectedToInternet, .badServerResponse,
                .cannotParseResponse, .resourceUnavailable, .zeroByteResource:
                .connectionFailed
            case .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
                .serverCertificateNotYetValid, .secureConnectionFailed, .clientCertificateRejected,
                .clientCertificateRequired:
                .untrustedServer
            default: .other
            }
        let number = code.map { " (URLError \($0.rawValue))" } ?? ""
        self.init(kind: kind, request: request, detail: error.localizedDescription + number)
    }
}

/// One task, which may be cancelled before it was made.
private final class Exchange: Sendable {
    private struct State {
        var task: URLSessionTask?
        var isCancelled = false
    }

    private let state = Mutex(State())

    var taskIdentifier: Int? {
        state.withLock { $0.task?.taskIdentifier }
    }

    func start(_ task: URLSessionTask) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        task.resume()
        if isCancelled {
            task.cancel()
        }
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }
}

/// Refuses redirects, and notices bodies that URLSession would send in part.
private final class SessionDelegate: NSObject, URLSessionDataDelegate {
    private let rewound = Mutex(Set<Int>())

    func takeRewound(_ taskIdentifier: Int) -> Bool {
        rewound.withLock { $0.remove(taskIdentifier) != nil }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// libcurl asks for this when a kept connection turned out to be closed and it wants to send the body again.
    ///
    /// URLSession says that it has gone back to the start but has not, so the rest of the body, or none, would go out.
    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping (InputStream?) -> Void
    ) {
        rewound.withLock { _ = $0.insert(task.taskIdentifier) }
        task.cancel()
        completionHandler(nil)
    }
}
