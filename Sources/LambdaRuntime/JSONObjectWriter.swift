/// Writes one flat JSON object on one line (RFC 8259).
package struct JSONObjectWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    package init() {}

    package mutating func append(_ name: String, _ value: String) {
        appendName(name)
        appendString(value)
    }

    package mutating func append(_ name: String, _ value: Int64) {
        appendName(name)
        bytes += String(value).utf8
    }

    /// A number; JSON has none that is infinite or not a number, so those become null.
    mutating func append(_ name: String, _ value: Double) {
        appendName(name)
        if value.isFinite, let whole = Int64(exactly: value) {
            bytes += String(whole).utf8
        } else {
            bytes += (value.isFinite ? "\(value)" : "null").utf8
        }
    }

    mutating func appendEmptyArray(_ name: String) {
        appendName(name)
        bytes += "[]".utf8
    }

    package mutating func append(_ name: String, json: [UInt8]) {
        appendName(name)
        bytes += json
    }

    package consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    static func array(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    static func string(_ text: String) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.bytes = []
        writer.appendString(text)
        return writer.bytes
    }

    private mutating func appendName(_ name: String) {
        if bytes.count > 1 {
            bytes.append(UInt8(ascii: ","))
        }
        appendString(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Text whose control characters are written as JSON writes them, and nothing else is changed.
    static func escapedControls(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return text
        }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            append(byte, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func appendString(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
            }
            JSONObjectWriter.append(byte, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\n"):
            bytes += "\\n".utf8
        case UInt8(ascii: "\r"):
            bytes += "\\r".utf8
        case UInt8(ascii: "\t"):
            bytes += "\\t".utf8
        case 0..<0x20, 0x7F:
            let digits = Array("0123456789abcdef".utf8)
            bytes += "\\u00".utf8
            bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default:
            bytes.append(byte)
        }
    }
}
