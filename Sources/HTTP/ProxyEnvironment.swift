#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The variables by which libcurl finds proxies (https://curl.se/libcurl/c/CURLOPT_PROXY.html).
enum ProxyEnvironment {
    private static let proxyVariables = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
    ]
    private static let neverProxied = ["localhost", "127.0.0.1", "::1", "169.254.169.254", "169.254.170.2"]

    /// Makes libcurl's `no_proxy` say what was chosen; without any proxy variable it changes nothing.
    static func apply(_ proxy: URLSessionTransport.Proxy) {
        guard proxyVariables.contains(where: { value($0) != nil }) else {
            return
        }
        let exclusions: String? =
            switch proxy {
            case .direct: "*"
            case .environment:
                noProxy(
                    inherited: value("no_proxy") ?? value("NO_PROXY"),
                    runtimeAPI: value("AWS_LAMBDA_RUNTIME_API"))
            }
        if let exclusions, exclusions != value("no_proxy") {
            setenv("no_proxy", exclusions, 1)
        }
    }

    /// What is not proxied: what the environment says, this machine, and the Lambda Runtime API.
    static func noProxy(inherited: String?, runtimeAPI: String?) -> String {
        var hosts = (inherited ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        if let runtimeAPI {
            hosts.append(String(runtimeAPI.prefix { $0 != ":" }))
        }
        hosts += neverProxied
        var seen = Set<String>()
        return hosts.filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: ",")
    }

    private static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
