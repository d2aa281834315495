import Parquet

extension ColumnVector {
    /// The rows of some columns of the same type, range by range.
    static func copying(_ ranges: [RowRange], from sources: [ColumnVector]) -> ColumnVector {
        guard let first = sources.first else { preconditionFailure("rows come from at least one batch") }
        func flat<Value>(_ slots: (Values) -> [Value]?) -> [Value] {
            let arrays = sources.map { source in
                guard let array = slots(source.values) else { preconditionFailure("columns have one type") }
                return array
            }
            var result: [Value] = []
            result.reserveCapacity(ranges.reduce(0) { $0 + $1.rows.count })
            for range in ranges { result.append(contentsOf: arrays[range.source][range.rows]) }
            return result
        }
        let values: Values =
            switch first.values {
            case .boolean: .boolean(flat { if case .boolean(let slots) = $0 { slots } else { nil } })
            case .int32: .int32(flat { if case .int32(let slots) = $0 { slots } else { nil } })
            case .int64: .int64(flat { if case .int64(let slots) = $0 { slots } else { nil } })
            case .float: .float(flat { if case .float(let slots) = $0 { slots } else { nil } })
            case .double: .double(flat { if case .double(let slots) = $0 { slots } else { nil } })
            case .bytes:
                .bytes(
                    ByteColumn.copying(
                        ranges,
                        from: sources.map { source in
                            guard case .bytes(let column) = source.values else {
                                preconditionFailure("columns have one type")
                            }
                            return column
                        }))
            }
        guard sources.contains(where: { $0.validity != nil }) else { return ColumnVector(values) }
        var validity: [Bool] = []
        for range in ranges {
            if let known = sources[range.source].validity {
                validity.append(contentsOf: known[range.rows])
            } else {
                validity.append(contentsOf: repeatElement(true, count: range.rows.count))
            }
        }
        return ColumnVector(values, validity: validity.contains(false) ? validity : nil)
    }
}

extension ByteColumn {
    /// Appends some rows of another column.
    mutating func append(_ other: ByteColumn, rows: Range<Int>) {
        let start = other.offsets[rows.lowerBound]
        let end = other.offsets[rows.upperBound]
        precondition(bytes.count + Int(end - start) <= Int(UInt32.max), "a byte column holds at most 4 GiB")
        let base = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes[Int(start)..<Int(end)])
        for row in rows { offsets.append(base + (other.offsets[row + 1] - start)) }
    }

    /// Appends all rows of another column.
    mutating func append(contentsOf other: ByteColumn) {
        append(other, rows: 0..<other.count)
    }

    fileprivate static func copying(_ ranges: [RowRange], from sources: [ByteColumn]) -> ByteColumn {
        var result = ByteColumn()
        result.offsets.reserveCapacity(1 + ranges.reduce(0) { $0 + $1.rows.count })
        for range in ranges { result.append(sources[range.source], rows: range.rows) }
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
