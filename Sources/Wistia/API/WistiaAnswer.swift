public import HTTP

/// One successful exchange with the API, its body untouched.
public struct WistiaAnswer: Sendable, Equatable {
    /// The URL that was asked for, query included; it never holds a token.
    public var url: String
    /// The status code, which is 200.
    public var status: Int
    /// When the answer was complete, by our clock.
    public var fetchedAt: Timestamp
    /// The answer's Date header, in whole seconds; nil when it is absent or unreadable.
    public var serverDate: Timestamp?
    /// The body: one well-formed JSON value, byte for byte as received.
    public var body: [UInt8]

    /// Makes an answer.
    public init(url: String, status: Int, fetchedAt: Timestamp, serverDate: Timestamp?, body: [UInt8]) {
        self.url = url
        self.status = status
        self.fetchedAt = fetchedAt
        self.serverDate = serverDate
        self.body = body
    }
}
