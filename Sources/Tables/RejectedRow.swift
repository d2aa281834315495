/// A raw row that could not be typed: where it stands and why, never what it says, which may be personal.
public struct RejectedRow: Sendable, Equatable, Encodable {
    /// The part's object key.
    public var partKey: String
    /// The line within the part, from 1.
    public var line: Int
    /// The row within the line, from 0.
    public var index: Int
    /// What was asked about; nil for lists.
    public var subject: String?
    /// The field, dotted where nested.
    public var field: String
    /// What was expected, in words.
    public var reason: String
    /// The JSON type found: `string`, `number`, `boolean`, `object`, `array`, `null` or `absent`.
    public var jsonType: String
    /// Which kind of fault it is.
    public var code: FieldError.Code
    /// Whether another row of the same answer, named before it, stands for it: what counts is the answer.
    public var isCollateral: Bool

    /// The quarantine names the part and leaves out who was asked about, which may be personal.
    private enum CodingKeys: String, CodingKey {
        case line, index, field, reason, code
        case partKey = "part"
        case jsonType = "found"
    }
}
