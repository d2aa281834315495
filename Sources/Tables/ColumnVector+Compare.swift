package import Parquet

extension ColumnVector {
    /// How a row stands to a row of a column of the same type: negative before, 0 equal, positive after.
    ///
    /// Null is before every value, false before true, and strings are in order of their bytes.
    package func compare(_ row: Int, to other: ColumnVector, _ otherRow: Int) -> Int {
        guard isValid(row), other.isValid(otherRow) else {
            return (isValid(row) ? 1 : 0) - (other.isValid(otherRow) ? 1 : 0)
        }
        func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
            left < right ? -1 : left == right ? 0 : 1
        }
        return switch (values, other.values) {
        case (.boolean(let left), .boolean(let right)): (left[row] ? 1 : 0) - (right[otherRow] ? 1 : 0)
        case (.int32(let left), .int32(let right)): order(left[row], right[otherRow])
        case (.int64(let left), .int64(let right)): order(left[row], right[otherRow])
        case (.float(let left), .float(let right)): order(left[row], right[otherRow])
        case (.double(let left), .double(let right)): order(left[row], right[otherRow])
        case (.bytes(let left), .bytes(let right)): left.compare(row, to: right, otherRow)
        default: preconditionFailure("columns have one type")
        }
    }
}

extension ColumnVector.Values {
    /// Whether a column of the type is stored like this.
    package func holds(_ type: Schema.FieldType) -> Bool {
        switch (self, type) {
        case (.boolean, .boolean), (.int32, .int8), (.int32, .int16), (.int32, .int32), (.int32, .date),
            (.int32, .decimal(_, _, .int32)), (.int64, .int64), (.int64, .timestamp),
            (.int64, .decimal(_, _, .int64)), (.float, .float), (.double, .double), (.bytes, .string),
            (.bytes, .json), (.bytes, .bytes):
            true
        default: false
        }
    }
}

extension ByteColumn {
    /// How a row stands to a row of another column, by their bytes: negative before, 0 equal, positive after.
    func compare(_ row: Int, to other: ByteColumn, _ otherRow: Int) -> Int {
        bytes.withUnsafeBufferPointer { left in
            other.bytes.withUnsafeBufferPointer { right in
                KeyOrder.compare(
                    UnsafeBufferPointer(rebasing: left[range(row)]),
                    UnsafeBufferPointer(rebasing: right[other.range(otherRow)]))
            }
        }
    }
}
