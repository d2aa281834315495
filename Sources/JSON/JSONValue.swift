/// A value within a parsed document: a position on simdjson's tape.
///
/// It owns nothing and is valid only inside the closure that lent it. The tape is an array of words whose top byte says what
/// they are (<https://github.com/simdjson/simdjson/blob/v3.0.1/doc/tape.md>):
/// `l`, `u` and `d` are followed by a word with the number, `"` holds an offset into the string buffer, `[` and `{` hold the
/// index after their end and, above bit 32, a count that stops at 16,777,215.
public struct JSONValue {
    @usableFromInline let tape: UnsafePointer<UInt64>
    @usableFromInline let strings: UnsafePointer<UInt8>
    @usableFromInline let index: Int

    @inlinable
    init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: Int) {
        self.tape = tape
        self.strings = strings
        self.index = index
    }

    @inlinable var tag: UInt8 { UInt8(truncatingIfNeeded: tape[index] &>> 56) }

    @inlinable var payload: UInt64 { tape[index] & 0x00FF_FFFF_FFFF_FFFF }

    /// The index of the value that follows this one.
    @inlinable var next: Int {
        switch tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): Int(payload & 0xFFFF_FFFF)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index &+ 2
        default: index &+ 1
        }
    }

    /// What it is.
    @inlinable public var kind: JSONKind {
        switch tag {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// Whether it is `null`.
    @inlinable public var isNull: Bool { tag == UInt8(ascii: "n") }

    /// The whole number; nil for other kinds, for fractions and beyond Int64.
    ///
    /// `3.0` and `3e0` are 3: JSON does not tell integers from other numbers (RFC 8259 §6).
    @inlinable public var int64: Int64? {
        switch tag {
        case UInt8(ascii: "l"): Int64(bitPattern: tape[index &+ 1])
        case UInt8(ascii: "d"): Int64(exactly: Double(bitPattern: tape[index &+ 1]))
        default: nil
        }
    }

    /// The whole number beyond Int64; nil for all others.
    @inlinable public var largeUInt64: UInt64? { tag == UInt8(ascii: "u") ? tape[index &+ 1] : nil }

    /// The number, rounded to the nearest Double where it is an integer beyond 2⁵³; nil for other kinds.
    @inlinable public var double: Double? {
        switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: tape[index &+ 1])
        case UInt8(ascii: "l"): Double(Int64(bitPattern: tape[index &+ 1]))
        case UInt8(ascii: "u"): Double(tape[index &+ 1])
        default: nil
        }
    }

    /// The truth value; nil for other kinds.
    @inlinable public var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The string's UTF-8 with escapes resolved; nil for other kinds.
    @inlinable public var stringBytes: UnsafeBufferPointer<UInt8>? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        return bytes(ofStringAt: index)
    }

    /// The string as text; nil for other kinds.
    public var string: String? { stringBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The elements in order; nil for other kinds.
    @inlinable public var array: JSONArray? {
        guard tag == UInt8(ascii: "[") else { return nil }
        return JSONArray(self)
    }

    /// The members in order; nil for other kinds.
    @inlinable public var object: JSONObject? {
        guard tag == UInt8(ascii: "{") else { return nil }
        return JSONObject(self)
    }

    /// A member's value; nil when there is none or this is not an object.
    ///
    /// Where a name occurs more than once the last one counts, as in ECMAScript's `JSON.parse`.
    @inlinable public func member(_ name: StaticString) -> JSONValue? {
        guard let object else { return nil }
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var found: JSONValue?
        for (key, value) in object where equal(key, wanted) { found = value }
        return found
    }

    /// The bytes of the string word at an index: a length of four bytes in the machine's order, then the text.
    @inlinable func bytes(ofStringAt index: Int) -> UnsafeBufferPointer<UInt8> {
        let start = strings + Int(tape[index] & 0x00FF_FFFF_FFFF_FFFF)
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(length))
    }
}

// Instances lie on a tape that its parser overwrites.
@available(*, unavailable)
extension JSONValue: Sendable {}

/// Whether two byte strings are the same.
@inlinable
func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return left.elementsEqual(right)
}
