public import Parquet

extension FactVisitors {
    /// What became of incoming rows in the current state.
    public struct Merged: Sendable, Equatable {
        /// The new state, sorted by visitor_key.
        public var batch: ColumnBatch
        /// Incoming visitors who were not there.
        public var newCount: Int
        /// Incoming visitors whose row replaced another, or who were seen later than their row said.
        public var updatedCount: Int
        /// Incoming visitors of whom the state told as much already.
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

    /// How long before it arrived an answer can have been made, in seconds: no request outlives its invocation, which has
    /// 15 minutes (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
    public static let answerDelayMaximumSeconds = 900

    /// Brings incoming rows into the current state.
    ///
    /// Of two rows for a visitor the one with the newer answer stays. Where runs overlap, the answer that came last may have been
    /// made first: of two within ``answerDelayMaximumSeconds`` the greater by last_active_at stays and, where that is equal, by the
    /// other columns in their order, null before any value; its ingested_at becomes the later of both. So ingested_at always tells
    /// when a visitor was last seen, on which ``seen(since:in:)`` builds, and no row goes back to an older activity.
    ///
    /// The result does not depend on the order or the number of deliveries, provided that the activity of one visitor does not
    /// fall from one answer to another within that time.
    ///
    /// Rows made under different policies for personal fields must not be merged: where the activity is equal, either could stay.
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
            let seenAt = table.index(of: "ingested_at")
            if !plan.seenAt.isEmpty, case .int64(var times) = state.columns[seenAt].values {
                state.columns[seenAt] = ColumnVector(.boolean([]))
                for (row, time) in plan.seenAt { times[row] = time }
                state.columns[seenAt] = ColumnVector(.int64(times))
            }
        }
        return Merged(
            batch: state, newCount: plan.newCount, updatedCount: plan.updatedCount,
            unchangedCount: plan.unchangedCount)
    }

    /// Which rows the new state takes from where: 0 is the current state, 1 what comes in.
    private struct Plan {
        private(set) var ranges: [RowRange] = []
        /// Rows of the new state whose visitor was seen later than the row's own answer tells, and when.
        private(set) var seenAt: [(row: Int, time: Int64)] = []
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
                switch order.winner(row, incomingRow) {
                case .current(nil):
                    unchangedCount += 1
                    ranges.append(source: 0, row..<row + 1)
                case .current(let time?):
                    updatedCount += 1
                    seenAt.append((row + newCount, time))
                    ranges.append(source: 0, row..<row + 1)
                case .incoming(let time):
                    updatedCount += 1
                    if let time { seenAt.append((row + newCount, time)) }
                    ranges.append(source: 1, incomingRow..<incomingRow + 1)
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

    /// Which of two rows of one visitor stays.
    private struct RowOrder {
        /// A row, and when its visitor was seen if that was later than the row says.
        enum Winner {
            case current(seenAt: Int64?)
            case incoming(seenAt: Int64?)
        }

        private let columns: [(current: ColumnVector, incoming: ColumnVector)]
        private let seenAt: (current: [Int64], incoming: [Int64])

        init(current: ColumnBatch, incoming: ColumnBatch) {
            let seenAt = table.index(of: "ingested_at")
            let lastActiveAt = table.index(of: "last_active_at")
            let others = table.columns.indices.filter {
                ![table.index(of: "visitor_key"), lastActiveAt, seenAt].contains($0)
            }
            columns = ([lastActiveAt] + others).map { (current.columns[$0], incoming.columns[$0]) }
            self.seenAt = (
                RowOrder.times(current.columns[seenAt]), RowOrder.times(incoming.columns[seenAt])
            )
        }

        private static func times(_ column: ColumnVector) -> [Int64] {
            guard case .int64(let times) = column.values else {
                preconditionFailure("the columns' types were checked")
            }
            return times
        }

        func winner(_ currentRow: Int, _ incomingRow: Int) -> Winner {
            let current = seenAt.current[currentRow]
            let incoming = seenAt.incoming[incomingRow]
            let delayMaximum = Int64(answerDelayMaximumSeconds) * 1_000_000
            if current - incoming > delayMaximum { return .current(seenAt: nil) }
            if incoming - current > delayMaximum { return .incoming(seenAt: nil) }
            if compare(currentRow, incomingRow) < 0 {
                return .incoming(seenAt: current > incoming ? current : nil)
            }
            return .current(seenAt: incoming > current ? incoming : nil)
        }

        private func compare(_ currentRow: Int, _ incomingRow: Int) -> Int {
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
