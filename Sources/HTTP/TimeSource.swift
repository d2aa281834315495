/// Where the time comes from, so that tests and the simulator can hold it in their hands.
public protocol TimeSource: Sendable {
    /// The current moment.
    func now() -> Timestamp
    /// Waits.
    ///
    /// - Parameter seconds: How long; zero or less returns at once.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(seconds: Double) async throws
}

/// Where randomness comes from: 64 uniform bits a call.
public protocol RandomSource: Sendable {
    /// The next 64 random bits.
    func next() -> UInt64
}
