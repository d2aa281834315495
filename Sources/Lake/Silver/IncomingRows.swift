import Parquet
import Tables

/// What one or more commits bring into a partition.
struct IncomingRows {
    var runs: Set<Run>
    var rows: ColumnBatch
    /// Their complete readings of the table.
    var readings = CompleteReadings()
    /// Rows of theirs that could not be typed and whose keys could be read.
    var sightings = Sightings()

    init(_ commit: TypedCommit, of table: SilverTable, rows: ColumnBatch) {
        runs = [commit.run]
        self.rows = rows
        if let reading = commit.reading(of: table) { readings.insert(reading) }
        if let typed = commit.rows[table.table.name] { sightings = typed.sightings }
    }

    /// Adds what further commits bring.
    mutating func merge(_ other: consuming IncomingRows, of table: Table) throws {
        runs.formUnion(other.runs)
        readings.formUnion(other.readings)
        sightings.formUnion(other.sightings)
        // Given up here, so that each column can be freed while the next one is merged.
        var current = ColumnBatch(rowCount: 0, columns: [])
        swap(&current, &rows)
        rows = try table.merge(current: current, incoming: other.rows).batch
    }
}
