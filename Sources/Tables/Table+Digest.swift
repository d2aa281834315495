import Digest
package import Parquet

extension Table {
    /// What tells rows typed by one declaration and policy from those typed by another: 16 hexadecimal digits.
    ///
    /// It does not tell the policy's key.
    package func digest(personalData: PersonalDataPolicy) -> String {
        var text = "\(name)|\(partitioning)|\(key)"
        if let upsert { text += "|\(upsert.group ?? []) \(upsert.order)" }
        for column in columns {
            let rules = column.rules.filter { $0.severity == .quarantine }.map(\.expectation)
            text += "|\(column.name) \(column.type) \(column.isNullable)"
            text +=
                " \(column.origin.map { "\($0)" } ?? "") \(column.personal.map { "\($0)" } ?? "") \(rules)"
        }
        if hasPersonalData { text += "|\(personalData.mark)" }
        return String(SHA256.hash(Array(text.utf8)).hexEncoded.prefix(16))
    }

    package var emptyRows: ColumnBatch {
        ColumnBatch(rowCount: 0, columns: columns.map { ColumnBuilder($0.type).finish() })
    }
}
