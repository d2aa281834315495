import Lake
import Tables

/// What the catalog needs to know of a source: its declarations.
struct CatalogSource: Sendable {
    var silver: SilverSource
    var gold: GoldSource

    init(_ silver: SilverSource, _ gold: GoldSource) {
        precondition(silver.name == gold.name, "silver and gold are of one source")
        self.silver = silver
        self.gold = gold
    }

    var name: String { silver.name }
    /// The name of its folder, and how its resources' names begin.
    var title: String { name.prefix(1).uppercased() + name.dropFirst() }
    var tables: [Table] { silver.allTables + gold.tables }

    /// The page of its tables.
    var document: String {
        TableDocument(
            of: name,
            silver.tables.flatMap { table in
                [entry(table.table, stream: table.stream.rawValue)]
                    + table.derived.map { entry($0.table, stream: nil, madeOf: table.table.name) }
            } + gold.tables.map { entry($0, stream: nil) }
        ).text
    }

    private func entry(_ table: Table, stream: String?, madeOf: String? = nil) -> TableDocument.Entry {
        let partition = table.partitioning.path {
            switch $0 {
            case "event_slot": "<hhmm>"
            case "event_hour": "<hh>"
            default: "<date>"
            }
        }
        return TableDocument.Entry(
            table, stream: stream, madeOf: madeOf,
            objectKey: ObjectLayout.partitionKey(source: name, table: table.name, partition: partition))
    }
}
