package import JSON

/// Why a row cannot be typed.
public struct FieldError: Error, Equatable {
    /// Dotted where nested.
    public var field: String
    /// What was expected.
    public var reason: String
    /// What was found; never its value.
    public var jsonType: String
    /// Which kind of fault it is.
    public var code: Code

    /// The kinds of fault, by which they are counted.
    public enum Code: String, Sendable, Codable {
        /// A value that must be there is absent, null or the empty text.
        case missing
        /// A value is of another type.
        case type
        /// A number or text is not what a rule allows.
        case outOfRange = "out_of_range"
        /// A time cannot be read.
        case timeInvalid = "time_invalid"
        /// A time is not what a rule allows.
        case timeOutOfRange = "time_out_of_range"
        /// A line is no JSON object.
        case json
        /// A text is not Unicode.
        case utf8
    }

    package init(_ field: String, _ reason: String, found value: JSONValue?, code: Code? = nil) {
        self.field = field
        self.reason = reason
        jsonType = value?.kind.rawValue ?? "absent"
        self.code = code ?? (value?.isNull ?? true ? .missing : .type)
    }

    package init(line error: JSONError, hasLoneSurrogate: Bool) {
        field = "body"
        jsonType = "invalid"
        let isText = error.reason == .notUTF8 || error.reason == .badString && hasLoneSurrogate
        code = isText ? .utf8 : .json
        reason = isText ? "must be UTF-8 without half of a surrogate pair" : "must be one JSON object"
    }
}
