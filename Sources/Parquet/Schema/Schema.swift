/// What a flat Parquet file holds: its columns in order.
public struct Schema: Sendable, Equatable {
    /// What a column's values are.
    public enum FieldType: Sendable, Equatable {
        /// BOOLEAN.
        case boolean
        /// INT32.
        case int32
        /// INT64.
        case int64
        /// FLOAT.
        case float
        /// DOUBLE.
        case double
        /// BYTE_ARRAY annotated as STRING: UTF-8.
        case string
        /// BYTE_ARRAY without annotation.
        case bytes
        /// INT32 annotated as DATE: days since 1970-01-01.
        case date
        /// INT64 annotated as TIMESTAMP(MICROS, UTC).
        case timestampMicroseconds
    }

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
