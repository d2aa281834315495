package import Parquet

/// A batch read through its table's declaration: columns by name, integers widened.
///
/// A column that is absent or of another type is our own mistake and traps.
package struct BatchView {
    package let batch: ColumnBatch
    /// What the rows are.
    package let table: Table

    /// Reads a batch as rows of a table.
    package init(_ batch: ColumnBatch, as table: Table) {
        precondition(
            batch.columns.count == table.columns.count,
            "\(table.name) has \(table.columns.count) columns, the batch has \(batch.columns.count)")
        self.batch = batch
        self.table = table
    }

    package var rowCount: Int { batch.rowCount }

    /// A column as it is.
    package func column(_ name: String) -> ColumnVector { batch.columns[table.index(of: name)] }

    package func strings(_ name: String) -> StringSlots {
        let column = column(name)
        guard case .bytes(let values) = column.values else { wrongType(name) }
        return StringSlots(values: values, validity: column.validity)
    }

    /// A column of INT64 or INT32, which includes timestamps and dates.
    package func integers(_ name: String) -> Slots<Int64> {
        let column = column(name)
        switch column.values {
        case .int64(let values): return Slots(values: values, validity: column.validity)
        case .int32(let values): return Slots(values: values.map(Int64.init), validity: column.validity)
        default: wrongType(name)
        }
    }

    /// A column of INT32, which includes dates.
    package func int32s(_ name: String) -> Slots<Int32> {
        let column = column(name)
        guard case .int32(let values) = column.values else { wrongType(name) }
        return Slots(values: values, validity: column.validity)
    }

    package func doubles(_ name: String) -> Slots<Double> {
        let column = column(name)
        guard case .double(let values) = column.values else { wrongType(name) }
        return Slots(values: values, validity: column.validity)
    }

    private func wrongType(_ name: String) -> Never {
        preconditionFailure("\(table.name).\(name) is not of the type that its reader expects")
    }
}

/// The slots of one fixed-width column.
package struct Slots<Value> {
    /// The slots, one a row.
    package var values: [Value]
    /// Whether each row has a value; nil when every row has one.
    package var validity: [Bool]?

    /// A row's value; nil when it is null.
    @inlinable package subscript(row: Int) -> Value? { (validity?[row] ?? true) ? values[row] : nil }
}

/// The slots of one string column.
package struct StringSlots {
    /// The slots, one a row.
    package var values: ByteColumn
    /// Whether each row has a value; nil when every row has one.
    package var validity: [Bool]?

    package var count: Int { values.count }

    /// A row's text, which must have one.
    package func text(at row: Int) -> String {
        String(decoding: values.bytes[values.range(row)], as: UTF8.self)
    }

    @inlinable package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }

    /// How a row stands to a row of another column: negative before, 0 equal, positive after.
    ///
    /// Nulls come first, then bytes as unsigned numbers, as UTF-8 and Parquet order strings.
    package func compare(_ row: Int, to other: StringSlots, _ otherRow: Int) -> Int {
        switch (isValid(row), other.isValid(otherRow)) {
        case (false, false): return 0
        case (false, true): return -1
        case (true, false): return 1
        case (true, true): break
        }
        return values.compare(row, to: other.values, otherRow)
    }

    /// The rows in ascending order of their values; rows of equal value keep their order.
    package func sortedRows() -> [Int] {
        let rows = Array(0..<count)
        let isSorted = rows.dropFirst().allSatisfy { compare($0 - 1, to: self, $0) <= 0 }
        return isSorted
            ? rows
            : rows.sorted { left, right in
                let order = compare(left, to: self, right)
                return order != 0 ? order < 0 : left < right
            }
    }
}
