/// Days since the epoch, UTC, of times in microseconds.
package enum UTCDay {
    /// How long a day is; UTC as Unix counts it has no leap seconds.
    package static let microseconds: Int64 = 86_400_000_000

    /// The day of a moment, in days since 1970-01-01.
    package static func number(ofMicroseconds moment: Int64) -> Int64 {
        moment.dividedRoundingDown(by: microseconds)
    }
}

extension Int64 {
    /// The quotient, rounded down: division rounds towards zero, and before 1970 a moment's day is the one below.
    func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
