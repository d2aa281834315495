import JSON

/// JSON values as text again: members by name, no spaces, so that equal values have equal texts.
package enum JSONText {
    /// An object of some members; of a name that comes twice the last one counts.
    static func object(_ members: [(name: [UInt8], value: JSONValue)]) -> [UInt8] {
        var text: [UInt8] = []
        append(members, to: &text)
        return text
    }

    private static func append(_ members: [(name: [UInt8], value: JSONValue)], to text: inout [UInt8]) {
        var last: [[UInt8]: JSONValue] = [:]
        for (name, value) in members { last[name] = value }
        text.append(UInt8(ascii: "{"))
        for (count, (name, value)) in last.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
            .enumerated()
        {
            if count > 0 { text.append(UInt8(ascii: ",")) }
            append(string: name, to: &text)
            text.append(UInt8(ascii: ":"))
            append(value, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    private static func append(_ value: JSONValue, to text: inout [UInt8]) {
        switch value.kind {
        case .null: text.append(contentsOf: "null".utf8)
        case .boolean: text.append(contentsOf: (value.bool == true ? "true" : "false").utf8)
        case .string: append(string: value.stringBytes.map(Array.init) ?? [], to: &text)
        case .number:
            if let number = value.int64 {
                text.append(contentsOf: "\(number)".utf8)
            } else if let number = value.largeUInt64 {
                text.append(contentsOf: "\(number)".utf8)
            } else {
                text.append(contentsOf: "\(value.double ?? 0)".utf8)
            }
        case .array:
            text.append(UInt8(ascii: "["))
            if let elements = value.array {
                for (count, element) in elements.enumerated() {
                    if count > 0 { text.append(UInt8(ascii: ",")) }
                    append(element, to: &text)
                }
            }
            text.append(UInt8(ascii: "]"))
        case .object:
            var members: [(name: [UInt8], value: JSONValue)] = []
            if let object = value.object {
                for (name, value) in object { members.append((Array(name), value)) }
            }
            append(members, to: &text)
        }
    }

    /// Appends a string; what must be escaped is (RFC 8259 §7).
    package static func append(string bytes: [UInt8], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                text.append(contentsOf: #"\u00"#.utf8)
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
