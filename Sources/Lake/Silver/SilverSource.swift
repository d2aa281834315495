public import Parquet
public import Tables

/// What a source is to silver: its tables, and what they are made of.
public struct SilverSource: Sendable {
    /// The name, first in every key.
    public var name: String
    /// The tables.
    public var tables: [SilverTable]

    package init(name: String, tables: [SilverTable]) {
        self.name = name
        self.tables = tables
    }

    /// The tables, and those that are derived from them.
    package var allTables: [Table] { tables.flatMap { [$0.table] + $0.derived.map(\.table) } }
}

/// A table that is made of another one, object by object: a summary of each partition.
///
/// It has that one's partitions. An object of it names the content that it was made of, so that one which was left behind when
/// a function died is made again by the next delivery.
public struct DerivedTable: Sendable {
    /// The declaration.
    public var table: Table
    /// Makes its rows of a partition's rows.
    public var make: @Sendable (ColumnBatch) -> ColumnBatch

    package init(_ table: Table, make: @escaping @Sendable (ColumnBatch) -> ColumnBatch) {
        self.table = table
        self.make = make
    }
}

/// A silver table and the stream that it is made of.
public struct SilverTable: Sendable {
    /// The declaration.
    public var table: Table
    /// What it is made of.
    public var stream: Stream
    /// How the stream's lines hold records.
    public var format: PartFormat
    /// How landed files hold records, by the name of the format that bronze took them for; ``format`` for others.
    public var landedFormats: [String: PartFormat] = [:]
    /// Whether a commit that has none of its rows left, after some were refused, is refused as a whole.
    public var mustHaveRows: Bool
    /// The tables that are made of this one.
    public var derived: [DerivedTable]
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
    ///   - derived: The tables that are made of this one.
    public init(
        _ table: Table, of stream: Stream, format: PartFormat, ignoring: [String] = [],
        mustHaveRows: Bool = false, derived: [DerivedTable] = []
    ) {
        self.init(table, of: stream, format: format, mustHaveRows: mustHaveRows, derived: derived) {
            RowReader(table, ignoring: ignoring, $0)
        }
    }

    package init(
        _ table: Table, of stream: Stream, format: PartFormat, mustHaveRows: Bool = false,
        derived: [DerivedTable] = [], makeBuilder: @escaping @Sendable (TypingContext) -> any RowBuilder
    ) {
        self.table = table
        self.stream = stream
        self.format = format
        self.mustHaveRows = mustHaveRows
        self.derived = derived
        self.makeBuilder = makeBuilder
    }
}
