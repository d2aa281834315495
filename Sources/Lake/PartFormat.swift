public import JSON
public import Tables

/// How a line of a source's parts holds records.
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

    /// Makes a format.
    public init(open: @escaping Open) { self.open = open }

    /// Every line is a record.
    public static let records = PartFormat { line, _ in (line, 1) }
}
