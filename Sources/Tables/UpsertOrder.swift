import Parquet

/// A table's order of rows, with the columns' positions looked up: by key, by group, and which of two stays.
struct UpsertOrder {
    private enum Term {
        case column(Int)
        case answered(arrival: Int, activity: Int, within: Int64)
    }

    /// The positions of the key's columns.
    let key: [Int]
    /// How many of the key's columns name a group.
    let groupCount: Int
    private let terms: [Term]
    /// The columns that decide last.
    private let others: [Int]

    /// Whether single rows are replaced.
    var isByRow: Bool { groupCount == key.count }

    init(of table: Table) {
        let upsert = table.upsert ?? Upsert()
        key = table.key.map { table.index(of: $0) }
        groupCount = upsert.group?.count ?? table.key.count
        precondition(upsert.group.map { table.key.starts(with: $0) } ?? true, "a group begins the key")
        terms = upsert.order.map { term in
            switch term {
            case .column(let name): .column(table.index(of: name))
            case .answered(let arrival, let activity, let seconds):
                .answered(
                    arrival: table.index(of: arrival), activity: table.index(of: activity),
                    within: Int64(seconds) * 1_000_000)
            }
        }
        let inKey = Set(key)
        others = table.columns.indices.filter { !inKey.contains($0) }
    }

    func compareKeys(_ left: ColumnBatch, _ leftRow: Int, _ right: ColumnBatch, _ rightRow: Int, columns: Int)
        -> Int
    {
        for index in key.prefix(columns) {
            let order = left.columns[index].compare(leftRow, to: right.columns[index], rightRow)
            if order != 0 { return order }
        }
        return 0
    }

    /// By the terms alone.
    func compareTerms(_ left: ColumnBatch, _ leftRow: Int, _ right: ColumnBatch, _ rightRow: Int) -> Int {
        for term in terms {
            switch term {
            case .column(let index):
                let order = left.columns[index].compare(leftRow, to: right.columns[index], rightRow)
                if order != 0 { return order }
            case .answered(let arrival, let activity, let within):
                let leftMoment = UpsertOrder.moment(left, leftRow, arrival, activity, within)
                let rightMoment = UpsertOrder.moment(right, rightRow, arrival, activity, within)
                if leftMoment != rightMoment { return leftMoment < rightMoment ? -1 : 1 }
                let order = left.columns[activity].compare(leftRow, to: right.columns[activity], rightRow)
                if order != 0 { return order }
                let later = left.columns[arrival].compare(leftRow, to: right.columns[arrival], rightRow)
                if later != 0 { return later }
            }
        }
        return 0
    }

    /// By the terms, and then by what else the rows hold.
    func compare(_ left: ColumnBatch, _ leftRow: Int, _ right: ColumnBatch, _ rightRow: Int) -> Int {
        let order = compareTerms(left, leftRow, right, rightRow)
        return order != 0 ? order : compareOthers(left, leftRow, right, rightRow)
    }

    func compareOthers(_ left: ColumnBatch, _ leftRow: Int, _ right: ColumnBatch, _ rightRow: Int) -> Int {
        for index in others {
            let order = left.columns[index].compare(leftRow, to: right.columns[index], rightRow)
            if order != 0 { return order }
        }
        return 0
    }

    /// The earliest moment at which a row's answer can have been made; nil where that is not what the order compares first.
    func earliestMoment(_ batch: ColumnBatch, _ row: Int) -> Int64? {
        guard case .answered(let arrival, let activity, let within)? = terms.first else { return nil }
        return UpsertOrder.moment(batch, row, arrival, activity, within)
    }

    /// The earliest moment at which an answer can have been made.
    private static func moment(
        _ batch: ColumnBatch, _ row: Int, _ arrival: Int, _ activity: Int, _ within: Int64
    ) -> Int64 {
        guard let arrived = batch.columns[arrival].int64(at: row) else { return .min }
        let earliest = arrived.subtractingClamped(within)
        guard let active = batch.columns[activity].int64(at: row) else { return earliest }
        return min(max(active, earliest), arrived)
    }
}

extension ColumnVector {
    /// A row of a column of INT64; nil when it is null.
    fileprivate func int64(at row: Int) -> Int64? {
        guard isValid(row), case .int64(let slots) = values else { return nil }
        return slots[row]
    }
}
