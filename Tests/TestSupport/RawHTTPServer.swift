import Glibc
import Synchronization

/// A server on 127.0.0.1 that keeps the exact bytes of every request and answers with exact bytes.
///
/// Each connection has a thread of its own, which blocks; nothing polls. It stops with its last reference.
public final class RawHTTPServer: Sendable {
    /// A request as it came over the wire.
    public struct RawRequest: Sendable {
        /// The connection's number, from 0.
        public var connection: Int
        /// The request's number among all, from 0.
        public var index: Int
        /// The request line and the header lines, with their line ends and the empty line.
        public var head: String
        /// The body, as long as `Content-Length` says, or as much of it as came.
        public var body: [UInt8]

        /// The request line, such as `GET /a HTTP/1.1`.
        public var requestLine: String { lines.first ?? "" }

        /// The header lines in order, as sent.
        public var headerLines: [String] { Array(lines.dropFirst()) }

        /// The values of a field, in order.
        public func values(_ name: String) -> [String] {
            headerLines.compactMap { line in
                guard let colon = line.firstIndex(of: ":"),
                    line[..<colon].lowercased() == name.lowercased()
                else {
                    return nil
                }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }

        private var lines: [String] {
            head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
        }
    }

    /// What the server does, one after the other.
    public enum Step: Sendable {
        /// Sends bytes.
        case send([UInt8])
        /// Waits until the client has gone.
        case waitForClient
        /// Closes the connection.
        case close
        /// Breaks the connection with RST.
        case reset
    }

    /// Decides what to do about a request; without `.close` or `.reset` the connection stays for the next.
    public typealias Script = @Sendable (RawRequest) -> [Step]

    private struct State {
        var requests: [RawRequest] = []
        var connectionCount = 0
        var descriptors: Set<Int32> = []
        var isStopped = false
    }

    /// What the threads hold, so that they do not hold the server.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let script: Script

        init(script: @escaping Script) {
            self.script = script
        }
    }

    /// The port that the system chose.
    public let port: UInt16
    private let shared: Shared
    private let listener: Int32

    /// Starts a server.
    public init(_ script: @escaping Script) throws {
        shared = Shared(script: script)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(fd, address, length) == 0 && listen(fd, 128) == 0
                    && getsockname(fd, address, &length) == 0
            }
        }
        guard listener >= 0, isListening else {
            throw SystemError(operation: "listen", number: errno)
        }
        port = UInt16(bigEndian: address.sin_port)
        let shared = shared
        RawHTTPServer.startThread { RawHTTPServer.accept(on: fd, shared) }
    }

    /// Answers every request with these bytes.
    public convenience init(answer: String) throws {
        let bytes = Array(answer.utf8)
        try self.init { _ in [.send(bytes)] }
    }

    deinit {
        stop()
    }

    /// The requests so far, in the order in which they were complete.
    public var requests: [RawRequest] {
        shared.state.withLock { $0.requests }
    }

    /// How many connections were accepted.
    public var connectionCount: Int {
        shared.state.withLock { $0.connectionCount }
    }

    /// `http://127.0.0.1:port` and a path.
    public func url(_ path: String = "/") -> String {
        "http://127.0.0.1:\(port)\(path)"
    }

    /// Stops listening and breaks every connection.
    public func stop() {
        let wasStopped = shared.state.withLock { state in
            defer { state.isStopped = true }
            for descriptor in state.descriptors {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
            return state.isStopped
        }
        if !wasStopped {
            // This wakes accept, and the thread closes the socket.
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, { RawHTTPServer.run($0) }, box.toOpaque())
        precondition(result == 0, "no thread")
        pthread_detach(thread)
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument {
            Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        }
        return nil
    }

    private static func accept(on listener: Int32, _ shared: Shared) {
        defer { close(listener) }
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                return
            }
            let connection = shared.state.withLock { state -> Int? in
                guard !state.isStopped else {
                    return nil
                }
                state.descriptors.insert(descriptor)
                state.connectionCount += 1
                return state.connectionCount - 1
            }
            guard let connection else {
                close(descriptor)
                return
            }
            startThread {
                serve(descriptor, connection, shared)
                shared.state.withLock { state in
                    state.descriptors.remove(descriptor)
                    close(descriptor)
                }
            }
        }
    }

    private static func serve(_ descriptor: Int32, _ connection: Int, _ shared: Shared) {
        var buffer: [UInt8] = []
        while let (head, body) = readRequest(descriptor, &buffer) {
            let request = shared.state.withLock { state in
                let request = RawRequest(
                    connection: connection, index: state.requests.count, head: head, body: body)
                state.requests.append(request)
                return request
            }
            for step in shared.script(request) {
                switch step {
                case .send(let bytes):
                    sendAll(descriptor, bytes)
                case .waitForClient:
                    while let bytes = receive(descriptor) {
                        buffer += bytes
                    }
                    return
                case .close:
                    return
                case .reset:
                    var option = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(
                        descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                    return
                }
            }
        }
    }

    private static func readRequest(_ descriptor: Int32, _ buffer: inout [UInt8]) -> (String, [UInt8])? {
        let separator = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let end = firstIndex(of: separator, in: buffer, from: searched) {
                let head = String(decoding: buffer[..<(end + 4)], as: UTF8.self)
                buffer.removeFirst(end + 4)
                let probe = RawRequest(connection: 0, index: 0, head: head, body: [])
                let length = probe.values("Content-Length").first.flatMap { Int($0) } ?? 0
                while buffer.count < length, let bytes = receive(descriptor) {
                    buffer += bytes
                }
                let body = Array(buffer.prefix(length))
                buffer.removeFirst(body.count)
                return (head, body)
            }
            searched = max(0, buffer.count - 3)
            guard let bytes = receive(descriptor) else {
                return nil
            }
            buffer += bytes
        }
    }

    private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= pattern.count + start else {
            return nil
        }
        return (start...(bytes.count - pattern.count)).first { index in
            bytes[index..<index + pattern.count].elementsEqual(pattern)
        }
    }

    private static func receive(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private static func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                return
            }
            sent += count
        }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}

/// A system call that failed.
public struct SystemError: Error, Sendable {
    /// The call.
    public var operation: String
    /// Its errno.
    public var number: Int32
}
