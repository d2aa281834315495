import Foundation
import HTTP
import LambdaRuntime
import Logging
import Synchronization
import TestSupport
import Testing

struct InvocationLoopTests {
    private struct Broken: Error {}

    private let time = VirtualTimeSource(isManual: true)

    private func event(_ body: String, seconds: Double = 60, traceID: String? = nil) -> FakeRuntimeAPI.Event {
        FakeRuntimeAPI.Event(body: body, deadline: time.now().adding(seconds: seconds), traceID: traceID)
    }

    private func make(
        _ transport: any Transport, endpoint: String = "runtime.test",
        setTraceID: @escaping @Sendable (String?) -> Void = { _ in }
    ) -> InvocationLoop {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        return InvocationLoop(
            client: RuntimeClient(endpoint: endpoint, transport: transport), time: time, logger: logger,
            marginSeconds: 2, setTraceID: setTraceID)
    }

    private func echo(_ invocation: Invocation, failing isFailing: Bool) throws -> [UInt8] {
        if isFailing {
            throw Broken()
        }
        return invocation.body
    }

    private func posts(_ transport: ScriptedTransport) -> [String] {
        transport.requests.filter { $0.method == "POST" }.map { request in
            let path = request.url.split(separator: "/").suffix(2).joined(separator: "/")
            return "\(path) \(String(decoding: request.body, as: UTF8.self))"
        }
    }

    @Test func `handles events until the environment is gone`() async {
        let transport = FakeRuntimeAPI([event("1"), event("2"), event("3")]).transport()
        let code = await make(transport).run { { $0.body + Array("!".utf8) } }
        #expect(code == 0)
        #expect(
            posts(transport) == ["request-0/response 1!", "request-1/response 2!", "request-2/response 3!"])
    }

    @Test func `reports what a handler throws and goes on`() async {
        let transport = FakeRuntimeAPI([event("1"), event("2")]).transport()
        let code = await make(transport).run { { try echo($0, failing: $0.requestID == "request-0") } }
        #expect(code == 0)
        #expect(
            posts(transport) == [
                #"request-0/error {"errorMessage":"Broken()","errorType":"Broken","stackTrace":[]}"#,
                "request-1/response 2",
            ])
    }

    @Test func `sets the trace header and the current invocation for each`() async {
        let traces = Mutex<[String?]>([])
        let transport = FakeRuntimeAPI([event("1", traceID: "Root=1"), event("2")]).transport()
        let loop = make(transport) { trace in traces.withLock { $0.append(trace) } }
        _ = await loop.run { { _ in Array((Invocation.current?.requestID ?? "none").utf8) } }
        #expect(traces.withLock { $0 } == ["Root=1", nil])
        #expect(posts(transport) == ["request-0/response request-0", "request-1/response request-1"])
        #expect(Invocation.current == nil)
    }

    @Test func `reports an invocation that cannot finish, cancels it and goes on`() async {
        let transport = FakeRuntimeAPI([event("slow", seconds: 60), event("2", seconds: 600)]).transport()
        let loop = make(transport)
        let time = time
        async let code = loop.run {
            { invocation in
                if invocation.requestID == "request-0" {
                    try await time.sleep(seconds: 1_000_000)
                }
                return invocation.body
            }
        }
        await time.waitForSleepers(2)
        time.advance(seconds: 57.9)
        #expect(posts(transport).isEmpty)
        time.advance(seconds: 0.1)
        #expect(await code == 0)
        #expect(
            posts(transport) == [
                #"request-0/error {"errorMessage":"invocation not finished 2.0 s before its deadline; raise the function's timeout","errorType":"Function.DeadlineExceeded","stackTrace":[]}"#,
                "request-1/response 2",
            ])
    }

    @Test func `ends the process when a handler does not heed its cancellation`() async {
        let transport = FakeRuntimeAPI([event("stuck", seconds: 60), event("2")]).transport()
        let loop = make(transport)
        let release = AsyncStream.makeStream(of: Void.self)
        async let code = loop.run {
            { invocation in
                await Task.detached {
                    for await _ in release.stream {
                        break
                    }
                }.value
                return invocation.body
            }
        }
        await time.waitForSleepers(1)
        time.advance(seconds: 58)
        // Half of the margin, so that the platform does not come first.
        await time.waitForSleepers(1)
        time.advance(seconds: 1)
        #expect(await code == 1)
        #expect(posts(transport).count == 1)
        release.continuation.yield()
    }

    @Test func `reports a failed start and ends`() async {
        let transport = FakeRuntimeAPI([]).transport()
        #expect(await make(transport).run { throw Broken() } == 1)
        #expect(
            posts(transport) == [
                #"init/error {"errorMessage":"Broken()","errorType":"Broken","stackTrace":[]}"#
            ])
        #expect(transport.requests.count == 1)
    }

    @Test func `ends with success when nobody answers`() async {
        #expect(await make(ScriptedTransport([])).run { { $0.body } } == 0)
    }

    @Test func `reports and ends in time although every thread of the pool is busy`() async throws {
        let result = try await #require(
            processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
        ) {
            DispatchQueue(label: "guard").asyncAfter(deadline: .now() + 10) { _exit(9) }
            // The real clock: a sleep on the pool is what would fail.
            let time = LoopTimeSource()
            let api = FakeRuntimeAPI([
                .init(body: "busy", deadline: time.now().adding(seconds: 0.5)),
                .init(body: "2", deadline: time.now()),
            ])
            let transport = ScriptedTransport { request, _ in
                LineOutput.standardError(Array("\(request.method) \(request.url)".utf8))
                return api.answer(method: request.method, path: request.url)
            }
            let loop = InvocationLoop(
                client: RuntimeClient(endpoint: "runtime.test", transport: transport), time: time,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), marginSeconds: 0.4)
            await loop.runProcess {
                { invocation in
                    await withTaskGroup { group in
                        for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                            group.addTask { while getenv("NEVER") == nil {} }
                        }
                    }
                    return invocation.body
                }
            }
        }
        let lines = String(decoding: result.standardErrorContent, as: UTF8.self).split(separator: "\n")
        #expect(
            lines.suffix(2) == [
                "GET http://runtime.test/2018-06-01/runtime/invocation/next",
                "POST http://runtime.test/2018-06-01/runtime/invocation/request-0/error",
            ])
    }

    @Test(arguments: ["/response", "/error"])
    func `ends with a failure when the platform cannot go on`(path: String) async {
        let transport = FakeRuntimeAPI([event("1"), event("2")], statuses: [path: 500]).transport()
        #expect(await make(transport).run { { try echo($0, failing: path == "/error") } } == 1)
        #expect(posts(transport).count == 1)
    }

    @Test func `goes on after a response that was too large`() async {
        let transport = FakeRuntimeAPI([event("1"), event("2")], statuses: ["request-0/response": 413])
            .transport()
        #expect(await make(transport).run { { $0.body } } == 0)
        #expect(posts(transport).count == 2)
    }

    @Test(arguments: [400, 403])
    func `goes on after an answer that the platform did not want`(status: Int) async {
        let transport = FakeRuntimeAPI(
            [event("1"), event("2"), event("3")],
            statuses: ["request-0/response": status, "request-1/error": status]
        ).transport()
        #expect(await make(transport).run { { try echo($0, failing: $0.requestID == "request-1") } } == 0)
        #expect(posts(transport).count == 3)
    }

    @Test func `does not handle an event for ever whose answer is refused`() async {
        let end = time.now().adding(seconds: 60).millisecondsSinceEpoch
        let transport = ScriptedTransport { request, _ in
            request.method == "POST"
                ? Response(status: 403)
                : Response(
                    status: 200,
                    headers: [
                        "Lambda-Runtime-Aws-Request-Id": "a", "Lambda-Runtime-Deadline-Ms": "\(end)",
                    ])
        }
        #expect(await make(transport).run { { $0.body } } == 1)
        #expect(posts(transport).count == 1)
    }

    @Test func `works over URLSession on one connection`() async throws {
        let api = FakeRuntimeAPI([event("1"), event("fail"), event("3", traceID: "Root=1")])
        let server = try RawHTTPServer { request in
            let words = request.requestLine.split(separator: " ")
            return [.send(api.answer(method: String(words[0]), path: String(words[1])).wire)]
        }
        let loop = make(URLSessionTransport(), endpoint: "127.0.0.1:\(server.port)")
        let code = await loop.run { { try echo($0, failing: $0.body == Array("fail".utf8)) } }
        #expect(code == 0)
        let lines = server.requests.map(\.requestLine)
        let start = "/2018-06-01/runtime/invocation"
        #expect(
            lines == [
                "GET \(start)/next HTTP/1.1", "POST \(start)/request-0/response HTTP/1.1",
                "GET \(start)/next HTTP/1.1",
                "POST \(start)/request-1/error HTTP/1.1", "GET \(start)/next HTTP/1.1",
                "POST \(start)/request-2/response HTTP/1.1", "GET \(start)/next HTTP/1.1",
            ])
        #expect(server.connectionCount == 1)
        #expect(server.requests[1].values("Content-Type") == ["application/json"])
    }

    @Test func `makes the trace header an environment variable`() async {
        await #expect(processExitsWith: .success) {
            InvocationLoop.setTraceVariable("Root=1")
            precondition(getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } == "Root=1")
            InvocationLoop.setTraceVariable(nil)
            precondition(getenv("_X_AMZN_TRACE_ID") == nil)
        }
    }

    @Test func `counts the time that is left`() {
        let deadline = Deadline(end: time.now().adding(seconds: 60), marginSeconds: 5)
        #expect(deadline.remainingSeconds(time) == 55)
        time.advance(seconds: 58)
        #expect(deadline.remainingSeconds(time) == 0)
    }
}
