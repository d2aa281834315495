import Datasets
import Parquet
import Testing

struct SilverTablesTests {
    @Test(arguments: [
        (
            "dim_media",
            "media_id title url created_at updated_at duration_seconds type status archived project extraction_date"
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
        let table = try #require(SilverTables.all.first { $0.name == name })
        #expect(table.columns.map(\.name).joined(separator: " ") == columns)
    }

    @Test(arguments: SilverTables.all) func `say what everything means`(table: Table) {
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

    @Test func `are all there, once each`() {
        #expect(
            SilverTables.all.map(\.name) == [
                "dim_media", "fact_media", "fact_media_engagement", "fact_visitors",
            ])
    }
}
