extension ColumnBatch {
    /// The rows at the given indices, in that order; an index may occur more than once.
    ///
    /// - Parameter rows: Row numbers, each below ``rowCount``.
    /// - Returns: As many rows as there are indices.
    public func gathered(at rows: [Int]) -> ColumnBatch {
        ColumnBatch(rowCount: rows.count, columns: columns.map { $0.gathered(at: rows) })
    }

    /// The rows at the given indices, in that order; an index may occur more than once.
    ///
    /// - Parameter rows: Row numbers, each at least 0 and below ``rowCount``.
    /// - Returns: As many rows as there are indices.
    public func gathered(at rows: [Int32]) -> ColumnBatch {
        ColumnBatch(rowCount: rows.count, columns: columns.map { $0.gathered(at: rows) })
    }

    /// Some consecutive rows.
    public func slice(_ rows: Range<Int>) -> ColumnBatch {
        ColumnBatch(rowCount: rows.count, columns: columns.map { $0.slice(rows) })
    }

    /// The rows of several batches, one after another.
    ///
    /// - Parameter batches: Batches of the same columns; there must be one at least.
    /// - Returns: All rows.
    public static func concatenated(_ batches: [ColumnBatch]) -> ColumnBatch {
        guard var result = batches.first else {
            preconditionFailure("there is no batch to say which columns there are")
        }
        guard batches.count > 1 else { return result }
        for index in result.columns.indices {
            result.columns[index].reserveCapacity(for: batches.map { $0.columns[index] })
        }
        for batch in batches.dropFirst() {
            result.append(batch, rows: 0..<batch.rowCount)
        }
        return result
    }

    mutating func append(_ other: ColumnBatch, rows: Range<Int>) {
        precondition(columns.count == other.columns.count, "both batches have the same columns")
        for index in columns.indices {
            columns[index].append(other.columns[index], rows: rows)
        }
        rowCount += rows.count
    }

    /// Bytes that some rows' values take in memory, validity left out.
    func sizeBytes(_ rows: Range<Int>) -> Int {
        columns.reduce(0) { sum, column in
            switch column.values {
            case .boolean: sum + rows.count
            case .int32, .float: sum + rows.count * 4
            case .int64, .double: sum + rows.count * 8
            case .bytes(let slots):
                sum + rows.count * 4 + Int(slots.offsets[rows.upperBound] - slots.offsets[rows.lowerBound])
            }
        }
    }
}
