/// What a JSON value is, as messages name it.
public enum JSONKind: String, Sendable {
    /// Text.
    case string
    /// A number, whole or not.
    case number
    /// `true` or `false`.
    case boolean
    /// Members.
    case object
    /// Elements.
    case array
    /// `null`.
    case null
}
