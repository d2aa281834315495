public import Parquet

extension FactVisitors {
    /// What became of incoming rows in the current state.
    public struct Merged: Sendable, Equatable {
        /// The new state, sorted by visitor_key.
        public var batch: ColumnBatch
        /// Incoming visitors who were not there.
        public var newCount: Int
        /// Incoming visitors whose row replaced another.
        public var updatedCount: Int
        /// Incoming visitors whose row was there already, or is older than the one that was.
        public var unchangedCount: Int

        /// Makes a result.
        public init(batch: ColumnBatch, newCount: Int, updatedCount: Int, unchangedCount: Int) {
            self.batch = batch
            self.newCount = newCount
            self.updatedCount = updatedCount
            self.unchangedCount = unchangedCount
        }
    }

    /// Why two states cannot be merged.
    public enum MergeError: Error, Equatable, CustomStringConvertible {
        /// A batch has other columns than the table.
        case columns(side: String)
        /// A batch is not sorted by visitor_key, or has one twice.
        case order(side: String, row: Int)

        /// One line; what to do is in it.
        public var description: String {
            switch self {
            case .columns(let side):
                "merge fact_visitors failed: the \(side) rows do not have the table's columns; reprocess the source"
            case .order(let side, let row):
                "merge fact_visitors failed: the \(side) rows are not in strict order of visitor_key at row \(row);"
                    + " reprocess the source"
            }
        }
    }

    /// Brings incoming rows into the current state.
    ///
    /// Of two rows for a visitor the greater by (ingested_at, last_active_at) stays and, where both are equal, the greater
    /// by the remaining columns in their order, null before any value. The result is therefore the maximum of a total order:
    /// it does not depend on the order or the number of deliveries.
    ///
    /// Between commits the newer answer comes first, within one the newer activity. So ingested_at tells in which commit a
    /// visitor was last seen, on which ``seen(since:in:)`` builds. Where runs overlapped, the newer answer may be behind by
    /// the time that it was under way; the next run reads back to before both, and brings the newer state.
    ///
    /// Rows made under different policies for personal fields must not be merged: where the times are equal, either could stay.
    ///
    /// - Parameters:
    ///   - current: The state; strictly ascending by visitor_key.
    ///   - incoming: The rows to bring in; strictly ascending by visitor_key.
    /// - Returns: The new state and the counts, which add up to the incoming rows.
    /// - Throws: ``MergeError`` when a batch is not what it must be.
    public static func merge(
        current: consuming ColumnBatch, incoming: consuming ColumnBatch
    ) throws(MergeError) -> Merged {
        var state = current
        var changes = incoming
        let plan = try Plan(current: state, incoming: changes)
        if plan.newCount > 0 || plan.updatedCount > 0 {
            // Column by column: a state that its caller has given up is freed while the next one grows.
            for index in state.columns.indices {
                let sources = [state.columns[index], changes.columns[index]]
                state.columns[index] = ColumnVector(.boolean([]))
                changes.columns[index] = ColumnVector(.boolean([]))
                state.columns[index] = .copying(plan.ranges, from: sources)
            }
            state.rowCount += plan.newCount
        }
        return Merged(
            batch: state, newCount: plan.newCount, updatedCount: plan.updatedCount,
            unchangedCount: plan.unchangedCount)
    }

    /// Which rows the new state takes from where: 0 is the current state, 1 what comes in.
    private struct Plan {
        private(set) var ranges: [RowRange] = []
        private(set) var newCount = 0
        private(set) var updatedCount = 0
        private(set) var unchangedCount = 0

        init(current: ColumnBatch, incoming: ColumnBatch) throws(MergeError) {
            let left = try Keys(current, side: "current")
            let right = try Keys(incoming, side: "incoming")
            let order = RowOrder(current: current, incoming: incoming)
            var row = 0
            for incomingRow in 0..<incoming.rowCount {
                let start = row
                var difference = 1
                while row < current.rowCount {
                    difference = left.compare(row, right, incomingRow)
                    if difference >= 0 { break }
                    row += 1
                }
                ranges.append(source: 0, start..<row)
                guard row < current.rowCount, difference == 0 else {
                    newCount += 1
                    ranges.append(source: 1, incomingRow..<incomingRow + 1)
                    continue
                }
                if order.compare(row, incomingRow) < 0 {
                    updatedCount += 1
                    ranges.append(source: 1, incomingRow..<incomingRow + 1)
                } else {
                    unchangedCount += 1
                    ranges.append(source: 0, row..<row + 1)
                }
                row += 1
            }
            ranges.append(source: 0, row..<current.rowCount)
        }
    }

    /// The keys of a batch that is in order.
    private struct Keys {
        let column: ByteColumn

        init(_ batch: ColumnBatch, side: String) throws(MergeError) {
            guard batch.columns.count == table.columns.count,
                zip(batch.columns, table.columns).allSatisfy({ $0.values.holds($1.type) }),
                case .bytes(let column) = batch.columns[0].values
            else { throw .columns(side: side) }
            self.column = column
            for row in 0..<max(column.count - 1, 0) where compare(row, self, row + 1) >= 0 {
                throw .order(side: side, row: row + 1)
            }
        }

        func compare(_ row: Int, _ other: Keys, _ otherRow: Int) -> Int {
            column.compare(row, to: other.column, otherRow)
        }
    }

    /// Which of two rows of one visitor is the greater.
    private struct RowOrder {
        private let columns: [(current: ColumnVector, incoming: ColumnVector)]

        init(current: ColumnBatch, incoming: ColumnBatch) {
            let first = ["ingested_at", "last_active_at"].map { table.index(of: $0) }
            let rest = table.columns.indices.filter {
                !first.contains($0) && $0 != table.index(of: "visitor_key")
            }
            columns = (first + rest).map { (current.columns[$0], incoming.columns[$0]) }
        }

        func compare(_ currentRow: Int, _ incomingRow: Int) -> Int {
            for (current, incoming) in columns {
                let order = current.compare(currentRow, to: incoming, incomingRow)
                if order != 0 { return order }
            }
            return 0
        }
    }
}

extension [RowRange] {
    /// Appends rows, to the last range where they continue it.
    fileprivate mutating func append(source: Int, _ rows: Range<Int>) {
        guard !rows.isEmpty else { return }
        if let last, last.source == source, last.rows.upperBound == rows.lowerBound {
            self[count - 1].rows = last.rows.lowerBound..<rows.upperBound
        } else {
            append(RowRange(source: source, rows: rows))
        }
    }
}
