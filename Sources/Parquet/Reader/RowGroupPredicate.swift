/// What rows are wanted for, as far as bounds can answer it.
///
/// It chooses row groups, never rows: ``ParquetMetadata/rowGroups(where:)`` leaves out the row groups of which the footer proves
/// that no row matches. Null satisfies no comparison, and NaN none but `notEqual`.
public indirect enum RowGroupPredicate: Sendable, Equatable {
    /// How a column's value is compared with a given one.
    public enum Comparison: Sendable, Equatable {
        /// `=`.
        case equal
        /// `<>`.
        case notEqual
        /// `<`.
        case less
        /// `<=`.
        case lessOrEqual
        /// `>`.
        case greater
        /// `>=`.
        case greaterOrEqual
    }

    /// A comparison of a column, by its name, with a value of its kind.
    case compare(String, Comparison, ColumnValue)
    /// The column has no value.
    case isNull(String)
    /// The column has a value.
    case isNotNull(String)
    /// All of some predicates.
    case all([RowGroupPredicate])
    /// One at least of some predicates.
    case any([RowGroupPredicate])
}

extension ParquetMetadata {
    /// The row groups that may hold rows of which a predicate is true.
    ///
    /// - Parameter predicate: What the rows are wanted for.
    /// - Returns: Their numbers, ascending; those whose footer says nothing are among them.
    /// - Throws: ``ParquetError`` of kind `invalidInput` when a column is unknown or a value is not of its kind, and of kind
    ///   `unsupported` when a column is not read.
    public func rowGroups(where predicate: RowGroupPredicate) throws(ParquetError) -> [Int] {
        let predicate = try resolved(predicate)
        return rowGroups.indices.filter { index in
            rowGroups[index].rowCount > 0 && predicate.mayMatch { rowGroups[index].statistics($0) }
        }
    }

    /// The predicate with values as the columns have them.
    private func resolved(_ predicate: RowGroupPredicate) throws(ParquetError) -> RowGroupPredicate {
        switch predicate {
        case .compare(let column, let comparison, let value):
            let type = schema.fields[try index(of: column)].type
            guard let value = value.converted(to: type) else {
                throw ParquetError.invalidInput(
                    .read, "the column is \(type), which does not compare with \(value.kind)",
                    remedy: "give a value of the column's kind"
                ).located(column: column)
            }
            return .compare(column, comparison, value)
        case .isNull(let column), .isNotNull(let column):
            _ = try index(of: column)
            return predicate
        case .all(let parts):
            var converted: [RowGroupPredicate] = []
            for part in parts { converted.append(try resolved(part)) }
            return .all(converted)
        case .any(let parts):
            var converted: [RowGroupPredicate] = []
            for part in parts { converted.append(try resolved(part)) }
            return .any(converted)
        }
    }
}

extension RowGroupPredicate {
    /// Whether rows with these statistics may match; what is not known may.
    func mayMatch(_ statistics: (String) -> ColumnStatistics?) -> Bool {
        switch self {
        case .all(let parts): return parts.allSatisfy { $0.mayMatch(statistics) }
        case .any(let parts): return parts.contains { $0.mayMatch(statistics) }
        case .isNull(let column): return statistics(column)?.nullCount != 0
        case .isNotNull(let column):
            guard let column = statistics(column) else { return true }
            return column.nullCount != column.rowCount
        case .compare(let column, let comparison, let value):
            guard let column = statistics(column) else { return true }
            return column.nullCount != column.rowCount && column.mayMatch(comparison, value)
        }
    }
}

extension ColumnStatistics {
    fileprivate func mayMatch(_ comparison: RowGroupPredicate.Comparison, _ value: ColumnValue) -> Bool {
        // Each answer is nil where a bound is missing: then it may match.
        let minimumIsGreater = minimum.flatMap { value.precedes($0.value) }
        let minimumIsLess = minimum.flatMap { $0.value.precedes(value) }
        let maximumIsLess = maximum.flatMap { $0.value.precedes(value) }
        let maximumIsGreater = maximum.flatMap { value.precedes($0.value) }
        switch comparison {
        case .equal: return minimumIsGreater != true && maximumIsLess != true
        case .less: return minimumIsLess != false
        case .lessOrEqual: return minimumIsGreater != true
        case .greater: return maximumIsGreater != false
        case .greaterOrEqual: return maximumIsLess != true
        case .notEqual:
            // All values are the given one, as far as bounds leave no other; NaN is left out of them.
            if case .number = value { return true }
            return minimumIsGreater != false || minimumIsLess != false || maximumIsLess != false
                || maximumIsGreater != false
        }
    }
}

extension ColumnValue {
    /// What kind of value it is, for errors.
    fileprivate var kind: String {
        switch self {
        case .boolean: "a truth value"
        case .integer: "a whole number"
        case .number: "a number"
        case .bytes: "bytes"
        }
    }

    /// The value as a column of the type has it; nil where it cannot.
    fileprivate func converted(to type: Schema.FieldType) -> ColumnValue? {
        switch (type, self) {
        case (.boolean, .boolean), (.float, .number), (.double, .number), (.float16, .number): return self
        case (.float, .integer(let value)), (.double, .integer(let value)), (.float16, .integer(let value)):
            return Double(exactly: value).map { .number($0) }
        case (.float, _), (.double, _), (.float16, _), (.boolean, _): return nil
        case (.decimal, .integer), (.int96Timestamp, .integer): return self
        case (.decimal, _), (.int96Timestamp, _): return nil
        case (_, .integer): return type.physicalType == .int32 || type.physicalType == .int64 ? self : nil
        case (_, .bytes):
            return type.physicalType == .byteArray || type.physicalType == .fixedLengthByteArray ? self : nil
        default: return nil
        }
    }
}
