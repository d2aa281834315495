internal import FlyingFox
internal import FlyingSocks
internal import Glibc

/// The library's socket pool, with Nagle's algorithm switched off.
///
/// The server writes head and body apart; with Nagle's algorithm the body waits for the client's delayed acknowledgement
/// of the head, 40 ms a request. Accepted sockets inherit the option from the listening one, which passes through here
/// whenever it waits for a connection.
struct PromptSocketPool: AsyncSocketPool {
    private let base: any AsyncSocketPool = HTTPServer.defaultPool()

    func prepare() async throws {
        try await base.prepare()
    }

    func run() async throws {
        try await base.run()
    }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        try socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
        try await base.suspendSocket(socket, untilReadyFor: events)
    }
}
