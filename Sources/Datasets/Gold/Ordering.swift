import Parquet

extension ColumnVector {
    /// How a row stands to another row: negative before, 0 equal, positive after.
    ///
    /// Null is before every value, false before true, and strings are in order of their bytes.
    func compare(_ left: Int, _ right: Int) -> Int {
        switch (isValid(left), isValid(right)) {
        case (false, false): return 0
        case (false, true): return -1
        case (true, false): return 1
        case (true, true): break
        }
        switch values {
        case .boolean(let slots): return (slots[left] ? 1 : 0) - (slots[right] ? 1 : 0)
        case .int32(let slots): return order(slots[left], slots[right])
        case .int64(let slots): return order(slots[left], slots[right])
        case .float(let slots): return order(slots[left], slots[right])
        case .double(let slots): return order(slots[left], slots[right])
        case .bytes(let slots):
            let strings = StringSlots(values: slots)
            return strings.compare(left, to: strings, right)
        }
    }
}

private func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
    if left < right { return -1 }
    return left == right ? 0 : 1
}
