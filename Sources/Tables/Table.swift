public import Parquet

/// A table of the lake, declared once: typing, Parquet schema, sort order, documents and catalog come from here.
public struct Table: Sendable {
    /// Which layer holds it.
    public enum Layer: String, Sendable {
        /// Typed tables.
        case silver
        /// Answers.
        case gold
    }

    /// The name, as in its object keys.
    public var name: String
    /// Which layer holds it.
    public var layer: Layer
    /// Which object a row lies in.
    public var partitioning: Partitioning
    /// What one row stands for.
    public var grain: String
    /// The columns that identify a row; rows are sorted by them, ascending, null before any value.
    public var key: [String]
    /// The columns in order.
    public var columns: [Column]
    /// How rows are brought into a partition; nil where a partition is always computed whole.
    public var upsert: Upsert?
    /// How rows leave the table; nil where they never do.
    public var deletion: Deletion?

    package init(
        name: String, layer: Layer, partitioning: Partitioning, grain: String, key: [String],
        upsert: Upsert? = nil, deletion: Deletion? = nil, columns: [Column]
    ) {
        self.name = name
        self.layer = layer
        self.partitioning = partitioning
        self.grain = grain
        self.key = key
        self.columns = columns
        self.upsert = upsert
        self.deletion = deletion
    }

    /// The Parquet schema of its files.
    public var schema: Schema {
        Schema(columns.map { Schema.Field($0.name, $0.type, isNullable: $0.isNullable) })
    }

    /// The position of a column, which must exist.
    public func index(of column: String) -> Int {
        guard let index = columns.firstIndex(where: { $0.name == column }) else {
            preconditionFailure("\(name) has no column \(column)")
        }
        return index
    }

    /// The table with some of its columns, for readers that need no others; null where a file lacks one.
    ///
    /// - Parameter names: Columns of the table, in the order in which they are wanted.
    /// - Returns: A table that can be read and not written.
    public func only(_ names: [String]) -> Table {
        var table = self
        table.columns = names.map { name in
            var column = columns[index(of: name)]
            column.isNullable = true
            return column
        }
        table.key = key.filter(names.contains)
        table.upsert = nil
        table.deletion = nil
        return table
    }

    /// Whether any column holds personal data.
    package var hasPersonalData: Bool { columns.contains { $0.personal != nil } }
}
