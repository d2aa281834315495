/// Text in the making, as bytes: no line and no number becomes a String first.
struct TextBuffer {
    var bytes: [UInt8] = []

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func append(_ text: [UInt8]) {
        bytes.append(contentsOf: text)
    }

    /// A whole number that is not negative.
    mutating func append(number: Int) {
        var digitCount = 1
        var rest = number / 10
        while rest > 0 {
            digitCount += 1
            rest /= 10
        }
        append(number: number, digitCount: digitCount)
    }

    /// The lowest digits of a number that is not negative, with leading zeros.
    mutating func append(number: Int, digitCount: Int) {
        for _ in 0..<digitCount { bytes.append(UInt8(ascii: "0")) }
        var rest = number.magnitude
        var place = bytes.count - 1
        for _ in 0..<digitCount {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes[place] += UInt8(truncatingIfNeeded: digit)
            rest = quotient
            place -= 1
        }
    }

    /// Lower-case hexadecimal digits of the low bits.
    mutating func append(hexadecimal value: UInt64, digitCount: Int) {
        for place in (0..<digitCount).reversed() {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 0xF
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
