/// Rows that stand next to each other in one of several batches.
struct RowRange: Equatable {
    /// Which batch.
    var source: Int
    /// Where the rows stand.
    var rows: Range<Int>
}

extension [RowRange] {
    /// Appends rows, to the last range where they continue it.
    mutating func append(source: Int, _ rows: Range<Int>) {
        guard !rows.isEmpty else { return }
        if let last, last.source == source, last.rows.upperBound == rows.lowerBound {
            self[count - 1].rows = last.rows.lowerBound..<rows.upperBound
        } else {
            append(RowRange(source: source, rows: rows))
        }
    }
}
