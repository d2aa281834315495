import HTTP
import Synchronization
import TestSupport

/// A Runtime API that hands out some events, then says that the environment is gone.
final class FakeRuntimeAPI: Sendable {
    struct Event: Sendable {
        var body: String
        var deadline: Timestamp
        var traceID: String?
    }

    private let events: [Event]
    private let served = Mutex(0)
    /// The status of the answer to a POST whose path ends in this word.
    private let statuses: [String: Int]

    init(_ events: [Event], statuses: [String: Int] = [:]) {
        self.events = events
        self.statuses = statuses
    }

    func answer(method: String, path: String) -> Response {
        if method == "GET", path.hasSuffix("/invocation/next") {
            let index = served.withLock { served in
                served += 1
                return served - 1
            }
            guard index < events.count else {
                return Response(status: 410)
            }
            let event = events[index]
            var headers: Headers = [
                "Lambda-Runtime-Aws-Request-Id": "request-\(index)",
                "Lambda-Runtime-Deadline-Ms": "\(event.deadline.millisecondsSinceEpoch)",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:a",
            ]
            headers["Lambda-Runtime-Trace-Id"] = event.traceID
            return Response(status: 200, headers: headers, body: Array(event.body.utf8))
        }
        let status = statuses.first { path.hasSuffix($0.key) }?.value ?? 202
        return Response(status: status, body: Array(#"{"status":"OK"}"#.utf8))
    }

    func transport() -> ScriptedTransport {
        ScriptedTransport { request, _ in self.answer(method: request.method, path: request.url) }
    }
}

extension Response {
    /// The answer as bytes on the wire.
    var wire: [UInt8] {
        var text = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.count)\r\n"
        for field in headers.fields {
            text += "\(field.name): \(field.value)\r\n"
        }
        return Array((text + "\r\n").utf8) + body
    }
}
