/// Seconds since 1970 to and from the proleptic Gregorian calendar, in UTC.
///
/// The day arithmetic follows https://howardhinnant.github.io/date_algorithms.html, with eras of 400 years.
struct CivilTime: Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    /// 0 is Sunday.
    var weekday: Int

    init(secondsSinceEpoch: Int64) {
        let days = (secondsSinceEpoch >= 0 ? secondsSinceEpoch : secondsSinceEpoch - 86_399) / 86_400
        let ofDay = Int(secondsSinceEpoch - days * 86_400)
        hour = ofDay / 3_600
        minute = ofDay / 60 % 60
        second = ofDay % 60
        weekday = Int(((days + 4) % 7 + 7) % 7)
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Seconds since 1970 of midnight on a date, or of a moment.
    static func seconds(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0)
        -> Int64
    {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }

    /// Reads `2026-01-08` or `2026-01-08T02:00:00Z`; a date alone means 02:00 UTC, when the daily run starts.
    ///
    /// - Returns: Seconds since 1970; nil for anything else, including dates that do not exist.
    static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard bytes.count == 10 || bytes.count == 20, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10)
        else { return nil }
        var (hour, minute, second) = (2, 0, 0)
        if bytes.count == 20 {
            guard bytes[10] == 0x54, bytes[13] == 0x3A, bytes[16] == 0x3A, bytes[19] == 0x5A,
                let h = number(11..<13), let m = number(14..<16), let s = number(17..<19), h < 24, m < 60,
                s < 60
            else { return nil }
            (hour, minute, second) = (h, m, s)
        }
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let seconds = seconds(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        let back = CivilTime(secondsSinceEpoch: seconds)
        return back.day == day && back.month == month ? seconds : nil
    }

    /// The form of HTTP's Date header, such as `Thu, 08 Jan 2026 02:00:00 GMT` (RFC 9110 §5.6.7).
    static func httpDate(_ secondsSinceEpoch: Int64) -> String {
        let time = CivilTime(secondsSinceEpoch: secondsSinceEpoch)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(weekdays[time.weekday]), \(two(time.day)) \(months[time.month - 1]) \(time.year) "
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
    }
}
