/// Which value of a pool each row of a column has.
struct RowPattern: Hashable {
    enum Shape: String, CaseIterable {
        case empty
        case oneRow
        case oneDistinct
        case allNull
        /// The edges of the type and a few others, in any order.
        case edges
        /// Every value another, as far as the pool reaches.
        case distinct
        /// Long runs of one value.
        case runs
    }

    let shape: Shape
    let isNullable: Bool
    let rowCount: Int

    var name: String { "\(shape.rawValue)-\(isNullable ? "optional" : "required")-\(rowCount)" }

    /// A position in the pool for each row; -1 is null.
    ///
    /// A tenth of a nullable column's rows, in one stretch, is null, so that some of its pages hold nothing else.
    func positions() -> [Int32] {
        var random = SampleRandom(seed: UInt64(rowCount + (isNullable ? 1 : 0)))
        let nullStretch = rowCount / 5..<rowCount / 5 + rowCount / 10
        return (0..<rowCount).map { row in
            let key = random.next()
            let position: UInt64 =
                switch shape {
                // Not the first, which is NaN for floating point: all-NaN columns are among the edges' pages.
                case .empty, .oneRow, .oneDistinct: 1
                case .allNull: 0
                case .edges: key % 24
                // An odd factor, so that as many rows as the pool has values are all different.
                case .distinct: UInt64(row) &* 40_503 % UInt64(SamplePool.count)
                case .runs: UInt64(row / max(1, rowCount / 97)) % 61
                }
            let isNull =
                switch shape {
                case .allNull: true
                case .empty, .oneRow: false
                case .oneDistinct, .edges, .distinct, .runs: nullStretch.contains(row) || key >> 62 == 0
                }
            return isNullable && isNull ? -1 : Int32(position)
        }
    }
}
