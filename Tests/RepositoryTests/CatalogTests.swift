import Foundation
import HTTP
import Lake
import Parquet
import Tables
import Testing

@testable import catalog

/// What is written from the declarations, and whether they say enough for it.
struct CatalogTests {
    private static let tables = Catalog.sources.flatMap(\.tables)

    @Test func `every file is the one that catalog would write`() throws {
        let files = Catalog.files(of: Catalog.sources)
        #expect(files.count == Catalog.sources.count + 1)
        for file in files {
            let found = try Repository.text(file.path).split(
                separator: "\n", omittingEmptySubsequences: false)
            let wanted = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(Array(wanted.filter { !found.contains($0) }) == [], "\(file.path): swift run catalog")
            #expect(found == wanted, "\(file.path): swift run catalog")
        }
    }

    @Test func `every column says what it means, and every number its unit`() {
        for table in Self.tables {
            for column in table.columns {
                #expect(column.meaning.hasSuffix("."), "\(table.name).\(column.name)")
                guard [.int32, .int64, .double].contains(column.type) else { continue }
                #expect(column.unit != nil, "\(table.name).\(column.name)")
            }
        }
    }

    @Test func `a name in the catalog is a table's or a query's alone`() {
        let names = Catalog.sources.flatMap { source in
            source.tables.map { GlueTable($0, of: source.name).name }
                + source.gold.queries.map { "\(source.name)_\($0.name)" }
        }
        #expect(names.count == Set(names).count)
    }

    @Test func `no column stands among the files' columns and the path's`() {
        for table in Self.tables {
            let glue = GlueTable(table, of: "wistia")
            let inPath = glue.partitionKeys.map(\.column.name)
            #expect(Set(inPath).isDisjoint(with: glue.columns.map(\.name)), "\(table.name)")
            let columns =
                switch table.partitioning {
                case .whole: [String]()
                case .extractionDate: ["extraction_date"]
                case .eventTime(_, minutes: 1_440): ["event_date"]
                case .eventTime(_, minutes: 60): ["event_date", "event_hour"]
                case .eventTime: ["event_date", "event_slot"]
                }
            #expect(inPath == columns, "\(table.name)")
            let known = Set(inPath + glue.columns.map(\.name))
            // The date of a run stands in the file too.
            #expect(known == Set(table.columns.map(\.name) + columns), "\(table.name)")
        }
    }

    @Test func `a query asks tables and columns that are there`() {
        for source in Catalog.sources {
            let tables = Dictionary(
                uniqueKeysWithValues: source.tables.map {
                    (
                        "\(source.name)_\($0.name)",
                        $0.columns.map(\.name)
                            + GlueTable($0, of: source.name).partitionKeys.map(\.column.name)
                    )
                })
            for query in source.gold.queries {
                let words = Set(query.sql.matches(of: /[a-z][a-z_]*_[a-z_]+/).map { String($0.0) })
                let asked = words.filter { tables[$0] != nil }
                #expect(!asked.isEmpty, "\(query.name)")
                let known = Set(asked.flatMap { tables[$0] ?? [] })
                #expect(words.subtracting(asked).subtracting(known).subtracting(["current_date"]) == [])
                #expect(query.question.hasSuffix("?"), "\(query.name)")
            }
        }
    }

    // MARK: What no table of today has

    private static let slots = Table(
        name: "events", layer: .silver, partitioning: .eventTime(column: "event_time", minutes: 15),
        grain: "event", key: ["event_time", "event_date"],
        columns: [
            Column("event_time", .timestampMicroseconds, from: "time", "When it happened."),
            Column("event_date", .date, "A column that the path has too."),
            Column("price", .decimal(precision: 18, scale: 4), from: "price", unit: "EUR", "What it cost."),
            Column(
                "hits", .int32, from: "hits", unit: "hits", rules: [.atLeast(0, .quarantine)], "How many."),
            Column("note", .string, nullable: true, String(repeating: "é word ", count: 60)),
        ])

    @Test func `a slot of event time is two columns of the path`() throws {
        let glue = GlueTable(Self.slots, of: "toy")
        #expect(glue.columns.map(\.name) == ["event_time", "price", "hits", "note"])
        #expect(glue.columns.map(\.type) == ["timestamp", "decimal(18,4)", "int", "string"])
        #expect(glue.partitionKeys.map(\.column.name) == ["event_date", "event_slot"])
        #expect(glue.partitionKeys.map(\.column.type) == ["date", "string"])
        let path = Self.slots.partitioning.path { $0 == "event_date" ? "2026-01-08" : "0945" }
        let moment = try #require(Timestamp(rfc3339: "2026-01-08T09:50:00Z")).microsecondsSinceEpoch
        #expect(path == .eventTime(moment, minutes: 15))
        let date = try #require(UTCDate("2026-01-08"))
        #expect(Partitioning.extractionDate.path { _ in "2026-01-08" } == .extractionDate(date))
        #expect(Partitioning.whole.path { _ in "" } == .whole)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])
    func `every slot of a day is among the projected numbers`(minutes: Int) throws {
        var table = Self.slots
        table.partitioning = .eventTime(column: "event_time", minutes: minutes)
        let glue = GlueTable(table, of: "toy")
        guard case .integer(let range, let interval, let digits) = glue.partitionKeys[1].projection else {
            Issue.record("no numbers")
            return
        }
        let numbers = Set(stride(from: range.lowerBound, through: range.upperBound, by: interval))
        for minute in stride(from: 0, to: 24 * 60, by: minutes) {
            let slot = PartitionKey.eventTime(Int64(minute) * 60_000_000, minutes: minutes).path.suffix(
                digits)
            #expect(numbers.contains(try #require(Int(slot))), "\(slot)")
        }
    }

    @Test func `the template has a switch a source and tells where slots lie`() {
        let toy = CatalogSource(
            SilverSource(
                name: "toy", tables: [SilverTable(Self.slots, of: "events", format: .records)]),
            GoldSource(
                name: "toy", tables: [], inputs: [],
                queries: [NamedQuery("all", "What is there?", sql: "SELECT 1")]
            ) { _, _ in })
        let text = CatalogTemplate(sources: Catalog.sources + [toy]).text
        for part in [
            "  WistiaSource:\n    Type: String\n", "  ToySource:\n    Type: String\n",
            "  HasWistia: !Equals [!Ref WistiaSource, \"on\"]\n",
            "  HasToy: !Equals [!Ref ToySource, \"on\"]\n",
            "\n  ToyEventsTable:\n    Type: AWS::Glue::Table\n    Condition: HasToy\n",
            """
                      projection.event_date.range: !Sub "${FirstDate},NOW+1DAYS"
            """,
            """
                      projection.event_slot.type: integer
                      projection.event_slot.range: "0,2359"
                      projection.event_slot.interval: "5"
                      projection.event_slot.digits: "4"
                      storage.location.template: !Sub "s3://${SilverBucket}/toy/events/event_date=${!event_date}/event_slot=${!event_slot}/"
            """,
            "{Name: price, Type: \"decimal(18,4)\", Comment: \"What it cost. Unit: EUR.\"}",
            "\n  ToyAllQuery:\n    Type: AWS::Athena::NamedQuery\n    Condition: HasToy\n",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `a comment is never longer than Glue allows`() {
        let comments = Self.tables.flatMap { GlueTable($0, of: "wistia").columns.map(\.comment) }
        #expect(comments.allSatisfy { $0.utf8.count <= 255 && !$0.hasSuffix("…") })
        let long = GlueTable(Self.slots, of: "toy").columns[3].comment
        #expect(long.utf8.count <= 255 && long.utf8.count > 240)
        #expect(long.hasSuffix("word…") || long.hasSuffix("é…"))
    }

    @Test func `the document says in words how a table is kept`() {
        let entry = TableDocument.Entry(Self.slots, stream: "events", objectKey: "toy/events/x")
        let text = TableDocument(of: "toy", [entry]).text
        for part in [
            "# Tables of `toy`", "## silver `events`", "One row per event.", "from the stream `events`",
            "one object for each 15 minutes of `event_time`, `toy/events/x`",
            "Of two rows with one key the greater stays",
            "| `hits` | int32 | hits | `hits` | at least 0, else quarantined | How many. |",
            "| `price` | decimal(18, 4) | EUR | `price` |",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("personal |"))
    }
}
