/// Where the time comes from, so that tests and the simulator can hold it in their hands.
public protocol TimeSource: Sendable {
    /// The current moment.
    func now() -> Timestamp
    /// Waits.
    ///
    /// - Parameter seconds: How long; zero or less returns at once.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(seconds: Double) async throws
    /// Waits for a moment while other work goes on, which may make it needless; else as ``sleep(seconds:)``.
    ///
    /// - Parameter moment: When to return at the latest; one that has passed returns at once.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func waitBesides(until moment: Timestamp) async throws
}

extension TimeSource {
    /// Sleeps; only a clock that a sleep moves has to tell the two apart.
    public func waitBesides(until moment: Timestamp) async throws {
        try await sleep(seconds: moment.seconds(since: now()))
    }
}

/// Where randomness comes from: 64 uniform bits a call.
public protocol RandomSource: Sendable {
    /// The next 64 random bits.
    func next() -> UInt64
}
