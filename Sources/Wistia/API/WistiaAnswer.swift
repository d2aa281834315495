import HTTP

/// One successful exchange with the API, its body untouched.
struct WistiaAnswer: Sendable {
    /// The URL that was asked for, query included; it never holds a token.
    var url: String
    /// When the answer was complete, by our clock.
    var fetchedAt: Timestamp
    /// The answer's Date header, in whole seconds; nil when it is absent or unreadable.
    var serverDate: Timestamp?
    /// One well-formed JSON value, byte for byte as received.
    var body: [UInt8]
    /// What the body tells the crawl.
    var facts: ExchangeFacts

    /// When it was given, by the clock of who gave it where that is known.
    var moment: Timestamp { serverDate ?? fetchedAt }
}
