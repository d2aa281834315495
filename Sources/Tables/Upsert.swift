/// How rows are brought into a partition: of the rows that share a key, a total order says which stays.
///
/// The order looks at nothing but the rows' own values. So bringing in is commutative, associative and idempotent: neither the
/// order nor the number of deliveries shows. First the terms of ``order`` decide, then every column that is not in the key,
/// in the order of the table, null before any value.
public struct Upsert: Sendable {
    /// What rows of one key, or of one group, are compared by.
    public enum Term: Sendable, Equatable {
        /// The greater value stays.
        case column(String)
        /// The greater *earliest possible moment of the answer* stays.
        ///
        /// An answer that arrived at `arrival` was made at most `seconds` before. And it was made after the last `activity` that
        /// it shows. So of two answers that were under way at once the one that shows the later activity counts as the newer,
        /// and of two that were not, the one that arrived later does, whatever they show. An activity later than the arrival
        /// is a clock's fault and counts as the arrival.
        case answered(arrival: String, activity: String, withinSeconds: Int)
    }

    /// The columns that name what is replaced as a whole, a beginning of the key; nil where that is a single row.
    ///
    /// Of the rows of a group only those stay that are equal in ``order``, to the greatest of them.
    public var group: [String]?
    /// What decides first.
    public var order: [Term]

    /// The columns that rows of one key are compared by first.
    package var columns: [String] {
        order.flatMap { term in
            switch term {
            case .column(let name): [name]
            case .answered(let arrival, let activity, _): [arrival, activity]
            }
        }
    }

    package init(group: [String]? = nil, order: [Term] = []) {
        self.group = group
        self.order = order
    }
}

/// Why rows cannot be brought into a partition.
public enum UpsertError: Error, Equatable, CustomStringConvertible {
    /// A batch has other columns than the table.
    case columns(table: String, side: String)
    /// A batch is not sorted by the key, or has one twice.
    case order(table: String, side: String, row: Int)

    /// One line; what to do is in it.
    public var description: String {
        switch self {
        case .columns(let table, let side):
            "merge \(table) failed: the \(side) rows do not have the table's columns; reprocess the source"
        case .order(let table, let side, let row):
            "merge \(table) failed: the \(side) rows are not in strict order of the key at row \(row);"
                + " reprocess the source"
        }
    }
}
