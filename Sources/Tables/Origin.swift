/// Where raw rows came from: one line of a part.
public struct Origin: Sendable, Equatable {
    /// The part's object key.
    public var partKey: String
    /// The line within the part, from 1.
    public var line: Int
    /// When the line had arrived, microseconds since the epoch, UTC.
    public var answeredAt: Int64
    /// What was asked about, such as one media; nil for lists.
    public var subject: String?
    /// Whether the line holds a list of records, not one.
    public var isList: Bool

    package init(
        partKey: String, line: Int, answeredAt: Int64 = 0, subject: String? = nil,
        isList: Bool = false
    ) {
        self.partKey = partKey
        self.line = line
        self.answeredAt = answeredAt
        self.subject = subject
        self.isList = isList
    }
}
