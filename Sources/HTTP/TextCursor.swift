/// Reads fixed-format ASCII text from left to right; every `take` moves on only when it succeeds.
struct TextCursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ expected: String) -> Bool {
        let wanted = expected.utf8
        guard bytes.count - position >= wanted.count,
            bytes[position..<position + wanted.count].elementsEqual(wanted)
        else {
            return false
        }
        position += wanted.count
        return true
    }

    /// A number of exactly so many digits.
    mutating func takeNumber(digitCount: Int) -> Int? {
        guard bytes.count - position >= digitCount else {
            return nil
        }
        var number = 0
        for byte in bytes[position..<position + digitCount] {
            guard isDigit(byte) else {
                return nil
            }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        position += digitCount
        return number
    }

    /// The digits from here on, one at least.
    mutating func takeDigits() -> ArraySlice<UInt8>? {
        let digits = bytes[position...].prefix(while: isDigit)
        guard !digits.isEmpty else {
            return nil
        }
        position = digits.endIndex
        return digits
    }

    /// The position of the word that stands here.
    mutating func takeIndex(of words: [String]) -> Int? {
        for (index, word) in words.enumerated() where take(word) {
            return index
        }
        return nil
    }

    // yyyy-MM-dd
    mutating func takeDate() -> UTCDate? {
        guard let year = takeNumber(digitCount: 4), take("-"),
            let month = takeNumber(digitCount: 2), take("-"),
            let day = takeNumber(digitCount: 2)
        else {
            return nil
        }
        return UTCDate(year: year, month: month, day: day)
    }

    /// `HH:mm:ss` in seconds; the 60 of a leap second counts as the next minute's first.
    mutating func takeSecondsOfDay() -> Int? {
        guard let hour = takeNumber(digitCount: 2), hour < 24, take(":"),
            let minute = takeNumber(digitCount: 2), minute < 60, take(":"),
            let second = takeNumber(digitCount: 2), second <= 60
        else {
            return nil
        }
        return (hour * 60 + minute) * 60 + second
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// Writes fixed-format ASCII text.
struct TextWriter {
    private(set) var text = ""

    mutating func append(_ literal: String) {
        text += literal
    }

    /// A number with leading zeros.
    mutating func append(_ number: Int, digitCount: Int) {
        let digits = String(number.magnitude)
        if number < 0 {
            text += "-"
        }
        text += String(repeating: "0", count: max(0, digitCount - digits.utf8.count)) + digits
    }

    mutating func append(date: UTCDate, separator: String) {
        let (year, month, day) = date.components
        append(year, digitCount: 4)
        append(separator)
        append(month, digitCount: 2)
        append(separator)
        append(day, digitCount: 2)
    }

    mutating func append(secondsOfDay: Int, separator: String) {
        append(secondsOfDay / 3600, digitCount: 2)
        append(separator)
        append(secondsOfDay / 60 % 60, digitCount: 2)
        append(separator)
        append(secondsOfDay % 60, digitCount: 2)
    }
}
