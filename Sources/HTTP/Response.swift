/// One HTTP answer, read to its end.
public struct Response: Sendable, Equatable {
    /// The status code, 100…599.
    public var status: Int
    /// The header fields as received.
    public var headers: Headers
    /// The whole body; empty when there is none.
    public var body: [UInt8]

    /// Makes a response.
    public init(status: Int, headers: Headers = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
