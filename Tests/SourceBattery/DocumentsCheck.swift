import Lake
import Parquet
import Tables

/// The declarations say what everything means.
struct DocumentsCheck {
    var source: SourceUnderTest

    func violations() -> [Violation] {
        let silver = source.silver.allTables
        let gold = source.gold.tables
        var found = (silver + gold).flatMap(violations)
        func add(_ text: String, where isBroken: Bool) { if isBroken { found.append(Violation(text)) } }
        let names = (silver + gold).map(\.name)
        add("two tables have one name", where: Set(names).count != names.count)
        add("\(source.name) has no table", where: silver.isEmpty || gold.isEmpty)
        add(
            "bronze, silver and gold have different names",
            where: Set([source.bronze.name, source.silver.name, source.gold.name]).count != 1)
        for table in silver { add("\(table.name) is not in silver", where: table.layer != .silver) }
        for table in gold { add("\(table.name) is not in gold", where: table.layer != .gold) }
        for input in source.gold.inputs {
            add(
                "gold reads \(input.name), which silver does not make",
                where: !silver.contains { $0.name == input.name })
        }
        return found
    }

    private func violations(of table: Table) -> [Violation] {
        var found: [Violation] = []
        func add(_ text: String, where isBroken: Bool) {
            if isBroken { found.append(Violation("\(table.name)\(text)")) }
        }
        let names = Set(table.columns.map(\.name))
        add(" does not say what a row stands for", where: table.grain.isEmpty)
        // Of a time there may be one row, which the path tells from the others.
        add(" has no key", where: table.key.isEmpty && !table.isByEventTime)
        add(" has two columns of one name", where: names.count != table.columns.count)
        for column in table.key {
            add(" has no \(column), which is in its key", where: !names.contains(column))
        }
        switch table.partitioning {
        case .whole: break
        case .extractionDate:
            add("'s extraction_date is not in its key", where: !table.key.contains("extraction_date"))
        case .eventTime(let column, let minutes):
            add(
                "'s \(column) is not in its key", where: table.upsert != nil && !table.key.contains(column))
            add(
                "'s hours have no whole number of slots",
                where: minutes <= 0 || 60 % minutes != 0 && minutes != 1_440)
        }
        for column in table.columns {
            add(".\(column.name) does not say what it means", where: !column.meaning.hasSuffix("."))
            add(
                ".\(column.name) is a number without a unit",
                where: DocumentsCheck.isNumber(column.type) && column.unit?.isEmpty ?? true)
            add(
                ".\(column.name) may be null and does not say when",
                where: column.isNullable && !column.meaning.contains("null"))
            add(
                ".\(column.name) is personal and can be neither hashed nor dropped",
                where: column.personal != nil && (column.type != .string || !column.isNullable))
        }
        for column in orderColumns(of: table) {
            add(" is kept by \(column), which it does not have", where: !names.contains(column))
        }
        return found
    }

    private static func isNumber(_ type: Schema.FieldType) -> Bool {
        switch type {
        case .string, .json, .bytes, .boolean, .date, .timestampMicroseconds: false
        default: true
        }
    }

    private func orderColumns(of table: Table) -> [String] {
        let ofTerms = (table.upsert?.order ?? []).flatMap { term in
            switch term {
            case .column(let name): [name]
            case .answered(let arrival, let activity, _): [arrival, activity]
            }
        }
        return ofTerms + (table.upsert?.group ?? []) + [table.deletion?.seenAt].compactMap { $0 }
    }
}

extension Table {
    fileprivate var isByEventTime: Bool { if case .eventTime = partitioning { true } else { false } }
}
