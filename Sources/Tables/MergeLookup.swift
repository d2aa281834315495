/// Finds rows by string where the strings that are asked for only ever ascend: the right side of a merge join.
package struct MergeLookup {
    private let column: StringSlots
    private let rows: [Int]
    private var next = 0

    /// Looks in a column.
    package init(_ column: StringSlots) {
        self.column = column
        rows = column.sortedRows()
    }

    /// The row that holds the same string as another column's row; nil when there is none.
    package mutating func row(of other: StringSlots, _ otherRow: Int) -> Int? {
        while next < rows.count {
            let order = column.compare(rows[next], to: other, otherRow)
            if order == 0 { return rows[next] }
            if order > 0 { return nil }
            next += 1
        }
        return nil
    }
}
