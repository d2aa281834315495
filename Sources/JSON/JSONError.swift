/// Why bytes are not a JSON document that we read.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with the document.
    public enum Reason: String, Sendable {
        /// There is no value: no bytes, or white space only.
        case empty = "there is no value"
        /// The structure breaks RFC 8259: cut off, a stray comma, text after the value.
        case malformed = "it is not well-formed JSON (RFC 8259), or cut off"
        /// Arrays and objects nest deeper than the parser allows.
        case tooDeep = "it is nested too deeply"
        /// The bytes are not UTF-8.
        case notUTF8 = "it is not valid UTF-8"
        /// A string is not closed, or has a bad escape or a bare control character.
        case badString = "a string is not closed, badly escaped or holds a control character"
        /// A number breaks the grammar, or is outside Int64, UInt64 and Double alike.
        case badNumber = "a number is malformed or out of range"
        /// The document has more than 4 GiB.
        case tooLarge = "it is larger than 4 GiB"
        /// There was no memory for the parser's buffers.
        case outOfMemory = "memory has run out"
    }

    /// What is wrong.
    public var reason: Reason
    /// The document's size.
    public var sizeBytes: Int

    /// Makes an error.
    public init(_ reason: Reason, sizeBytes: Int) {
        self.reason = reason
        self.sizeBytes = sizeBytes
    }

    /// One line; the document's text is not in it, because it may be personal.
    public var description: String {
        "parse JSON of \(sizeBytes) bytes failed: \(reason.rawValue)"
    }
}
