/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Dates are proleptic Gregorian; leap seconds do not exist, as in POSIX time.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since the epoch; negative before it.
    public var microsecondsSinceEpoch: Int64

    /// Makes a moment from microseconds since the epoch.
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    /// Whether the left moment is earlier.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }

    /// The moment some seconds later; fractions below a microsecond are dropped.
    public func adding(seconds: Double) -> Timestamp {
        Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch + Int64(seconds * 1_000_000))
    }

    /// Seconds from another moment to this one; negative when the other is later.
    public func seconds(since other: Timestamp) -> Double {
        Double(microsecondsSinceEpoch - other.microsecondsSinceEpoch) / 1_000_000
    }
}
