/// What kind of account the sandbox pretends to be, and how badly it behaves.
public struct SandboxOptions: Sendable {
    /// The token that requests must bear; obviously fake by default.
    public var token = "sandbox-token"
    /// What the token may read: `media:read` and `stats:read`.
    public var scopes: Set<String> = ["media:read", "stats:read"]
    /// Everything that looks random follows from this number.
    public var seed: UInt64 = 1
    /// Visitors on day 1; those of later days come on top.
    public var visitors = 1_000
    /// Media besides the two with published numbers.
    public var syntheticMedia = 0
    /// The account's moment on day 1, in seconds since 1970; 2026-01-08T02:00:00Z by default.
    public var firstDaySeconds: Int64 = 1_767_837_600
    /// The day to start at; 1 is the first.
    public var day = 1
    /// Visitors who come for the first time on each day after the first.
    public var newPerDay = 24
    /// Visitors who come back on each day after the first.
    public var returningPerDay = 3
    /// Percentage of visitors who left a (fake) name and e-mail address, 0…100.
    public var identifiedPercent = 0.0
    /// After so many answered visitor pages one more visitor becomes active, as in a live account; 0 means never.
    public var pagesPerActivation = 0
    /// How many visitors become active each second that the sandbox runs, half of them new; 0…1,000.
    public var activationsPerSecond = 0.0
    /// How long answers take.
    public var latency = LatencyProfile.none
    /// How often answers go wrong.
    public var faults = FaultProfile()
    /// Requests allowed in 60 seconds before 429 is answered; 0 means without limit.
    public var requestsPerMinute = 0

    /// A well-behaved account of 1,000 visitors and two media.
    public init() {}

    /// Reads a day such as `2026-01-08`, which means 02:00 UTC on it, or a moment such as `2026-01-08T23:50:00Z`.
    ///
    /// - Parameter text: The day or the moment.
    /// - Returns: Seconds since 1970; nil when it is neither or does not exist.
    public static func seconds(ofDate text: String) -> Int64? {
        CivilTime.parse(text)
    }
}
