import JSON

/// Timestamps as the APIs write them: `2026-01-06T21:03:42.000Z`, `2025-01-13T00:31:55+00:00`.
enum ISO8601 {
    /// Reads a timestamp of RFC 3339 §5.6, with a space in place of the `T` allowed.
    ///
    /// - Parameter text: `YYYY-MM-DD`, `T` or a space, `hh:mm:ss`, up to nine digits of fraction, `Z` or `±hh:mm`.
    /// - Returns: Microseconds since 1970-01-01T00:00:00Z, further digits dropped; nil for anything else, for dates that the
    ///   calendar does not have and for leap seconds, which POSIX time does not have.
    static func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let local = local(text), text[10] != UInt8(ascii: "t"),
            let offset = offsetMinutes(text, from: local.end)
        else { return nil }
        return local.microseconds - offset * 60_000_000
    }

    /// As ``microseconds(_:)``, with `t` and `z` in small letters, an offset without a colon, ` UTC`, or no zone, which is UTC.
    ///
    /// - Returns: The moment, and whether it has a zone.
    static func anyMicroseconds(_ text: UnsafeBufferPointer<UInt8>) -> (moment: Int64, hasZone: Bool)? {
        guard let local = local(text) else { return nil }
        let zone = text[local.end...]
        if zone.isEmpty { return (local.microseconds, false) }
        if zone.elementsEqual("z".utf8) || zone.elementsEqual(" UTC".utf8) {
            return (local.microseconds, true)
        }
        if let offset = offsetMinutes(text, from: local.end) ?? shortOffsetMinutes(text, from: local.end) {
            return (local.microseconds - offset * 60_000_000, true)
        }
        return nil
    }

    /// The moment as if it were UTC, and where its zone begins.
    private static func local(_ text: UnsafeBufferPointer<UInt8>) -> (microseconds: Int64, end: Int)? {
        guard text.count >= 19, text.count <= 35,
            let year = number(text, 0, 4), text[4] == UInt8(ascii: "-"),
            let month = number(text, 5, 2), text[7] == UInt8(ascii: "-"),
            let day = number(text, 8, 2),
            text[10] | 0x20 == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            let hour = number(text, 11, 2), text[13] == UInt8(ascii: ":"),
            let minute = number(text, 14, 2), text[16] == UInt8(ascii: ":"),
            let second = number(text, 17, 2),
            year >= 1, 1...12 ~= month, day >= 1, day <= days(in: month, of: year), hour <= 23, minute <= 59,
            second <= 59
        else { return nil }

        var position = 19
        var fraction: Int64 = 0
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            var digits = 0
            while position < text.count, let digit = digit(text[position]) {
                if digits < 6 { fraction = fraction * 10 + digit }
                digits += 1
                position += 1
            }
            guard 1...9 ~= digits else { return nil }
            for _ in min(digits, 6)..<6 { fraction *= 10 }
        }
        let minutes = (daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute
        return ((minutes * 60 + second) * 1_000_000 + fraction, position)
    }

    /// `±hhmm` from a position to the end, in minutes east of UTC.
    private static func shortOffsetMinutes(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int64? {
        guard start + 5 == text.count, let hours = number(text, start + 1, 2),
            let minutes = number(text, start + 3, 2), hours <= 23, minutes <= 59
        else { return nil }
        switch text[start] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    /// A number of seconds, milliseconds, microseconds or nanoseconds since the epoch, told by its 10, 13, 16 or 19 digits;
    /// seconds may have a fraction.
    static func anyMicroseconds(_ value: JSONValue) -> Int64? {
        if let number = value.int64 {
            switch number {
            case 1_000_000_000..<10_000_000_000: return number * 1_000_000
            case 1_000_000_000_000..<10_000_000_000_000: return number * 1_000
            case 1_000_000_000_000_000..<10_000_000_000_000_000: return number
            case 1_000_000_000_000_000_000...: return number / 1_000
            default: return nil
            }
        }
        guard let number = value.double, 1e9..<1e10 ~= number else { return nil }
        return Int64((number * 1e6).rounded())
    }

    /// The zone from a position to the end, in minutes east of UTC.
    private static func offsetMinutes(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int64? {
        guard start < text.count else { return nil }
        if text[start] == UInt8(ascii: "Z") { return start + 1 == text.count ? 0 : nil }
        let sign: Int64
        switch text[start] {
        case UInt8(ascii: "+"): sign = 1
        case UInt8(ascii: "-"): sign = -1
        default: return nil
        }
        guard start + 6 == text.count, text[start + 3] == UInt8(ascii: ":"),
            let hours = number(text, start + 1, 2),
            let minutes = number(text, start + 4, 2), hours <= 23, minutes <= 59
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        let value = byte &- UInt8(ascii: "0")
        return value <= 9 ? Int64(value) : nil
    }

    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for position in start..<start + count {
            guard let digit = digit(text[position]) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, for years from 1.
    ///
    /// Years are counted from March, so that the leap day is a year's last; 719,468 days lie between 0000-03-01 and 1970-01-01.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}
