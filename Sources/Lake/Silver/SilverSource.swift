public import Tables

/// What a source is to silver: its tables, and what they are made of.
public struct SilverSource: Sendable {
    /// The name, first in every key.
    public var name: String
    /// The tables.
    public var tables: [SilverTable]

    /// Declares a source.
    public init(name: String, tables: [SilverTable]) {
        self.name = name
        self.tables = tables
    }

    /// The streams that feed tables.
    var streams: [Stream] { Array(Set(tables.map(\.stream))).sorted() }
}

/// A silver table and the stream that it is made of.
public struct SilverTable: Sendable {
    /// The declaration.
    public var table: Table
    /// What it is made of.
    public var stream: Stream
    /// How the stream's lines hold records.
    public var format: PartFormat
    /// Whether a commit that has none of its rows left, after some were refused, is refused as a whole.
    public var mustHaveRows: Bool
    /// Makes rows of records.
    public var makeBuilder: @Sendable (TypingContext) -> any RowBuilder

    /// Declares a table whose records become rows by its columns' declarations.
    ///
    /// - Parameters:
    ///   - table: The declaration.
    ///   - stream: What it is made of.
    ///   - format: How the stream's lines hold records.
    ///   - ignoring: Members, dotted where nested, that are known and stay in bronze.
    ///   - mustHaveRows: Whether a commit that has none of its rows left is refused as a whole.
    public init(
        _ table: Table, of stream: Stream, format: PartFormat, ignoring: [String] = [],
        mustHaveRows: Bool = false
    ) {
        self.init(table, of: stream, format: format, mustHaveRows: mustHaveRows) {
            RowReader(table, ignoring: ignoring, $0)
        }
    }

    /// Declares a table with a builder of its own.
    public init(
        _ table: Table, of stream: Stream, format: PartFormat, mustHaveRows: Bool = false,
        makeBuilder: @escaping @Sendable (TypingContext) -> any RowBuilder
    ) {
        self.table = table
        self.stream = stream
        self.format = format
        self.mustHaveRows = mustHaveRows
        self.makeBuilder = makeBuilder
    }
}
