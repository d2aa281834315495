internal import HTTP

/// Spells moments down to the second, and remembers the last one: the lines of a file are mostly in order of time.
struct SecondClock {
    /// Between the date and the time of day.
    private let separator: UInt8
    private var second = Int64.min
    private var spelling = TextBuffer()

    init(separator: Character) {
        self.separator = separator.asciiValue ?? UInt8(ascii: "T")
    }

    /// Appends `2025-12-08T04:15:02`, rounded down.
    mutating func append(_ microsecondsSinceEpoch: Int64, to text: inout TextBuffer) {
        let second = Self.quotient(microsecondsSinceEpoch, 1_000_000)
        if second != self.second {
            self.second = second
            spell()
        }
        text.append(spelling.bytes)
    }

    /// The part of a moment below the second, 0..<1,000,000.
    static func fraction(_ microsecondsSinceEpoch: Int64) -> Int {
        Int(microsecondsSinceEpoch - quotient(microsecondsSinceEpoch, 1_000_000) * 1_000_000)
    }

    private mutating func spell() {
        let days = Self.quotient(second, 86_400)
        let ofDay = Int(second - days * 86_400)
        let (year, month, day) = UTCDate(daysSinceEpoch: Int32(days)).components
        spelling.bytes.removeAll(keepingCapacity: true)
        spelling.append(number: year, digitCount: 4)
        spelling.append("-")
        spelling.append(number: month, digitCount: 2)
        spelling.append("-")
        spelling.append(number: day, digitCount: 2)
        spelling.append(separator)
        spelling.append(number: ofDay / 3_600, digitCount: 2)
        spelling.append(":")
        spelling.append(number: ofDay / 60 % 60, digitCount: 2)
        spelling.append(":")
        spelling.append(number: ofDay % 60, digitCount: 2)
    }

    /// Rounded down, also before 1970.
    private static func quotient(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
