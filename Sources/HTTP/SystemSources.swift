#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The machine's clock.
public struct SystemTimeSource: TimeSource {
    /// Makes a source; all are alike.
    public init() {}

    /// The current moment.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Waits, by the monotonic clock; a year at most.
    ///
    /// - Parameter seconds: How long; zero or less returns at once.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(seconds: Double) async throws {
        guard seconds > 0 else {
            return try Task.checkCancellation()
        }
        try await Task.sleep(for: .seconds(min(seconds, 365 * 86_400)))
    }
}

/// The operating system's random numbers.
public struct SystemRandomSource: RandomSource {
    /// Makes a source; all are alike.
    public init() {}

    /// The next 64 random bits.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

extension RandomSource {
    /// A uniform number, 0 or more and less than 1, in steps of 2⁻⁵³.
    public func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}
