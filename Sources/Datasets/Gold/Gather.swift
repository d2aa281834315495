import Parquet

extension ColumnVector {
    /// The given rows, in the given order.
    func gathered(at rows: [Int]) -> ColumnVector {
        let values: Values
        switch self.values {
        case .boolean(let slots): values = .boolean(rows.map { slots[$0] })
        case .int32(let slots): values = .int32(rows.map { slots[$0] })
        case .int64(let slots): values = .int64(rows.map { slots[$0] })
        case .float(let slots): values = .float(rows.map { slots[$0] })
        case .double(let slots): values = .double(rows.map { slots[$0] })
        case .bytes(let slots):
            var gathered = ByteColumn()
            for row in rows { gathered.append(slots.bytes[slots.range(row)]) }
            values = .bytes(gathered)
        }
        return ColumnVector(values, validity: validity.map { validity in rows.map { validity[$0] } })
    }
}
