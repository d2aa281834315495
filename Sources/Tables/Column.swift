public import Parquet

/// A column of a table.
public struct Column: Sendable {
    /// Where a silver column's value comes from.
    public enum Origin: Sendable, Equatable {
        /// A member of the record, dotted where nested: `visitor_identity.email`. A column that may be null takes null for a
        /// member that is absent.
        case member(String)
        /// A member that must be there, though it may be null.
        case presentMember(String)
        /// The first of several members that has a value.
        case firstMember([String])
        /// What the record's request was about, which the record does not repeat; errors call it by the name given.
        case subject(String)
        /// When the record had arrived, by the clock of the one who asked.
        case answeredAt
        /// The UTC date of the run's event.
        case extractionDate
        /// The members that no column reads and none is told to ignore, as one JSON object; null where there are none.
        case unknownMembers
    }

    /// How a time is written.
    public enum TimeFormat: Sendable {
        /// RFC 3339 with a zone.
        case zoned
        /// As event feeds write it: RFC 3339 with or without a zone, which then is UTC, or whole seconds, milliseconds,
        /// microseconds or nanoseconds since the epoch, told by their 10, 13, 16 or 19 digits.
        case any
    }

    /// What kind of personal data a column holds.
    public enum PersonalData: Sendable {
        /// A name, a company, a title: taken as it is.
        case text
        /// An e-mail address: white space around it and the case of letters do not matter.
        case email
    }

    /// The name.
    public var name: String
    /// What its values are.
    public var type: Schema.FieldType
    /// Whether a row may have none.
    public var isNullable: Bool
    /// Where the value comes from; nil in gold, and where a table's own builder knows.
    public var origin: Origin?
    /// How times are written; of no meaning for others.
    public var timeFormat: TimeFormat
    /// What kind of personal data it holds; nil where none.
    public var personal: PersonalData?
    /// What is expected of its values.
    public var rules: [Rule]
    /// The unit of a number; nil where there is none.
    public var unit: String?
    /// What a value means, and what null means where it may be null.
    public var meaning: String

    package init(
        _ name: String, _ type: Schema.FieldType, nullable isNullable: Bool = false,
        from origin: Origin? = nil, timeFormat: TimeFormat = .zoned,
        personal: PersonalData? = nil, unit: String? = nil, rules: [Rule] = [], _ meaning: String
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.origin = origin
        self.timeFormat = timeFormat
        self.personal = personal
        self.rules = rules
        self.unit = unit
        self.meaning = meaning
    }
}

extension Column.Origin: ExpressibleByStringLiteral {
    /// A member of the record, dotted where nested.
    public init(stringLiteral path: String) { self = .member(path) }
}
