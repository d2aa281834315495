public import Parquet

extension Table {
    /// Checks that rows fit their table: types, no null where none may be, sorted by the key, no key twice.
    public func check(_ rows: ColumnBatch) throws(InvariantError) {
        guard rows.columns.count == columns.count else {
            throw InvariantError(
                table: name, cause: "it has \(rows.columns.count) columns, not \(columns.count)")
        }
        for (column, declared) in zip(rows.columns, columns) {
            guard column.values.holds(declared.type) else {
                throw InvariantError(table: name, cause: "\(declared.name) is not \(declared.type)")
            }
            if !declared.isNullable, let row = column.validity?.firstIndex(of: false) {
                throw InvariantError(
                    table: name, cause: "\(declared.name) is null in row \(row) and must not be")
            }
        }
        let keys = key.map { rows.columns[index(of: $0)] }
        for row in 0..<rows.rowCount where row > 0 {
            var order = 0
            for key in keys where order == 0 { order = key.compare(row - 1, to: key, row) }
            guard order < 0 else {
                throw InvariantError(
                    table: name,
                    cause:
                        "row \(row) \(order == 0 ? "repeats the key of" : "comes before") row \(row - 1) by "
                        + key.joined(separator: ", "))
            }
        }
    }
}

/// A gold table that cannot be right.
public struct InvariantError: Error, Equatable, CustomStringConvertible {
    /// The table's name.
    public var table: String
    /// What does not hold, with the numbers.
    public var cause: String

    package init(table: String, cause: String) {
        self.table = table
        self.cause = cause
    }

    /// One line.
    public var description: String {
        "check gold table \(table) failed: \(cause); nothing of it may be written, replay the day from silver"
    }
}
