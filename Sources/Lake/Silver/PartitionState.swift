import Parquet
import Tables

/// What a partition holds before a commit's rows come in.
struct PartitionState {
    /// Nil where there is nothing yet.
    var rows: ColumnBatch?
    var readings = CompleteReadings()
    var sightings = Sightings()
    /// Commits whose rows belong there and cannot be read.
    var lacking: [(commitKey: String, cause: String)] = []
    /// The runs that it holds, where the table keeps a list.
    var runs: Set<String> = []

    /// Brings in rows and what was told with them.
    ///
    /// - Returns: What became of the rows; nil when they are the first.
    @discardableResult
    mutating func merge(_ incoming: IncomingRows, of table: Table) throws -> Merged? {
        readings.formUnion(incoming.readings)
        sightings.formUnion(incoming.sightings)
        return try merge(incoming.rows, of: table)
    }

    /// Brings in rows.
    ///
    /// - Returns: What became of them; nil when they are the first.
    @discardableResult
    mutating func merge(_ incoming: ColumnBatch, of table: Table) throws -> Merged? {
        // Given up here, so that it can be freed while the next state grows.
        guard let current = rows.take() else {
            rows = incoming
            return nil
        }
        var merged = try table.merge(current: current, incoming: incoming)
        rows = merged.batch
        merged.batch = ColumnBatch(rowCount: 0, columns: [])
        return merged
    }
}

/// What became of a partition.
struct PartitionReport: Equatable {
    /// Rows in the object now.
    var rows: Int
    /// Whether the object had to be written.
    var outcome: Partition.Outcome
    /// Of the rows that came in, how many had a key that was not there.
    var new: Int
    /// How many replaced a row.
    var updated: Int
    /// How many were there already, or lost.
    var unchanged: Int
    /// How many rows left because the source deleted them; nil in tables that rows never leave.
    var deleted: Int?
    /// Which commits' rows it lacks since they cannot be read; nil when it lacks none.
    var lacking: LakeError?
}
