/// JSON text in the making: values are appended as bytes, without a tree in between.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends text that is JSON already, such as `{"page":`.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func int(_ value: Int) {
        if value < 0 {
            bytes.append(0x2D)
        }
        var magnitude = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(0x30 + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
    }

    /// The shortest decimal that reads back as the same double; never an exponent at the sizes met here.
    mutating func double(_ value: Double) {
        bytes.append(contentsOf: value.description.utf8)
    }

    mutating func bool(_ value: Bool) {
        raw(value ? "true" : "false")
    }

    mutating func string(_ value: some StringProtocol) {
        bytes.append(0x22)
        for byte in value.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(byte)
            case 0x00..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                hex(UInt64(byte), digits: 2)
            default:
                bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    mutating func string(_ value: String?) {
        if let value {
            string(value)
        } else {
            raw("null")
        }
    }

    /// Lower-case hexadecimal digits of the low bits, without quotes.
    mutating func hex(_ value: UInt64, digits: Int) {
        var shift = digits * 4
        while shift > 0 {
            shift -= 4
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
            bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }

    /// A quoted moment, either `2026-01-08T02:00:00.000Z` (stats) or `2026-01-08T02:00:00+00:00` (medias).
    mutating func time(_ secondsSinceEpoch: Int64, suffix: StaticString) {
        let time = CivilTime(secondsSinceEpoch: secondsSinceEpoch)
        bytes.append(0x22)
        twoDigits(time.year / 100)
        twoDigits(time.year % 100)
        bytes.append(0x2D)
        twoDigits(time.month)
        bytes.append(0x2D)
        twoDigits(time.day)
        bytes.append(0x54)
        twoDigits(time.hour)
        bytes.append(0x3A)
        twoDigits(time.minute)
        bytes.append(0x3A)
        twoDigits(time.second)
        raw(suffix)
        bytes.append(0x22)
    }

    private mutating func twoDigits(_ value: Int) {
        bytes.append(0x30 + UInt8(value / 10))
        bytes.append(0x30 + UInt8(value % 10))
    }
}
