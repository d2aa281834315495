/// The values of one column for some rows, one slot a row.
public struct ColumnVector: Sendable, Equatable {
    /// The slots, by physical type.
    ///
    /// A null row's slot holds zero, false or the empty string. ``Schema/FieldType`` says which slots a type takes.
    public enum Values: Sendable, Equatable {
        /// BOOLEAN.
        case boolean([Bool])
        /// INT32: whole numbers of 8 to 32 bits, dates, times in milliseconds, decimals of up to 9 digits.
        case int32([Int32])
        /// INT64: whole numbers of 64 bits, timestamps, finer times, decimals of up to 18 digits.
        case int64([Int64])
        /// FLOAT.
        case float([Float])
        /// DOUBLE.
        case double([Double])
        /// BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY: text (UTF-8), raw bytes, UUIDs, larger decimals.
        case bytes(ByteColumn)
    }

    /// The slots.
    public var values: Values
    /// Whether each row has a value; nil when every row has one.
    public var validity: [Bool]?

    /// Makes a column; `validity`, where given, has one element a row.
    public init(_ values: Values, validity: [Bool]? = nil) {
        self.values = values
        self.validity = validity
    }

    /// The number of rows.
    public var count: Int {
        switch values {
        case .boolean(let slots): slots.count
        case .int32(let slots): slots.count
        case .int64(let slots): slots.count
        case .float(let slots): slots.count
        case .double(let slots): slots.count
        case .bytes(let slots): slots.count
        }
    }

    /// Whether a row has a value.
    @inlinable public func isValid(_ row: Int) -> Bool { validity?[row] ?? true }
}

/// Rows as columns: the unit that goes into a writer and comes out of a reader.
public struct ColumnBatch: Sendable, Equatable {
    /// The number of rows; every column has as many.
    public var rowCount: Int
    /// The columns, in the order of the schema that they belong to.
    public var columns: [ColumnVector]

    /// Makes a batch; every column must have `rowCount` rows.
    public init(rowCount: Int, columns: [ColumnVector]) {
        precondition(columns.allSatisfy { $0.count == rowCount }, "every column has rowCount rows")
        self.rowCount = rowCount
        self.columns = columns
    }
}
