extension Timestamp {
    static let microsecondsPerDay: Int64 = 86_400_000_000

    /// Makes a moment from milliseconds since the epoch, as Lambda's deadline and EMF count them.
    public init(millisecondsSinceEpoch: Int64) {
        self.init(microsecondsSinceEpoch: millisecondsSinceEpoch * 1000)
    }

    /// Whole milliseconds since the epoch, rounded down.
    public var millisecondsSinceEpoch: Int64 {
        let (quotient, remainder) = microsecondsSinceEpoch.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The UTC day that the moment lies in.
    public var date: UTCDate {
        UTCDate(daysSinceEpoch: Int32(truncatingIfNeeded: daysAndMicroseconds.days))
    }

    /// RFC 3339 with as many digits of a second as are needed, none to six: `2026-01-08T02:00:00.25Z`.
    public var iso8601: String {
        var fraction = microsecondsOfSecond
        var digitCount = 6
        while digitCount > 0, fraction % 10 == 0 {
            fraction /= 10
            digitCount -= 1
        }
        return rfc3339(fractionDigitCount: digitCount)
    }

    /// RFC 3339 in whole seconds, rounded down: `2026-01-08T02:00:00Z`.
    public var iso8601Seconds: String { rfc3339(fractionDigitCount: 0) }

    /// RFC 3339 with three digits of a second, rounded down: `2026-01-08T02:00:00.000Z`.
    public var iso8601Milliseconds: String { rfc3339(fractionDigitCount: 3) }

    /// The `x-amz-date` of SigV4, rounded down to seconds: `20260108T020000Z`.
    public var compact: String {
        var writer = TextWriter()
        writer.append(date: date, separator: "")
        writer.append("T")
        writer.append(secondsOfDay: secondsOfDay, separator: "")
        writer.append("Z")
        return writer.text
    }

    /// The day in SigV4's credential scope: `20260108`.
    public var compactDate: String {
        var writer = TextWriter()
        writer.append(date: date, separator: "")
        return writer.text
    }

    /// The IMF-fixdate of HTTP (RFC 9110 §5.6.7), rounded down to seconds: `Thu, 08 Jan 2026 02:00:00 GMT`.
    public var httpDate: String {
        let (year, month, day) = date.components
        // 1970-01-01 was a Thursday.
        let weekday = ((Int(date.daysSinceEpoch) + 4) % 7 + 7) % 7
        var writer = TextWriter()
        writer.append("\(HTTPDateWords.weekdays[weekday]), ")
        writer.append(day, digitCount: 2)
        writer.append(" \(HTTPDateWords.months[month - 1]) ")
        writer.append(year, digitCount: 4)
        writer.append(" ")
        writer.append(secondsOfDay: secondsOfDay, separator: ":")
        writer.append(" GMT")
        return writer.text
    }

    /// Reads an RFC 3339 date-time; nil for anything else.
    ///
    /// `T` and `Z` may be lower case and a space may stand for the `T` (§5.6). Digits below a microsecond are
    /// dropped. An offset is required, since a local time names no moment.
    public init?(rfc3339 text: String) {
        var cursor = TextCursor(text)
        guard let date = cursor.takeDate(), cursor.take("T") || cursor.take("t") || cursor.take(" "),
            let secondsOfDay = cursor.takeSecondsOfDay()
        else {
            return nil
        }
        var microseconds: Int64 = 0
        if cursor.take(".") {
            guard let digits = cursor.takeDigits() else {
                return nil
            }
            var scale: Int64 = 100_000
            for digit in digits.prefix(6) {
                microseconds += Int64(digit - UInt8(ascii: "0")) * scale
                scale /= 10
            }
        }
        var offsetMinutes = 0
        if !(cursor.take("Z") || cursor.take("z")) {
            let isWest = cursor.take("-")
            guard isWest || cursor.take("+"), let hours = cursor.takeNumber(digitCount: 2), hours < 24,
                cursor.take(":"), let minutes = cursor.takeNumber(digitCount: 2), minutes < 60
            else {
                return nil
            }
            offsetMinutes = (isWest ? -1 : 1) * (hours * 60 + minutes)
        }
        guard cursor.isAtEnd else {
            return nil
        }
        let seconds = Int64(secondsOfDay - offsetMinutes * 60)
        self.init(
            microsecondsSinceEpoch: date.start.microsecondsSinceEpoch + seconds * 1_000_000 + microseconds)
    }

    /// Reads any of HTTP's three date formats (RFC 9110 §5.6.7); nil for anything else.
    ///
    /// Two-digit years of the RFC 850 format are 1970…2069. The weekday's name must be one, but not the right one.
    public init?(httpDate text: String) {
        guard let moment = Timestamp.imfFixdate(text) ?? Timestamp.rfc850(text) ?? Timestamp.asctime(text)
        else {
            return nil
        }
        self = moment
    }

    private var daysAndMicroseconds: (days: Int64, microseconds: Int64) {
        let (days, rest) = microsecondsSinceEpoch.quotientAndRemainder(
            dividingBy: Timestamp.microsecondsPerDay)
        return rest < 0 ? (days - 1, rest + Timestamp.microsecondsPerDay) : (days, rest)
    }

    private var secondsOfDay: Int { Int(daysAndMicroseconds.microseconds / 1_000_000) }

    private var microsecondsOfSecond: Int { Int(daysAndMicroseconds.microseconds % 1_000_000) }

    private func rfc3339(fractionDigitCount: Int) -> String {
        var writer = TextWriter()
        writer.append(date: date, separator: "-")
        writer.append("T")
        writer.append(secondsOfDay: secondsOfDay, separator: ":")
        if fractionDigitCount > 0 {
            var fraction = microsecondsOfSecond
            for _ in fractionDigitCount..<6 {
                fraction /= 10
            }
            writer.append(".")
            writer.append(fraction, digitCount: fractionDigitCount)
        }
        writer.append("Z")
        return writer.text
    }

    // Sun, 06 Nov 1994 08:49:37 GMT
    private static func imfFixdate(_ text: String) -> Timestamp? {
        var cursor = TextCursor(text)
        guard cursor.takeIndex(of: HTTPDateWords.weekdays) != nil, cursor.take(", "),
            let day = cursor.takeNumber(digitCount: 2), cursor.take(" "),
            let month = cursor.takeIndex(of: HTTPDateWords.months), cursor.take(" "),
            let year = cursor.takeNumber(digitCount: 4), cursor.take(" "),
            let seconds = cursor.takeSecondsOfDay(), cursor.take(" GMT"), cursor.isAtEnd
        else {
            return nil
        }
        return UTCDate(year: year, month: month + 1, day: day)?.start.adding(seconds: Double(seconds))
    }

    // Sunday, 06-Nov-94 08:49:37 GMT
    private static func rfc850(_ text: String) -> Timestamp? {
        var cursor = TextCursor(text)
        guard cursor.takeIndex(of: HTTPDateWords.longWeekdays) != nil, cursor.take(", "),
            let day = cursor.takeNumber(digitCount: 2), cursor.take("-"),
            let month = cursor.takeIndex(of: HTTPDateWords.months), cursor.take("-"),
            let shortYear = cursor.takeNumber(digitCount: 2), cursor.take(" "),
            let seconds = cursor.takeSecondsOfDay(), cursor.take(" GMT"), cursor.isAtEnd
        else {
            return nil
        }
        let year = shortYear + (shortYear < 70 ? 2000 : 1900)
        return UTCDate(year: year, month: month + 1, day: day)?.start.adding(seconds: Double(seconds))
    }

    // Sun Nov  6 08:49:37 1994
    private static func asctime(_ text: String) -> Timestamp? {
        var cursor = TextCursor(text)
        guard cursor.takeIndex(of: HTTPDateWords.weekdays) != nil, cursor.take(" "),
            let month = cursor.takeIndex(of: HTTPDateWords.months), cursor.take(" "),
            let day = cursor.take(" ") ? cursor.takeNumber(digitCount: 1) : cursor.takeNumber(digitCount: 2),
            cursor.take(" "), let seconds = cursor.takeSecondsOfDay(), cursor.take(" "),
            let year = cursor.takeNumber(digitCount: 4), cursor.isAtEnd
        else {
            return nil
        }
        return UTCDate(year: year, month: month + 1, day: day)?.start.adding(seconds: Double(seconds))
    }
}

extension Timestamp: CustomStringConvertible {
    /// The same as ``iso8601``.
    public var description: String { iso8601 }
}

extension Timestamp: Codable {
    /// Reads an RFC 3339 string.
    ///
    /// - Throws: `DecodingError` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let moment = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a time such as 2026-01-08T02:00:00Z")
        }
        self = moment
    }

    /// Writes ``iso8601``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}

/// The names in HTTP dates, which are English whatever the locale.
private enum HTTPDateWords {
    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let longWeekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
