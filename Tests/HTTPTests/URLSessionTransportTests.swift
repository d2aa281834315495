import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

struct URLSessionTransportTests {
    private static let shared = URLSessionTransport()
    private var transport: URLSessionTransport { URLSessionTransportTests.shared }
    private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func lines(_ request: RawHTTPServer.RawRequest) -> Set<String> {
        Set(request.headerLines.map { $0.lowercased() })
    }

    @Test func `sends what the request says and little else`() async throws {
        let server = try RawHTTPServer(answer: ok)
        let response = try await transport.send(Request(url: server.url("/a"), headers: ["X-A": "1; b"]))
        #expect(response.status == 200 && response.body == Array("ok".utf8))
        let request = try #require(server.requests.first)
        #expect(request.requestLine == "GET /a HTTP/1.1")
        #expect(
            lines(request) == [
                "host: 127.0.0.1:\(server.port)", "user-agent: medallion", "accept-encoding: identity",
                "connection: keep-alive", "x-a: 1; b",
            ])
        #expect(request.body.isEmpty)
    }

    @Test(arguments: [
        "/a%2Fb%20c%2Bd+e%25f", "/a//b///c/", "/?", "/?list-type=2&prefix=a%2Fb%3D%26&x",
        "/a;b=c,d@e:f!g$h'(i)*j~k_l-m",
        "/%E2%82%AC/%e2%82%ac", "/a=2026-01-08/b?c=d%20e+f&%7E~", "/a...b/..c/d../.e", "/a?b/../c",
    ])
    func `sends the path and the query byte for byte`(target: String) async throws {
        let server = try RawHTTPServer(answer: ok)
        _ = try await transport.send(Request(url: server.url(target)))
        #expect(server.requests.first?.requestLine == "GET \(target) HTTP/1.1")
    }

    @Test(arguments: [
        ("ftp://127.0.0.1/", "neither http:// nor https://"), ("/path", "neither http:// nor https://"),
        ("http://127.0.0.1/a b", "must be percent-encoded"),
        ("http://127.0.0.1/a\r\nX: y", "must be percent-encoded"),
        ("http://127.0.0.1/ä", "must be percent-encoded"),
        ("http://127.0.0.1/a#b", "must be percent-encoded"),
        ("http://127.0.0.1/a%zz", "not an absolute, percent-encoded URL"), ("http://", "not an absolute"),
        ("http://127.0.0.1/a|b", "not an absolute, percent-encoded URL"),
        ("http://user:secret@127.0.0.1/", "credentials belong into a header"),
        ("http://127.0.0.1/a/../b", "dot segment"), ("http://127.0.0.1/a/.", "dot segment"),
        ("http://127.0.0.1/%2E%2e/b", "dot segment"),
    ])
    func `refuses a URL that would not be sent as it stands`(url: String, words: String) async throws {
        let error = await #expect(throws: TransportError.self) { try await transport.send(Request(url: url)) }
        let description = try #require(error).description
        #expect(error?.kind == .invalidURL && description.contains(words) && !description.contains("secret"))
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Evil: c"), ("X-A", "b\u{0}c"), ("X-A", "b\u{7F}"), ("X-A", " "), ("X-A", "b "),
        ("X-A", "\tb"),
        ("X-A\r\nX-B", "c"), ("X A", "b"), ("", "b"), ("X-A:", "b"), ("Ä", "b"), ("Host", "evil"),
        ("content-length", "5"),
        ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"),
    ])
    func `refuses a header that could smuggle something in`(name: String, value: String) async throws {
        let server = try RawHTTPServer(answer: ok)
        var headers = Headers()
        headers[name] = value
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(Request(url: server.url(), headers: headers))
        }
        #expect(error?.kind == .invalidRequest)
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: ["", "GET /x", "get", "GET\r\nX: y"])
    func `refuses a method that is not an upper-case word`(method: String) async throws {
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(Request(method: method, url: "http://127.0.0.1:9/"))
        }
        #expect(
            error?.description
                == "? http://127.0.0.1:9/ invalid request: the method is not an upper-case word")
    }

    @Test(arguments: ["GET", "HEAD"])
    func `refuses a body where none may be`(method: String) async throws {
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(Request(method: method, url: "http://127.0.0.1:9/", body: [1]))
        }
        #expect(error?.detail == "\(method) cannot have a body")
    }

    @Test func `sends an empty header value`() async throws {
        let server = try RawHTTPServer(answer: ok)
        _ = try await transport.send(Request(url: server.url(), headers: ["X-Empty": ""]))
        #expect(try #require(server.requests.first).headerLines.contains("X-Empty:"))
    }

    @Test(arguments: ["PUT", "POST", "PATCH", "DELETE"])
    func `sends a body with its length and no form encoding`(method: String) async throws {
        let server = try RawHTTPServer(answer: ok)
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        _ = try await transport.send(Request(method: method, url: server.url(), body: body))
        let request = try #require(server.requests.first)
        #expect(request.requestLine == "\(method) / HTTP/1.1")
        #expect(request.body == body)
        #expect(request.values("Content-Length") == ["3000000"])
        #expect(request.values("Expect").isEmpty && request.values("Transfer-Encoding").isEmpty)
        #expect(request.values("Content-Type") == (method == "POST" ? ["application/octet-stream"] : []))
    }

    @Test func `keeps the content type of a request`() async throws {
        let server = try RawHTTPServer(answer: ok)
        _ = try await transport.send(
            Request(
                method: "POST", url: server.url(), headers: ["Content-Type": "application/json"], body: [0x7B]
            ))
        #expect(server.requests.first?.values("Content-Type") == ["application/json"])
    }

    @Test(arguments: ["PUT", "POST"])
    func `sends the length of an empty body`(method: String) async throws {
        let server = try RawHTTPServer(answer: ok)
        _ = try await transport.send(Request(method: method, url: server.url()))
        let request = try #require(server.requests.first)
        #expect(request.values("Content-Length") == ["0"])
        #expect(request.values("Content-Type").isEmpty && request.values("Transfer-Encoding").isEmpty)
    }

    @Test func `does not wait for the body of a HEAD`() async throws {
        let server = try RawHTTPServer(
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"a\"\r\n\r\n")
        let transport = URLSessionTransport()
        for _ in 0..<2 {
            let response = try await transport.send(
                Request(method: "HEAD", url: server.url(), timeoutSeconds: 5))
            #expect(response.status == 200 && response.body.isEmpty)
            #expect(response.headers["content-length"] == "12345" && response.headers["etag"] == "\"a\"")
        }
        #expect(server.connectionCount == 1)
    }

    @Test(arguments: [204, 304])
    func `does not wait for a body that cannot come`(status: Int) async throws {
        let server = try RawHTTPServer(answer: "HTTP/1.1 \(status) Nothing\r\nETag: \"a\"\r\n\r\n")
        let response = try await transport.send(Request(url: server.url(), timeoutSeconds: 5))
        #expect(response.status == status && response.body.isEmpty)
    }

    @Test(arguments: [200, 400, 403, 404, 409, 412, 413, 429, 500, 503])
    func `returns every status with its body`(status: Int) async throws {
        let server = try RawHTTPServer(answer: "HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nno")
        let response = try await transport.send(Request(url: server.url()))
        #expect(response.status == status && response.body == Array("no".utf8))
    }

    @Test func `reads a chunked answer and one that ends with the connection`() async throws {
        let chunked = try RawHTTPServer(
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        #expect(try await transport.send(Request(url: chunked.url())).body == Array("abcde".utf8))
        let closing = try RawHTTPServer { _ in [.send(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8)), .close] }
        #expect(try await transport.send(Request(url: closing.url())).body == Array("abc".utf8))
    }

    @Test func `skips an interim answer`() async throws {
        let server = try RawHTTPServer(answer: "HTTP/1.1 100 Continue\r\n\r\n" + ok)
        #expect(try await transport.send(Request(method: "PUT", url: server.url(), body: [1])).status == 200)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `returns a redirect instead of following it`(status: Int) async throws {
        let server = try RawHTTPServer(
            answer: "HTTP/1.1 \(status) Moved\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\ngo")
        let response = try await transport.send(Request(url: server.url()))
        #expect(response.status == status && response.headers["Location"] == "/elsewhere")
        #expect(response.body == Array("go".utf8))
        #expect(server.requests.count == 1)
    }

    @Test func `keeps no cookies`() async throws {
        let server = try RawHTTPServer(
            answer: "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")
        for _ in 0..<2 {
            #expect(try await transport.send(Request(url: server.url())).headers["Set-Cookie"] != nil)
        }
        #expect(server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.values("Cookie").isEmpty })
    }

    @Test func `caches nothing`() async throws {
        let server = try RawHTTPServer(
            answer:
                "HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n")
        for _ in 0..<2 {
            _ = try await transport.send(Request(url: server.url()))
        }
        #expect(server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.values("If-None-Match").isEmpty })
    }

    @Test func `sends no credentials on its own`() async throws {
        let server = try RawHTTPServer(
            answer: "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\nContent-Length: 2\r\n\r\nno")
        let response = try await transport.send(Request(url: server.url(), timeoutSeconds: 5))
        #expect(response.status == 401 && response.body == Array("no".utf8))
        #expect(server.requests.count == 1)
    }

    @Test func `decodes what was asked to be encoded`() async throws {
        // gzip of "hello"
        let gzip: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0x86, 0xA6, 0x10, 0x36,
            5, 0, 0, 0,
        ]
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n"
        let server = try RawHTTPServer { _ in [.send(Array(head.utf8) + gzip)] }
        let response = try await transport.send(
            Request(url: server.url(), headers: ["Accept-Encoding": "gzip"]))
        #expect(response.body == Array("hello".utf8))
        #expect(response.headers["Content-Encoding"] == nil && response.headers["Content-Length"] == nil)
        #expect(server.requests.first?.values("Accept-Encoding") == ["gzip"])
    }

    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u{1F}ab",
        ], [RawHTTPServer.Step.close, .reset])
    func `takes a truncated answer for a failure`(answer: String, end: RawHTTPServer.Step) async throws {
        let server = try RawHTTPServer { _ in [.send(Array(answer.utf8)), end] }
        let error = await #expect(throws: TransportError.self) {
            let response = try await transport.send(Request(url: server.url(), timeoutSeconds: 5))
            Issue.record("\(response)")
        }
        #expect(error?.kind == .connectionFailed, "\(String(describing: error))")
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ])
    func `survives an answer that is not HTTP`(answer: String) async throws {
        let server = try RawHTTPServer { _ in [.send(Array(answer.utf8)), .close] }
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(Request(url: server.url(), timeoutSeconds: 5))
        }
        #expect(error?.kind == .connectionFailed)
    }

    @Test func `does not send a part of the body again when a kept connection was closed`() async throws {
        let server = try RawHTTPServer { request in
            request.connection == 0 && request.index == 1 ? [.close] : [.send(Array(ok.utf8))]
        }
        let transport = URLSessionTransport(connectionsPerHostMaximum: 1)
        _ = try await transport.send(Request(url: server.url()))
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(
                Request(method: "PUT", url: server.url(), body: body, timeoutSeconds: 10))
        }
        #expect(error?.kind == .connectionFailed)
        #expect(server.requests.filter { $0.body == body && $0.connection > 0 }.isEmpty)
        #expect(try await transport.send(Request(method: "PUT", url: server.url(), body: [1])).status == 200)
    }

    @Test func `gives up after the silence that a request allows`() async throws {
        let server = try RawHTTPServer { _ in [.waitForClient] }
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(Request(url: server.url(), timeoutSeconds: 0.2))
        }
        #expect(error?.kind == .timedOut)
        #expect(server.requests.count == 1)
    }

    @Test func `waits without a time-out until the answer comes`() async throws {
        let server = try RawHTTPServer { _ in
            usleep(1_300_000)
            return [.send(Array(ok.utf8))]
        }
        let request = Request(url: server.url(), timeoutSeconds: nil)
        #expect(try await transport.send(request).status == 200)
        let greatest = Request(url: server.url(), timeoutSeconds: .greatestFiniteMagnitude)
        #expect(try await transport.send(greatest).status == 200)
    }

    @Test func `ends when its task is cancelled`() async throws {
        let arrived = AsyncStream.makeStream(of: Void.self)
        let server = try RawHTTPServer { _ in
            arrived.continuation.yield()
            return [.waitForClient]
        }
        let url = server.url()
        let task = Task { try await transport.send(Request(url: url, timeoutSeconds: nil)) }
        for await _ in arrived.stream {
            break
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `survives cancellation at any moment`() async throws {
        let server = try RawHTTPServer(answer: ok)
        let url = server.url()
        for round in 0..<300 {
            let task = Task { try await transport.send(Request(url: url, timeoutSeconds: 10)) }
            for _ in 0..<(round % 100) {
                await Task.yield()
            }
            task.cancel()
            switch await task.result {
            case .success(let response): #expect(response.status == 200)
            case .failure(let error): #expect(error is CancellationError, "\(error)")
            }
        }
    }

    @Test func `says when nobody listens and when nobody is known`() async throws {
        let server = try RawHTTPServer(answer: ok)
        server.stop()
        let refused = await #expect(throws: TransportError.self) {
            try await transport.send(Request(url: server.url("/a?token=secret")))
        }
        #expect(refused?.kind == .connectionFailed)
        #expect(
            try #require(refused).description.hasPrefix(
                "GET http://127.0.0.1:\(server.port)/a connection failed: "))
        let unknown = await #expect(throws: TransportError.self) {
            try await transport.send(Request(url: "http://nowhere.invalid/"))
        }
        #expect(unknown?.kind == .unknownHost)
    }

    @Test func `keeps many requests in flight at once`() async throws {
        let count = 64
        let barrier = Mutex(0)
        let allArrived = DispatchSemaphore(value: 0)
        let server = try RawHTTPServer { _ in
            let arrived = barrier.withLock { arrived in
                arrived += 1
                return arrived
            }
            if arrived == count {
                for _ in 0..<count {
                    allArrived.signal()
                }
            }
            _ = allArrived.wait(timeout: .now() + 20)
            return [.send(Array(ok.utf8))]
        }
        let transport = URLSessionTransport(connectionsPerHostMaximum: count)
        let url = server.url()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask { try await transport.send(Request(url: url, timeoutSeconds: 15)).status }
            }
            for try await status in group {
                #expect(status == 200)
            }
        }
        #expect(server.connectionCount == count)
    }
}
