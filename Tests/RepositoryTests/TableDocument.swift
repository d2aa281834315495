import Datasets
import Parquet

/// The columns of every table as Markdown.
enum TableDocument {
    static var text: String {
        let header = """
            # Tables

            Every table of silver and gold, made from the declarations in `Silver/` and `Gold/`; a test holds this page against them
            (`MEDALLION_WRITE_DOCUMENTS=1 swift test --filter TableDocumentTests` writes it anew). A daily table is one object per
            day, `<source>/<table>/extraction_date=<date>/part-0.parquet`; a current one is `<source>/<table>/part-0.parquet`. Rows are
            sorted by the key. Timestamps are UTC, in microseconds.

            """
        return header + (SilverTables.all + GoldTables.all).map(section).joined()
    }

    private static func section(_ table: Table) -> String {
        let partitioning =
            switch table.partitioning {
            case .daily: "daily"
            case .current: "current state"
            }
        let rows = table.columns.map { column in
            let type = name(of: column.type) + (column.isNullable ? ", null" : "")
            return "| `\(column.name)` | \(type) | \(column.unit ?? "") | \(column.meaning) |\n"
        }
        return """

            ## \(table.layer.rawValue) `\(table.name)`

            One row per \(table.grain); \(partitioning). Key: \(table.key.map { "`\($0)`" }.joined(separator: ", ")).

            | column | type | unit | meaning |
            |---|---|---|---|
            \(rows.joined())
            """
    }

    private static func name(of type: Schema.FieldType) -> String {
        switch type {
        case .timestampMicroseconds: "timestamp"
        default: String(describing: type)
        }
    }
}
