/// One HTTP request, complete: what is sent is exactly what stands here.
public struct Request: Sendable, Equatable {
    /// The request method, such as `GET`; sent as written.
    public var method: String
    /// The absolute URL, already percent-encoded; a transport must not re-encode it, since signatures cover it.
    public var url: String
    /// Header fields besides `Host` and `Content-Length`, which the transport sets.
    public var headers: Headers
    /// The body; empty means that none is sent.
    public var body: [UInt8]
    /// Seconds without any byte from the server before the request fails; nil waits forever.
    public var timeoutSeconds: Double?

    /// Makes a request; by default a GET that gives up after 60 silent seconds.
    public init(
        method: String = "GET", url: String, headers: Headers = [:], body: [UInt8] = [],
        timeoutSeconds: Double? = 60
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
    }
}
