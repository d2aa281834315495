import Lake
import Parquet
import Tables
import Testing

@testable import Wistia

struct SilverTablesTests {
    @Test(arguments: [
        (
            "dim_media",
            "media_id title url created_at updated_at duration_seconds type status archived project snapshot_ts extraction_date"
        ),
        (
            "fact_media",
            "media_id load_count play_count play_rate hours_watched engagement visitors snapshot_ts extraction_date"
        ),
        (
            "fact_media_engagement",
            "media_id snapshot_ts engagement_idx engagement_count rewatch_count engagement extraction_date"
        ),
        (
            "fact_visitors",
            "visitor_key created_at last_active_at last_event_key load_count play_count identifying_event_key name email"
                + " org_name org_title browser browser_version platform mobile ingested_at"
        ),
    ])
    func `have the columns of the design`(name: String, columns: String) throws {
        let table = try #require(Wistia.silver.tables.map(\.table).first { $0.name == name })
        #expect(table.columns.map(\.name).joined(separator: " ") == columns)
    }

    @Test(arguments: Wistia.silver.tables.map(\.table)) func `say what everything means`(table: Table) {
        #expect(table.layer == .silver)
        #expect(Set(table.columns.map(\.name)).count == table.columns.count)
        for column in table.columns {
            #expect(column.meaning.hasSuffix("."), "\(column.name)")
            #expect(
                column.isNullable == column.meaning.contains("null"), "\(column.name) says when it is null")
            let isNumber = [.int32, .int64, .double].contains(column.type)
            #expect(isNumber == (column.unit != nil), "\(column.name) has a unit if it is a number")
        }
        for key in table.key { #expect(!table.columns[table.index(of: key)].isNullable) }
    }

    @Test func `come back from Parquet as they went in`() throws {
        let identity = #"{"name":"Ann","email":null}"#
        let bodies = [
            "[\(DimMediaTests.media("b")),\(DimMediaTests.media("a", with: #","duration":1.5"#))]",
            FactMediaTests.observed,
            #"{"engagement":null,"engagement_data":[3,2,1],"rewatch_data":[1,0,0]}"#,
            "[\(FactVisitorsTests.visitor("b", identity: identity)),\(FactVisitorsTests.visitor("a"))]",
        ]
        for (table, body) in zip(Wistia.silver.tables.map(\.table), bodies) {
            let rows = build(table, [(body, makeOrigin(subject: body.hasPrefix("[") ? nil : "m"))])
            let file = try ParquetFile.encode(schema: table.schema, batch: rows.batch)
            let reader = try ParquetReader(file)
            #expect(reader.schema == table.schema, "\(table.name)")
            #expect(try reader.read() == rows.batch, "\(table.name)")
            #expect(rows.batch.rowCount > 0, "\(table.name)")
        }
    }

    @Test func `are all there, once each`() {
        #expect(
            Wistia.silver.tables.map(\.table).map(\.name) == [
                "dim_media", "fact_media", "fact_media_engagement", "fact_visitors",
            ])
    }
}
