import Parquet

extension ColumnVector {
    /// The rows of some columns of the same type, range by range.
    static func copying(_ ranges: [RowRange], from sources: [ColumnVector]) -> ColumnVector {
        guard var result = sources.first?.slice(0..<0) else {
            preconditionFailure("rows come from at least one batch")
        }
        result.reserveCapacity(for: sources)
        for range in ranges { result.append(sources[range.source], rows: range.rows) }
        if result.validity?.contains(false) == false { result.validity = nil }
        return result
    }
}

extension ColumnBatch {
    /// A batch of some rows of columns that are given up, column by column, so that little exists twice.
    init(_ columns: consuming [ColumnVector], rows: [Int32]) {
        let isAll = rows.count == columns.first?.count && rows.enumerated().allSatisfy { $0 == Int($1) }
        if !isAll {
            for position in columns.indices {
                let column = columns[position]
                columns[position] = ColumnVector(.boolean([]))
                columns[position] = column.gathered(at: rows)
                if columns[position].validity?.contains(false) == false { columns[position].validity = nil }
            }
        }
        self.init(rowCount: rows.count, columns: columns)
    }
}
