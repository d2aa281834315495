/// A calendar day in UTC: whole days since 1970-01-01, proleptic Gregorian.
public struct UTCDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01; negative before it, as in Parquet's `DATE`.
    public var daysSinceEpoch: Int32

    /// Makes a day from its number.
    public init(daysSinceEpoch: Int32) {
        self.daysSinceEpoch = daysSinceEpoch
    }

    /// Makes a day from its calendar components; nil when there is no such day.
    ///
    /// - Parameters:
    ///   - year: 0…9999; astronomical, so that year 0 is 1 BC.
    ///   - month: 1…12.
    ///   - day: 1…31, and no more than the month has.
    public init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= UTCDate.dayCount(year: year, month: month)
        else {
            return nil
        }
        // A year that starts in March ends in its leap day, if it has one. From there, months alternate between
        // 31 and 30 days in groups of five, which (153 m + 2) / 5 counts.
        let shiftedYear = month > 2 ? year : year - 1
        let era = UTCDate.quotient(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSinceEpoch = Int32(era * UTCDate.daysPerEra + dayOfEra - UTCDate.daysFromEraToEpoch)
    }

    /// Reads `yyyy-MM-dd`, exactly ten ASCII characters; nil for anything else.
    public init?(_ text: String) {
        var cursor = TextCursor(text)
        guard let date = cursor.takeDate(), cursor.isAtEnd else {
            return nil
        }
        self = date
    }

    /// Whether the left day is earlier.
    public static func < (left: UTCDate, right: UTCDate) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }

    /// The year, the month (1…12) and the day of the month (1…31).
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSinceEpoch) + UTCDate.daysFromEraToEpoch
        let era = UTCDate.quotient(shifted, UTCDate.daysPerEra)
        let dayOfEra = shifted - era * UTCDate.daysPerEra
        // Leap days that precede this day within the 400 years are taken out before dividing by 365.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The day some days later, or earlier when negative.
    public func adding(days: Int) -> UTCDate {
        UTCDate(daysSinceEpoch: daysSinceEpoch + Int32(days))
    }

    /// Days from another day to this one; negative when the other is later.
    public func days(since other: UTCDate) -> Int {
        Int(daysSinceEpoch) - Int(other.daysSinceEpoch)
    }

    /// The day's first moment.
    public var start: Timestamp {
        Timestamp(microsecondsSinceEpoch: Int64(daysSinceEpoch) * Timestamp.microsecondsPerDay)
    }

    private static let daysPerEra = 146_097
    /// Days from 0000-03-01 to 1970-01-01.
    private static let daysFromEraToEpoch = 719_468

    private static func quotient(_ dividend: Int, _ divisor: Int) -> Int {
        (dividend >= 0 ? dividend : dividend - divisor + 1) / divisor
    }

    private static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2:
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            return isLeap ? 29 : 28
        case 4, 6, 9, 11:
            return 30
        default:
            return 31
        }
    }
}

extension UTCDate: LosslessStringConvertible {
    /// The day as `yyyy-MM-dd`.
    public var description: String {
        var writer = TextWriter()
        writer.append(date: self, separator: "-")
        return writer.text
    }
}

extension UTCDate: Codable {
    /// Reads `yyyy-MM-dd`.
    ///
    /// - Throws: `DecodingError` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = UTCDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a date such as 2026-01-08")
        }
        self = date
    }

    /// Writes `yyyy-MM-dd`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
