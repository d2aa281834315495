public import JSON

/// Why a row cannot be typed.
public struct FieldError: Error, Equatable {
    /// Dotted where nested.
    public var field: String
    /// What was expected.
    public var reason: String
    /// What was found; never its value.
    public var jsonType: String

    /// Names what was expected and found.
    public init(_ field: String, _ reason: String, found value: JSONValue?) {
        self.field = field
        self.reason = reason
        jsonType = value?.kind.rawValue ?? "absent"
    }
}
