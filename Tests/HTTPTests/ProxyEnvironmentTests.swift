import Foundation
import TestSupport
import Testing

@testable import HTTP

struct ProxyEnvironmentTests {
    @Test func `never proxies this machine or the Runtime API`() {
        #expect(
            ProxyEnvironment.noProxy(inherited: nil, runtimeAPI: "169.254.100.1:9001")
                == "169.254.100.1,localhost,127.0.0.1,::1,169.254.169.254,169.254.170.2")
    }

    @Test func `keeps what the environment excludes`() {
        #expect(
            ProxyEnvironment.noProxy(inherited: "a.test, .b.test,127.0.0.1", runtimeAPI: nil)
                == "a.test,.b.test,127.0.0.1,localhost,::1,169.254.169.254,169.254.170.2")
    }

    /// Runs in a process of its own, since the environment is shared.
    @Test(arguments: [true, false])
    func `reaches the server instead of the proxy`(isDirect: Bool) async {
        await #expect(processExitsWith: .success) { [isDirect] in
            let proxy = try RawHTTPServer(answer: "HTTP/1.1 502 Proxy\r\nContent-Length: 0\r\n\r\n")
            let server = try RawHTTPServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            setenv("http_proxy", proxy.url(), 1)
            setenv("no_proxy", "", 1)
            let transport = URLSessionTransport(proxy: isDirect ? .direct : .environment)
            let response = try await transport.send(Request(url: server.url()))
            precondition(response.status == 200 && proxy.connectionCount == 0)
        }
    }

    /// The counterpart of the test above: without it, that one could not fail.
    @Test func `follows the proxy to other hosts when asked to`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try RawHTTPServer(answer: "HTTP/1.1 299 Proxy\r\nContent-Length: 0\r\n\r\n")
            setenv("http_proxy", proxy.url(), 1)
            unsetenv("no_proxy")
            unsetenv("NO_PROXY")
            let transport = URLSessionTransport(proxy: .environment)
            let response = try await transport.send(Request(url: "http://elsewhere.invalid/a"))
            precondition(response.status == 299)
            precondition(proxy.requests.first?.requestLine == "GET http://elsewhere.invalid/a HTTP/1.1")
        }
    }
}
