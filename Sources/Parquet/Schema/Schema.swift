/// What a flat Parquet file holds: its columns in order.
public struct Schema: Sendable, Equatable {
    /// One column.
    public struct Field: Sendable, Equatable {
        /// The name, unique in its schema.
        public var name: String
        /// What the values are.
        public var type: FieldType
        /// Whether rows may be null (OPTIONAL) or not (REQUIRED).
        public var isNullable: Bool

        /// Makes a column.
        public init(_ name: String, _ type: FieldType, isNullable: Bool = false) {
            self.name = name
            self.type = type
            self.isNullable = isNullable
        }
    }

    /// The columns in order.
    public var fields: [Field]

    /// Makes a schema.
    public init(_ fields: [Field]) {
        self.fields = fields
    }
}
