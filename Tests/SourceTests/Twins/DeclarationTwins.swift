import Lake
import SourceBattery
import Tables

extension Twin {
    static let ofDeclarations = [
        Twin("a column without a meaning", .documents, "readings.celsius does not say what it means") {
            $0.declareReadings { $0.columns[2].meaning = "" }
        },
        Twin("a number without a unit", .documents, "readings.celsius is a number without a unit") {
            $0.declareReadings { $0.columns[2].unit = nil }
        },
        Twin(
            "a null without a meaning", .documents,
            "readings.battery_percent may be null and does not say when"
        ) {
            $0.declareReadings { $0.columns[3].meaning = "How full the battery is." }
        },
        Twin("a personal column that cannot be dropped", .documents, "reporter_email is personal") {
            $0.declareReadings { $0.columns[4].isNullable = false }
        },
        Twin("a table without a grain", .documents, "readings does not say what a row stands for") {
            $0.declareReadings { $0.grain = "" }
        },
        Twin("a table without a key", .documents, "places has no key") { $0.gold.tables[1].key = [] },
        Twin("a key of a column that is not there", .documents, "places has no town") {
            $0.gold.tables[1].key = ["town"]
        },
        Twin("a partition column outside of the key", .documents, "readings's measured_at is not in its key")
        {
            $0.declareReadings { $0.key = ["sensor_id"] }
        },
        Twin("a slot that no hour is a number of", .documents, "have no whole number of slots") {
            $0.declareReadings { $0.partitioning = .eventTime(column: "measured_at", minutes: 7) }
        },
        Twin("two columns of one name", .documents, "places has two columns of one name") {
            $0.gold.tables[1].columns.append(Places.table.columns[1])
        },
        Twin("two tables of one name", .documents, "two tables have one name") {
            $0.gold.tables[1].name = "readings"
        },
        Twin("an order by a column that is not there", .documents, "readings is kept by version") {
            $0.declareReadings { $0.upsert = Upsert(order: [.column("version")]) }
        },
        Twin("a gold that reads what silver does not make", .documents, "gold reads people") {
            $0.gold.inputs[0].name = "people"
        },
        Twin("a gold of another name", .documents, "have different names") { $0.gold.name = "toys" },
        Twin("a table in the wrong layer", .documents, "places is not in gold") {
            $0.gold.tables[1].layer = .silver
        },
    ]
}
