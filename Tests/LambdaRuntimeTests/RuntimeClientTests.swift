import HTTP
import LambdaRuntime
import TestSupport
import Testing

struct RuntimeClientTests {
    private struct Odd: ReportableError, CustomStringConvertible {
        var errorType: String
        var description: String { "line \"one\"\nline two" }
    }

    private struct Base64Error: Error {}

    private struct Box<Content>: Error {}

    private struct Größe: Error {}

    private struct E2: Error {}

    private let invocation = Invocation(
        requestID: "r-1", deadline: Timestamp(microsecondsSinceEpoch: 0), body: [])

    private func make(_ transport: any Transport) -> RuntimeClient {
        RuntimeClient(endpoint: "127.0.0.1:9001", transport: transport)
    }

    @Test func `asks for the next invocation without a time-out`() async throws {
        let transport = ScriptedTransport([
            Response(
                status: 200,
                headers: [
                    "lambda-runtime-aws-request-id": "r-1", "lambda-runtime-deadline-ms": "1767837784250",
                    "lambda-runtime-trace-id": "Root=1", "lambda-runtime-invoked-function-arn": "arn",
                ], body: [1, 2])
        ])
        let invocation = try await make(transport).next()
        #expect(
            invocation
                == Invocation(
                    requestID: "r-1", deadline: Timestamp(millisecondsSinceEpoch: 1_767_837_784_250),
                    functionARN: "arn", traceID: "Root=1", body: [1, 2]))
        let request = try #require(transport.requests.first)
        #expect(request.timeoutSeconds == nil)
        #expect(request.url == "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next")
    }

    @Test(arguments: [
        (403, RuntimeAPIError.Kind.refused), (500, .refused), (404, .refused), (202, .refused), (410, .gone),
    ])
    func `cannot go on after any other answer`(status: Int, kind: RuntimeAPIError.Kind) async throws {
        let body = #"{"errorType":"InvalidStateTransition"}"# + "\n"
        let client = make(ScriptedTransport { _, _ in Response(status: status, body: Array(body.utf8)) })
        let error = await #expect(throws: RuntimeAPIError.self) { try await client.next() }
        #expect(error?.kind == kind)
        #expect(
            error?.description
                == "get the next invocation failed (HTTP \(status)): {\"errorType\":\"InvalidStateTransition\"} ; the process must end"
        )
    }

    @Test(
        arguments: [
            [:], ["Lambda-Runtime-Aws-Request-Id": "r"], ["Lambda-Runtime-Deadline-Ms": "1"],
            ["Lambda-Runtime-Aws-Request-Id": "r", "Lambda-Runtime-Deadline-Ms": "soon"],
            ["Lambda-Runtime-Aws-Request-Id": "r", "Lambda-Runtime-Deadline-Ms": "9223372036854775807"],
            ["Lambda-Runtime-Aws-Request-Id": "../../init/error", "Lambda-Runtime-Deadline-Ms": "1"],
        ] as [[String: String]])
    func `refuses an invocation without id or deadline`(fields: [String: String]) async throws {
        var headers = Headers()
        for (name, value) in fields {
            headers[name] = value
        }
        let client = make(ScriptedTransport([Response(status: 200, headers: headers)]))
        let error = await #expect(throws: RuntimeAPIError.self) { try await client.next() }
        #expect(error?.message == "the answer names no request id, or no deadline")
    }

    @Test func `posts a response as JSON`() async throws {
        let transport = ScriptedTransport([Response(status: 202)])
        #expect(try await make(transport).succeed(invocation, body: [0x7B, 0x7D]) == .accepted)
        let request = try #require(transport.requests.first)
        #expect(request.method == "POST" && request.body == [0x7B, 0x7D])
        #expect(request.url == "http://127.0.0.1:9001/2018-06-01/runtime/invocation/r-1/response")
        #expect(request.headers["Content-Type"] == "application/json")
    }

    @Test func `lives on when the platform finds the response too large`() async throws {
        #expect(
            try await make(ScriptedTransport([Response(status: 413)])).succeed(invocation, body: [])
                == .tooLarge)
    }

    @Test(arguments: [
        (6_291_556, RuntimeClient.Delivery.accepted, "/response"), (6_291_557, .tooLarge, "/error"),
    ])
    func `knows the greatest response`(size: Int, delivery: RuntimeClient.Delivery, path: String) async throws
    {
        let transport = ScriptedTransport([Response(status: 202)])
        let body = [UInt8](repeating: 0x20, count: size)
        #expect(try await make(transport).succeed(invocation, body: body) == delivery)
        let request = try #require(transport.requests.first)
        #expect(request.url.hasSuffix(path))
        if delivery == .tooLarge {
            #expect(request.headers["Lambda-Runtime-Function-Error-Type"] == "Function.ResponseSizeTooLarge")
            let text = "it has 6291557 bytes, more than the platform's 6291556"
            #expect(String(decoding: request.body, as: UTF8.self).contains(text))
        }
    }

    @Test(arguments: [404, 410, 500])
    func `cannot go on after any other answer to a response or an error`(status: Int) async {
        let client = make(ScriptedTransport { _, _ in Response(status: status) })
        let refused = await #expect(throws: RuntimeAPIError.self) {
            try await client.succeed(invocation, body: [])
        }
        #expect(refused?.status == status)
        await #expect(throws: RuntimeAPIError.self) {
            try await client.fail(invocation, error: CancellationError())
        }
    }

    @Test(arguments: [400, 403])
    func `tells of an answer that the platform does not want`(status: Int) async throws {
        let client = make(
            ScriptedTransport { _, _ in Response(status: status, body: Array("Invalid\nstate".utf8)) })
        #expect(try await client.succeed(invocation, body: []) == .refused("Invalid state"))
        #expect(try await client.fail(invocation, error: CancellationError()) == .refused("Invalid state"))
    }

    @Test func `takes a broken connection for the end only while it waits`() async {
        let client = make(ScriptedTransport([]))
        let waiting = await #expect(throws: RuntimeAPIError.self) { try await client.next() }
        #expect(waiting?.kind == .gone)
        let answering = await #expect(throws: RuntimeAPIError.self) {
            try await client.succeed(invocation, body: [])
        }
        #expect(answering?.kind == .refused)
    }

    @Test(arguments: [
        ("Function.ConfigurationMissing", "Function.ConfigurationMissing"), ("Runtime.Xx", "Runtime.Xx"),
        ("Unhandled", "Function.Unhandled"), ("Function.lower", "Function.Unhandled"),
        ("Function.A", "Function.Unhandled"),
        ("Function.A1", "Function.Unhandled"), ("Function.Aa.Bb", "Function.Unhandled"),
        ("Other.Aa", "Function.Unhandled"),
        ("Function.Aa\r\nX: y", "Function.Unhandled"), ("", "Function.Unhandled"),
    ])
    func `reports only types that the platform takes`(type: String, header: String) async throws {
        let transport = ScriptedTransport([Response(status: 202)])
        #expect(try await make(transport).fail(invocation, error: Odd(errorType: type)) == .accepted)
        let request = try #require(transport.requests.first)
        #expect(request.url == "http://127.0.0.1:9001/2018-06-01/runtime/invocation/r-1/error")
        #expect(request.headers["Lambda-Runtime-Function-Error-Type"] == header)
        #expect(request.headers["Content-Type"] == "application/json")
        if type == "Unhandled" {
            let body = #"{"errorMessage":"line \"one\"\nline two","errorType":"Unhandled","stackTrace":[]}"#
            #expect(String(decoding: request.body, as: UTF8.self) == body)
        }
    }

    @Test(
        arguments: [
            (CancellationError(), "Function.CancellationError", "CancellationError"),
            (Base64Error(), "Function.BaseError", "Base64Error"),
            (Box<[Int]>(), "Function.Box", "Box<Array<Int>>"),
            (Größe(), "Function.Gre", "Größe"),
            (E2(), "Function.Unhandled", "E2"),
        ] as [(any Error, String, String)])
    func `names the Swift type of any other error`(error: any Error, header: String, type: String)
        async throws
    {
        let transport = ScriptedTransport([Response(status: 202)])
        try await make(transport).reportInitializationFailure(error)
        let request = try #require(transport.requests.first)
        #expect(request.url == "http://127.0.0.1:9001/2018-06-01/runtime/init/error")
        #expect(request.headers["Lambda-Runtime-Function-Error-Type"] == header)
        #expect(String(decoding: request.body, as: UTF8.self).contains(#""errorType":"\#(type)""#))
    }
}
