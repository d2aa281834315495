public import JSON

/// Makes typed rows of raw records.
public protocol RowBuilder: Sendable {
    /// Adds the records of one line: the elements of a list, or the one record that an answer about one subject is.
    ///
    /// - Parameters:
    ///   - records: The line's content; what is no record is refused as one.
    ///   - origin: Where it came from.
    mutating func append(_ records: JSONValue, from origin: Origin)

    /// Notes a line that holds no record.
    mutating func reject(_ error: FieldError, from origin: Origin)

    /// The rows: one per key, sorted by key.
    consuming func finish() -> TypedRows
}

/// What a builder needs to know besides its table.
public struct TypingContext: Sendable {
    /// The UTC date of the run's event, days since the epoch.
    public var extractionDate: Int32
    /// The time of the run's event, microseconds since the epoch, UTC.
    public var runAt: Int64
    /// What becomes of personal data.
    public var personalData: PersonalDataPolicy

    package init(extractionDate: Int32, runAt: Int64? = nil, personalData: PersonalDataPolicy) {
        self.extractionDate = extractionDate
        self.runAt = runAt ?? Int64(extractionDate) * UTCDay.microseconds
        self.personalData = personalData
    }
}
