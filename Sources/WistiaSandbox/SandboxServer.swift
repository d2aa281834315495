internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// A sandbox on a TCP port of this machine.
public final class SandboxServer: Sendable {
    /// Where the server answers, without a slash at the end, such as `http://127.0.0.1:40123`.
    public let url: String
    /// The account behind it.
    public let sandbox: Sandbox

    private let server: HTTPServer
    private let running: Task<Void, any Error>

    /// Starts serving; returns when the port is open.
    ///
    /// - Parameters:
    ///   - sandbox: The account to serve.
    ///   - host: The IPv4 address to listen on.
    ///   - port: The port to listen on; 0 lets the system choose a free one.
    /// - Throws: ``SandboxError`` when the address cannot be used.
    public init(sandbox: Sandbox, host: String = "127.0.0.1", port: UInt16 = 0) async throws {
        self.sandbox = sandbox
        let address: sockaddr_in
        do {
            address = try .inet(ip4: host, port: port)
        } catch {
            throw SandboxError("listen \(host) failed: not an IPv4 address")
        }
        // The latency profile may keep an answer back for long; the server must not give up on it.
        let server = HTTPServer(
            config: .init(address: address, timeout: 3_600, pool: PromptSocketPool(), logger: .disabled),
            handler: ClosureHTTPHandler { try await Self.handle($0, sandbox: sandbox) })
        // Without a limit of its own, since a busy machine may take long: it listens, or its run ends and says why.
        let listening = Task { try await server.waitUntilListening(timeout: 3_600) }
        let running = Task {
            defer { listening.cancel() }
            try await server.run()
        }
        do {
            try await listening.value
        } catch {
            running.cancel()
            let outcome = await running.result
            throw SandboxError("listen \(host):\(port) failed: \(Self.cause(outcome)); choose another port")
        }
        guard case .ip4(let bound, port: let boundPort) = await server.listeningAddress else {
            running.cancel()
            throw SandboxError("listen \(host):\(port) failed: no address")
        }
        self.server = server
        self.running = running
        url = "http://\(bound):\(boundPort)"
    }

    /// Serves until the server is stopped or fails.
    public func wait() async throws {
        try await running.value
    }

    /// Closes the port and every connection.
    public func stop() async {
        await server.stop()
        running.cancel()
    }

    private static func cause(_ outcome: Result<Void, any Error>) -> String {
        switch outcome {
        case .failure(SocketError.failed(_, _, let message)): message
        case .failure(let error): "\(error)"
        case .success: "the server ended"
        }
    }

    private static func handle(_ request: HTTPRequest, sandbox: Sandbox) async throws -> HTTPResponse {
        let isLocal =
            switch request.remoteAddress {
            case .ip4(let address, port: _): address.hasPrefix("127.")
            case .ip6(let address, port: _): address == "::1"
            case .unix, .none: true
            @unknown default: false
            }
        let call = Sandbox.Call(
            method: request.method.rawValue, path: request.path,
            query: request.query.map { ($0.name, $0.value) }, authorization: request.headers[.authorization],
            body: request.method == .POST ? Array(try await request.bodyData) : [], isLocal: isLocal)
        let ticket = sandbox.begin(call)
        if ticket.delaySeconds > 0 {
            try await Task.sleep(for: .seconds(ticket.delaySeconds))
        }
        let reply = sandbox.finish(ticket)
        var headers = HTTPHeaders()
        for header in reply.headers {
            headers.setValues([header.value], for: HTTPHeader(header.name))
        }
        let status = HTTPStatusCode(reply.status, phrase: phrase(reply.status))
        if let cut = reply.cutAfterBytes {
            let body = HTTPBodySequence(
                from: BrokenBody(bytes: Array(reply.body.prefix(cut))), count: reply.body.count)
            return HTTPResponse(statusCode: status, headers: headers, body: body)
        }
        let body = HTTPBodySequence(data: Data(reply.body), suggestedBufferSize: 256 << 10)
        return HTTPResponse(statusCode: status, headers: headers, body: body)
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Unknown"
        }
    }
}

/// A body that ends in an error, upon which the server closes the connection.
private struct BrokenBody: AsyncBufferedSequence {
    struct Iterator: AsyncBufferedIteratorProtocol {
        var rest: ArraySlice<UInt8>

        mutating func next() async throws -> UInt8? {
            guard let byte = rest.popFirst() else { throw SandboxError("cut") }
            return byte
        }

        mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
            guard !rest.isEmpty else { throw SandboxError("cut") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }

    var bytes: [UInt8]

    func makeAsyncIterator() -> Iterator {
        Iterator(rest: bytes[...])
    }
}
