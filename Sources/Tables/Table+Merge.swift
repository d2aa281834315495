public import Parquet

/// What became of incoming rows in a partition.
public struct Merged: Sendable, Equatable {
    /// The new rows, sorted by the table's key.
    public var batch: ColumnBatch
    /// Incoming rows whose key was not there.
    public var newCount: Int
    /// Incoming rows that replaced one.
    public var updatedCount: Int
    /// Incoming rows that did not stay, or that were there already.
    public var unchangedCount: Int
    /// Rows of either side that did not stay, counted one by one.
    var displacedCount: Int
}

extension Table {
    /// Brings incoming rows into a partition's, as ``upsert`` says.
    ///
    /// Rows made under different policies for personal fields must not be merged: either could stay.
    ///
    /// - Parameters:
    ///   - current: The partition's rows; strictly ascending by key.
    ///   - incoming: The rows to bring in; strictly ascending by key.
    /// - Returns: The new rows and the counts, which add up to the incoming rows.
    /// - Throws: ``UpsertError`` when a batch is not what it must be.
    public func merge(current: consuming ColumnBatch, incoming: consuming ColumnBatch) throws(UpsertError)
        -> Merged
    {
        var state = current
        var changes = incoming
        try check(state, side: "current")
        try check(changes, side: "incoming")
        let plan = UpsertPlan(current: state, incoming: changes, order: UpsertOrder(of: self))
        if plan.isChange {
            // Column by column: a state that its caller has given up is freed while the next one grows.
            for index in state.columns.indices {
                let sources = [state.columns[index], changes.columns[index]]
                state.columns[index] = ColumnVector(.boolean([]))
                changes.columns[index] = ColumnVector(.boolean([]))
                state.columns[index] = .copying(plan.ranges, from: sources)
            }
            state.rowCount = plan.ranges.reduce(0) { $0 + $1.rows.count }
        }
        return Merged(
            batch: state, newCount: plan.newCount, updatedCount: plan.updatedCount,
            unchangedCount: plan.unchangedCount, displacedCount: plan.displacedCount)
    }

    /// Of rows in any order, those that stay.
    ///
    /// - Parameter rows: Rows of the table, of which the caller should keep no copy.
    /// - Returns: One row a key, sorted by key, and the number of rows that do not stay, counted one by one.
    package func newest(of rows: consuming ColumnBatch) -> (batch: ColumnBatch, droppedCount: Int) {
        let order = UpsertOrder(of: self)
        guard let newest = KeyOrder.newestRows(of: rows, order: order) else { return (rows, 0) }
        return (ColumnBatch((consume rows).columns, rows: newest.kept), newest.droppedCount)
    }

    private func check(_ batch: ColumnBatch, side: String) throws(UpsertError) {
        guard batch.columns.count == columns.count,
            zip(batch.columns, columns).allSatisfy({ $0.values.holds($1.type) })
        else { throw .columns(table: name, side: side) }
        if let row = KeyOrder.firstUnordered(batch, key: key.map { index(of: $0) }) {
            throw .order(table: name, side: side, row: row)
        }
    }
}

/// Which rows the new state takes from where: 0 is the current state, 1 what comes in.
private struct UpsertPlan {
    private(set) var ranges: [RowRange] = []
    private(set) var newCount = 0
    private(set) var updatedCount = 0
    private(set) var unchangedCount = 0
    private(set) var displacedCount = 0
    /// Whether anything but the current rows comes out.
    private(set) var isChange = false

    init(current: ColumnBatch, incoming: ColumnBatch, order: UpsertOrder) {
        let groups = order.groupCount
        let keys = KeyComparison(current, incoming, order: order)
        var row = 0
        var incomingRow = 0
        while incomingRow < incoming.rowCount {
            let start = row
            var difference = 1
            while row < current.rowCount {
                difference = keys.compare(row, incomingRow)
                if difference >= 0 { break }
                row += 1
            }
            ranges.append(source: 0, start..<row)
            let incomingEnd = UpsertPlan.groupEnd(incoming, incomingRow, order)
            defer { incomingRow = incomingEnd }
            guard row < current.rowCount, difference == 0 else {
                newCount += incomingEnd - incomingRow
                isChange = true
                ranges.append(source: 1, incomingRow..<incomingEnd)
                continue
            }
            let end = UpsertPlan.groupEnd(current, row, order)
            let newer = order.compareTerms(incoming, incomingRow, current, row)
            if newer > 0 {
                updatedCount += incomingEnd - incomingRow
                displacedCount += end - row
                isChange = true
                ranges.append(source: 1, incomingRow..<incomingEnd)
            } else if newer < 0 {
                unchangedCount += incomingEnd - incomingRow
                displacedCount += incomingEnd - incomingRow
                ranges.append(source: 0, row..<end)
            } else {
                mergeGroup(current, row..<end, incoming, incomingRow..<incomingEnd, order)
            }
            row = end
        }
        ranges.append(source: 0, row..<current.rowCount)
        precondition(groups > 0 || current.rowCount <= 1, "a table without a key has one row")
    }

    /// Rows of one group that are equal in the terms: one a key.
    private mutating func mergeGroup(
        _ current: ColumnBatch, _ rows: Range<Int>, _ incoming: ColumnBatch, _ incomingRows: Range<Int>,
        _ order: UpsertOrder
    ) {
        var row = rows.lowerBound
        for incomingRow in incomingRows {
            let start = row
            var difference = 1
            while row < rows.upperBound {
                difference = order.compareKeys(current, row, incoming, incomingRow, columns: order.key.count)
                if difference >= 0 { break }
                row += 1
            }
            ranges.append(source: 0, start..<row)
            guard row < rows.upperBound, difference == 0 else {
                newCount += 1
                isChange = true
                ranges.append(source: 1, incomingRow..<incomingRow + 1)
                continue
            }
            displacedCount += 1
            if order.compareOthers(incoming, incomingRow, current, row) > 0 {
                updatedCount += 1
                isChange = true
                ranges.append(source: 1, incomingRow..<incomingRow + 1)
            } else {
                unchangedCount += 1
                ranges.append(source: 0, row..<row + 1)
            }
            row += 1
        }
        ranges.append(source: 0, row..<rows.upperBound)
    }

    private static func groupEnd(_ batch: ColumnBatch, _ row: Int, _ order: UpsertOrder) -> Int {
        var end = row + 1
        guard !order.isByRow else { return end }
        while end < batch.rowCount,
            order.compareKeys(batch, row, batch, end, columns: order.groupCount) == 0
        { end += 1 }
        return end
    }
}

/// Compares the groups of two batches; by far the most comparisons are of one column of text.
private struct KeyComparison {
    private let current: ColumnBatch
    private let incoming: ColumnBatch
    private let order: UpsertOrder
    private let texts: (current: ByteColumn, incoming: ByteColumn)?

    init(_ current: ColumnBatch, _ incoming: ColumnBatch, order: UpsertOrder) {
        self.current = current
        self.incoming = incoming
        self.order = order
        texts =
            if order.groupCount == 1, let index = order.key.first,
                case .bytes(let left) = current.columns[index].values,
                case .bytes(let right) = incoming.columns[index].values,
                current.columns[index].validity == nil, incoming.columns[index].validity == nil
            {
                (left, right)
            } else {
                nil
            }
    }

    func compare(_ row: Int, _ incomingRow: Int) -> Int {
        if let texts { return texts.current.compare(row, to: texts.incoming, incomingRow) }
        return order.compareKeys(current, row, incoming, incomingRow, columns: order.groupCount)
    }
}
