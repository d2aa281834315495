public import JSON
public import Tables

/// How a source's parts hold records.
public struct PartFormat: Sendable {
    /// Opens a line: fills in where its records came from, and hands out the records and how many the ledger counts.
    ///
    /// It throws ``PartLineError`` when the line is no line of this format.
    public typealias Open =
        @Sendable (_ line: JSONValue, _ origin: inout Origin) throws -> (
            records: JSONValue, rowCount: Int
        )

    /// Opens a line.
    public var open: Open
    /// Whether somebody else wrote the lines: one that holds no JSON goes into the quarantine, and blank ones are none.
    ///
    /// Else such a line means that the part is damaged.
    public var isForeign: Bool
    /// Makes JSON of the lines of files that hold none; nil where each line is JSON.
    var makeTranscoder: (@Sendable () -> any LineTranscoder)?

    package init(open: @escaping Open) { self.init(isForeign: false, open: open) }

    private init(isForeign: Bool, open: @escaping Open) {
        self.isForeign = isForeign
        self.open = open
    }

    /// Every line of a file that somebody landed becomes a record.
    ///
    /// - Parameter makeTranscoder: Makes what reads the lines of one file, from the first to the last.
    public init(transcoding makeTranscoder: @escaping @Sendable () -> any LineTranscoder) {
        self.init(isForeign: true) { line, _ in (line, 1) }
        self.makeTranscoder = makeTranscoder
    }

    /// Every line is a record that bronze wrote.
    public static let records = PartFormat { line, _ in (line, 1) }

    /// Every line of a file that somebody landed is a record: JSON lines.
    ///
    /// A byte order mark at the begin, carriage returns at the ends of lines and blank lines are passed over.
    public static let jsonLines = PartFormat(isForeign: true) { line, _ in (line, 1) }
}
