import Parquet

/// What a person wants to know of a source's tables, as Markdown.
package struct TableDocument: Sendable {
    /// A table and what the declaration alone does not tell.
    package struct Entry: Sendable {
        /// The declaration.
        package var table: Table
        /// The stream that it is made of; nil in gold.
        package var stream: String?
        /// The table that silver makes it of, object by object; nil where it is made of a stream, and in gold.
        package var madeOf: String?
        /// The key of its objects, with `<date>` and `<hhmm>` for what changes.
        package var objectKey: String

        /// Names a table.
        package init(_ table: Table, stream: String?, madeOf: String? = nil, objectKey: String) {
            self.table = table
            self.madeOf = madeOf
            self.stream = stream
            self.objectKey = objectKey
        }
    }

    private let source: String
    private let entries: [Entry]

    /// Describes tables.
    ///
    /// - Parameters:
    ///   - source: The source's name.
    ///   - entries: The tables in order.
    package init(of source: String, _ entries: [Entry]) {
        self.source = source
        self.entries = entries
    }

    package var text: String {
        """
        # Tables of `\(source)`

        Every table of the source `\(source)`. `swift run catalog` writes this page from the declarations, and a test compares the two.

        - Rows are sorted by the key, null before any value. Timestamps are UTC, in microseconds.
        - **from** is the member of the source's record, dotted where it is nested.
        - **personal** fields leave bronze as `PII_MODE` says: hashed, dropped or kept.
        - **must be** is a rule. A row that does not meet it stays, and silver's commit counts it. Where the rule says so, the row
          goes to the quarantine instead.

        """ + entries.map(section).joined()
    }

    // MARK: One table

    private func section(_ entry: Entry) -> String {
        let table = entry.table
        let key = quoted(table.key)
        var told = ["One row per \(table.grain)." + (key.isEmpty ? "" : " The key is \(key).")]
        if let stream = entry.stream { told.append("The rows come from the stream `\(stream)`.") }
        told += place(of: entry)
        if entry.stream != nil {
            told += order(of: table)
            told += deletion(of: table)
        } else if let madeOf = entry.madeOf {
            told.append("Silver makes each object of that of `\(madeOf)`, whole.")
        } else {
            told.append("Gold computes each object whole.")
        }
        return """

            ## \(table.layer.rawValue) `\(table.name)`

            \(told.joined(separator: "\n"))

            \(columns(of: table, isTyped: entry.stream != nil))
            """
    }

    private func place(of entry: Entry) -> [String] {
        switch entry.table.partitioning {
        case .whole: ["The table is one object, `\(entry.objectKey)`."]
        case .extractionDate: ["There is one object a day, `\(entry.objectKey)`; the day is that of the run."]
        case .eventTime(let column, minutes: 1_440):
            ["There is one object for each day of `\(column)`, `\(entry.objectKey)`."]
        case .eventTime(let column, minutes: 60):
            ["There is one object for each hour of `\(column)`, `\(entry.objectKey)`."]
        case .eventTime(let column, let minutes):
            ["There is one object for each \(minutes) minutes of `\(column)`, `\(entry.objectKey)`."]
        }
    }

    /// Which of the rows with one key stays.
    private func order(of table: Table) -> [String] {
        let upsert = table.upsert ?? Upsert()
        var told: [String] = []
        if let group = upsert.group {
            told.append("Rows with the same \(quoted(group)) are replaced together.")
        }
        let rows = upsert.group == nil ? "two rows with one key" : "two such groups"
        for (position, term) in upsert.order.enumerated() {
            let which = position == 0 ? "Of \(rows)" : "Where that does not decide,"
            switch term {
            case .column(let name): told.append("\(which) the one with the greater `\(name)` stays.")
            case .answered(let arrival, let activity, let seconds):
                told.append(
                    "\(which) the one of the newer answer stays. An answer counts as made at `\(activity)`, but not after"
                        + " `\(arrival)`, and at most \(seconds / 60) minutes before it. Of two answers made at one moment the one"
                        + " with the later `\(activity)` stays, then the one with the later `\(arrival)`.")
            }
        }
        let last =
            upsert.order.isEmpty
            ? "Of \(rows) the greater stays" : "If they are still equal, the greater stays"
        told.append("\(last), column by column.")
        return told
    }

    private func deletion(of table: Table) -> [String] {
        guard let deletion = table.deletion else { return [] }
        return [
            "A row leaves when complete readings on two different days did not show it. `\(deletion.seenAt)` tells when it was"
                + " last shown. A row that was shown and could not be typed stays too, if its key can be read."
        ]
    }

    // MARK: Its columns

    private func columns(of table: Table, isTyped: Bool) -> String {
        var headings: [(name: String, cell: (Column) -> String)] = [
            ("column", { "`\($0.name)`" }),
            ("type", { name(of: $0.type) + ($0.isNullable ? ", null" : "") }),
            ("unit", { $0.unit ?? "" }),
        ]
        if isTyped { headings.append(("from", { $0.origin.map(text) ?? "" })) }
        headings.append(("personal", { $0.personal.map(text) ?? "" }))
        if isTyped { headings.append(("must be", { $0.rules.map(text).joined(separator: "; ") })) }
        headings.append(("meaning", { $0.meaning }))
        // What no column of the table has is left out.
        headings.removeAll { heading in table.columns.allSatisfy { heading.cell($0).isEmpty } }
        let head = "| \(headings.map(\.name).joined(separator: " | ")) |\n"
        let rule = "|\(headings.map { _ in "---|" }.joined())\n"
        let rows = table.columns.map { column in
            "| \(headings.map { $0.cell(column) }.joined(separator: " | ")) |\n"
        }
        return head + rule + rows.joined()
    }

    private func quoted(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }

    private func text(_ origin: Column.Origin) -> String {
        switch origin {
        case .member(let path), .presentMember(let path): "`\(path)`"
        case .firstMember(let paths): paths.map { "`\($0)`" }.joined(separator: ", else ")
        case .subject: "what was asked about"
        case .answeredAt: "when the answer had arrived"
        case .extractionDate: "the run"
        case .unknownMembers: "all other members"
        }
    }

    private func text(_ personal: Column.PersonalData) -> String {
        switch personal {
        case .text: "yes"
        case .email: "yes, an address"
        }
    }

    private func text(_ rule: Rule) -> String {
        switch rule.severity {
        case .warn: rule.expectation
        case .quarantine: "\(rule.expectation), else quarantined"
        }
    }

    private func name(of type: Schema.FieldType) -> String {
        switch type {
        case .timestampMicroseconds: "timestamp"
        case .decimal(let precision, let scale, storage: _): "decimal(\(precision), \(scale))"
        default: String(describing: type)
        }
    }
}
