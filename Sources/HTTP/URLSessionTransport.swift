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
/// URLSession throws away the body of an answer 301…308 without `Location`, so it comes with an empty one. Of an answer's fields with one
/// name it keeps one, its values joined by commas. When a server closes the connection in the midst of an answer's
/// header lines, Debian's libcurl calls the transfer complete and FoundationNetworking, which then finds no response,
/// ends the process. The static bootstraps have a libcurl that does not (scripts/static/curl-broken-headers.patch).
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

    /// Answers arrive here: on a queue of URLSession's own they would wait for a thread of the concurrency pool, and all of
    /// those may be computing.
    private static let delegateQueue = DispatchQueue(label: "url-session-delegate")

    private let session: URLSession
    private let delegate: SessionDelegate
    private let userAgent: String

    /// Makes a transport with its own connections.
    ///
    /// - Parameters:
    ///   - connectionsPerHostMaximum: How many connections to one host may be open at once; more requests wait.
    ///   - proxy: Whether the environment's proxies are followed, as the AWS SDKs do.
    ///   - userAgent: The `User-Agent` of requests that name none.
    public init(
        connectionsPerHostMaximum: Int = 64, proxy: Proxy = .environment, userAgent: String = "medallion"
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
        let delegateQueue = OperationQueue()
        delegateQueue.maxConcurrentOperationCount = 1
        delegateQueue.underlyingQueue = URLSessionTransport.delegateQueue
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: delegateQueue)
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
        let task = session.dataTask(with: urlRequest)
        delegate.add(exchange, taskIdentifier: task.taskIdentifier)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                exchange.await(continuation)
                task.resume()
            }
        } onCancel: {
            // Not left to URLSession, which says nothing about a task that is cancelled before it was resumed.
            exchange.finish { $0.error = CancellationError() }
            SessionDelegate.cancel(task, of: session)
        }
        delegate.remove(taskIdentifier: task.taskIdentifier)
        if outcome.isRewound {
            throw TransportError(
                kind: .connectionFailed, request: request,
                detail: "the server closed the connection before the body was sent")
        }
        if let error = outcome.error {
            if error is CancellationError || Task.isCancelled {
                throw CancellationError()
            }
            throw TransportError(request: request, error: error)
        }
        guard let response = (outcome.response ?? task.response) as? HTTPURLResponse else {
            throw TransportError(kind: .other, request: request, detail: "the answer was not HTTP")
        }
        var headers = Headers()
        for (name, value) in response.allHeaderFields {
            if let name = name as? String, let value = value as? String {
                headers[name] = value
            }
        }
        if let encoding = headers["Content-Encoding"], encoding.lowercased() != "identity",
            !outcome.body.isEmpty
        {
            headers["Content-Encoding"] = nil
            headers["Content-Length"] = nil
        }
        let hasBody =
            request.method != "HEAD" && ![204, 304].contains(response.statusCode)
            && !(301...308).contains(response.statusCode)
        if hasBody, let length = headers["Content-Length"].flatMap({ Int($0) }), length != outcome.body.count
        {
            throw TransportError(
                kind: .connectionFailed, request: request,
                detail: "the answer has \(outcome.body.count) bytes instead of \(length)")
        }
        return Response(status: response.statusCode, headers: headers, body: outcome.body)
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
}

extension TransportError {
    /// Says in our words what URLSession says in its own.
    init(request: Request, error: any Error) {
        let code = (error as? URLError)?.code
        let words = error.localizedDescription
        let number = code.flatMap { $0 == .unknown ? nil : " (URLError \($0.rawValue))" } ?? ""
        if let refusal = TLSRefusal(words: words, url: request.url) {
            self.init(kind: .untrustedServer, request: request, detail: refusal.description + number)
            return
        }
        let kind: Kind =
            switch code {
            case .badURL: .invalidURL
            case .cannotFindHost, .dnsLookupFailed: .unknownHost
            case .timedOut: .timedOut
            case .cannotConnectToHost, .networkConnectionLost, .notConnectedToInternet, .badServerResponse,
                .cannotParseResponse, .resourceUnavailable, .zeroByteResource, .unsupportedURL:
                .connectionFailed
            case .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
                .serverCertificateNotYetValid, .clientCertificateRejected, .clientCertificateRequired:
                .untrustedServer
            // URLSession has no code for most of libcurl's errors; what is left are broken answers and connections.
            case .unknown, .secureConnectionFailed: .connectionFailed
            default: .other
            }
        self.init(kind: kind, request: request, detail: words + number)
    }
}

/// What has come of one task so far, and who waits for it.
private final class Exchange: Sendable {
    struct Outcome {
        var response: URLResponse?
        var body: [UInt8] = []
        var error: (any Error)?
        var isRewound = false
    }

    private struct State {
        var outcome = Outcome()
        var isFinished = false
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    private let state = Mutex(State())

    func await(_ waiter: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock { state in
            if !state.isFinished {
                state.waiter = waiter
            }
            return state.isFinished ? state.outcome : nil
        }
        if let outcome {
            waiter.resume(returning: outcome)
        }
    }

    func receive(_ response: URLResponse) {
        state.withLock { $0.outcome.response = response }
    }

    func receive(_ data: Data) {
        state.withLock { state in
            if !state.isFinished {
                state.outcome.body.append(contentsOf: data)
            }
        }
    }

    /// Ends the exchange, once; whatever comes later is ignored.
    func finish(_ change: (inout Outcome) -> Void = { _ in }) {
        let (waiter, outcome) = state.withLock { state in
            if !state.isFinished {
                state.isFinished = true
                change(&state.outcome)
            }
            defer { state.waiter = nil }
            return (state.waiter, state.outcome)
        }
        waiter?.resume(returning: outcome)
    }
}

/// Collects answers; a delegate rather than completion handlers, because with those a 401 never completes.
private final class SessionDelegate: NSObject, URLSessionDataDelegate {
    private let exchanges = Mutex<[Int: Exchange]>([:])

    /// Cancels a task in step with its completion.
    ///
    /// A task that completes while it is cancelled on another queue ends the process: FoundationNetworking looks it
    /// up in a registry that it has just left. Completion takes its turn on the delegate queue, so that is where to be.
    static func cancel(_ task: URLSessionTask, of session: URLSession) {
        session.delegateQueue.addOperation { task.cancel() }
    }

    func add(_ exchange: Exchange, taskIdentifier: Int) {
        exchanges.withLock { $0[taskIdentifier] = exchange }
    }

    func remove(taskIdentifier: Int) {
        exchanges.withLock { _ = $0.removeValue(forKey: taskIdentifier) }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        exchange(dataTask)?.receive(response)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(dataTask)?.receive(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        exchange(task)?.finish { $0.error = error }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// A 401 with `WWW-Authenticate` is an answer like any other, and complete when this is called.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        exchange(task)?.finish()
        completionHandler(.cancelAuthenticationChallenge, nil)
    }

    /// libcurl asks for this when a kept connection turned out to be closed and it wants to send the body again.
    ///
    /// URLSession says that it has gone back to the start but has not, so the rest of the body, or none, would go out.
    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping (InputStream?) -> Void
    ) {
        // It also asks for the body of a request that has none.
        guard task.originalRequest?.httpBody != nil else {
            return completionHandler(nil)
        }
        exchange(task)?.finish { $0.isRewound = true }
        SessionDelegate.cancel(task, of: session)
        completionHandler(nil)
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }
}
