public import Parquet

/// A table of the lake, declared once: the Parquet schema, the README, the catalog and the tests come from here.
public struct Table: Sendable {
    /// Which layer holds it.
    public enum Layer: String, Sendable {
        /// Typed tables.
        case silver
        /// Answers.
        case gold
    }

    /// How its objects are laid out.
    public enum Partitioning: Sendable {
        /// One object per extraction date.
        case daily
        /// One object that holds the current state.
        case current
    }

    /// The name, as in its object keys.
    public var name: String
    /// Which layer holds it.
    public var layer: Layer
    /// How its objects are laid out.
    public var partitioning: Partitioning
    /// What one row stands for.
    public var grain: String
    /// The columns that identify a row; rows are sorted by them, ascending.
    public var key: [String]
    /// The columns in order.
    public var columns: [Column]

    /// Declares a table.
    public init(
        name: String, layer: Layer, partitioning: Partitioning, grain: String, key: [String],
        columns: [Column]
    ) {
        self.name = name
        self.layer = layer
        self.partitioning = partitioning
        self.grain = grain
        self.key = key
        self.columns = columns
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
}

/// A column of a table.
public struct Column: Sendable {
    /// The name.
    public var name: String
    /// What its values are.
    public var type: Schema.FieldType
    /// Whether a row may have none.
    public var isNullable: Bool
    /// The unit of a number; nil where there is none.
    public var unit: String?
    /// What a value means, and what null means where it may be null.
    public var meaning: String

    /// Declares a column.
    public init(
        _ name: String, _ type: Schema.FieldType, nullable isNullable: Bool = false, unit: String? = nil,
        _ meaning: String
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.unit = unit
        self.meaning = meaning
    }
}
