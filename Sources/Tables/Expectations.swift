public import Parquet

extension Table {
    /// How many of some rows do not meet each rule that has been declared, by column and expectation.
    ///
    /// - Parameter rows: Rows of the table.
    /// - Returns: `load_count at least 0: 3`; rules that all rows meet are there with 0.
    public func violations(in rows: ColumnBatch) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (index, column) in columns.enumerated() {
            for rule in column.rules where rule.severity == .warn {
                counts["\(column.name) \(rule.expectation)"] = violations(of: rule, column: index, in: rows)
            }
        }
        return counts
    }

    private func violations(of rule: Rule, column: Int, in rows: ColumnBatch) -> Int {
        let values = rows.columns[column]
        func count(_ isMet: (Int) -> Bool) -> Int {
            (0..<rows.rowCount).reduce(0) { $0 + (values.isValid($1) && !isMet($1) ? 1 : 0) }
        }
        switch rule.condition {
        case .notAfter(let name):
            let others = rows.columns[index(of: name)]
            return count { others.isValid($0) ? values.compare($0, to: others, $0) <= 0 : true }
        case .oneOf: return count { rule.isMet(number: nil, text: values.text(at: $0), other: nil) }
        case .present(let name, let texts):
            let others = rows.columns[index(of: name)]
            return (0..<rows.rowCount).count {
                !values.isValid($0) && others.text(at: $0).map(texts.contains) == true
            }
        case .atLeast, .within, .since, .notAfterRun:
            switch values.values {
            case .int32(let slots):
                return count { rule.isMet(number: Double(slots[$0]), text: nil, other: nil) }
            case .int64(let slots):
                return count { rule.isMet(number: Double(slots[$0]), text: nil, other: nil) }
            case .double(let slots): return count { rule.isMet(number: slots[$0], text: nil, other: nil) }
            default: preconditionFailure("\(self.name).\(columns[column].name) is a number")
            }
        }
    }
}
