import AWS
import HTTP
public import Parquet
public import Tables

/// What the rows of gold's partitions are made of, read after the targets.
public struct GoldInputs: Sendable {
    let lake: GoldLake
    /// The targets as they were before any input was read, by table.
    let targets: [String: (Partition, ObjectAttributes?)]

    /// A partition's rows, by column name: columns that the file lacks are null, those that the table does not have are left.
    ///
    /// - Parameters:
    ///   - table: A silver table, or some columns of it (``Table/only(_:)``).
    ///   - partition: Which partition.
    /// - Returns: The rows, with the table's columns in order.
    /// - Throws: ``LakeError`` when it is not there, cannot be read, or holds fewer rows than a commit brought into it.
    public func rows(of table: Table, in partition: PartitionKey) async throws -> ColumnBatch {
        guard let rows = try await rowsIfPresent(of: table, in: partition) else {
            throw LakeError.missingObject(
                resource: "s3://\(lake.silverBucket)/\(lake.key(of: table, in: partition))",
                namedBy: "its silver commit")
        }
        return rows
    }

    /// As ``rows(of:in:)``; nil where silver has no such partition.
    public func rowsIfPresent(of table: Table, in partition: PartitionKey) async throws -> ColumnBatch? {
        let key = lake.key(of: table, in: partition)
        let resource = "s3://\(lake.silverBucket)/\(key)"
        guard let object = try await lake.store.objectIfPresent(key, bucket: lake.silverBucket) else {
            return nil
        }
        let file = try TableFile(object.body, of: table, resource: resource)
        let rows = try file.rows()
        try check(rows, of: table, in: partition, file)
        if lake.partitions.contains(partition) {
            await lake.record.note(rows.rowCount, of: table.name, in: partition)
        }
        return rows
    }

    /// The rows that a target holds now; nil when there is none.
    ///
    /// - Throws: ``LakeError`` when it cannot be read.
    public func current(_ table: Table) async throws -> ColumnBatch? {
        guard let (target, known) = targets[table.name], let known else { return nil }
        guard let object = try await lake.store.objectIfPresent(target.key, bucket: target.bucket),
            object.attributes.etag == known.etag
        else { throw InputChanged() }
        return try TableFile(object.body, of: table, resource: target.resource).rows()
    }

    /// The rows of another table of gold, which is no target; nil when there is none.
    ///
    /// - Throws: ``LakeError`` when it cannot be read.
    public func gold(_ table: Table, in partition: PartitionKey) async throws -> ColumnBatch? {
        let key = lake.key(of: table, in: partition)
        guard let object = try await lake.store.objectIfPresent(key, bucket: lake.goldBucket) else {
            return nil
        }
        return try TableFile(object.body, of: table, resource: "s3://\(lake.goldBucket)/\(key)").rows()
    }

    // MARK: Ledgers

    /// Every accepted row has a key of its own, so a partition holds at least as many rows as any commit brought into it.
    ///
    /// Rows that are replaced in groups cannot be held to that, since a shorter answer may have come.
    private func check(_ rows: ColumnBatch, of table: Table, in partition: PartitionKey, _ file: TableFile)
        throws
    {
        guard let declared = lake.source.inputs.first(where: { $0.name == table.name }),
            declared.upsert?.group == nil, declared.columns.count == table.columns.count
        else { return }
        for commit in lake.commits {
            guard let accepted = commit.acceptedRows(of: declared, in: partition) else { continue }
            let found: Int
            var since = ""
            if let deletion = declared.deletion {
                // A file that names readings in a form of another release does not tell who is gone.
                guard let readings = file.metadata.readings ?? (file.namesReadings ? nil : CompleteReadings())
                else {
                    continue
                }
                guard let count = seen(rows, of: table, deletion, readings, file.metadata, commit) else {
                    continue
                }
                found = count
                if readings.deletedBefore != nil { since = " seen since" }
            } else {
                found = rows.rowCount
            }
            guard found >= accepted else {
                throw LakeError.ledger(
                    layer: "gold", table: table.name,
                    counts:
                        "run \(commit.runID) accepted \(accepted) rows, the table holds \(found)\(since)")
            }
        }
    }

    /// How many rows were seen since a commit's first answer; nil when rows of it may have been deleted.
    private func seen(
        _ rows: ColumnBatch, of table: Table, _ deletion: Deletion, _ readings: CompleteReadings,
        _ metadata: TableMetadata, _ commit: SilverCommit
    ) -> Int? {
        guard let bound = readings.deletedBefore else { return rows.rowCount }
        guard
            let since = commit.since[table.name].flatMap({ Timestamp(rfc3339: $0) })?.microsecondsSinceEpoch,
            since >= bound, let column = table.columns.firstIndex(where: { $0.name == deletion.seenAt }),
            case .int64(let seenAt) = rows.columns[column].values
        else { return nil }
        let earliest = since - Int64(deletion.withinSeconds) * 1_000_000
        return seenAt.count { $0 >= earliest }
    }
}
