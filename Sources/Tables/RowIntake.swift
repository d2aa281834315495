public import Parquet

/// What a builder keeps besides columns: how many rows were read, and which were refused.
public struct RowIntake: Sendable {
    private var origin = Origin(partKey: "", line: 0)
    private var readCount = 0
    private var rejected: [RejectedRow] = []
    private var firstAnsweredAt: Int64?
    private var sightings = Sightings()
    /// How often a value was taken that could be taken in another way, by column and what was done.
    package var remarks: [String: Int] = [:]
    /// How often each field that the table does not know occurred.
    package var unknownFields = UnknownFields()

    package init() {}

    /// Registers a line, which becomes the one that rows belong to.
    public mutating func begin(_ origin: Origin) {
        self.origin = origin
        firstAnsweredAt = min(firstAnsweredAt ?? .max, origin.answeredAt)
    }

    /// Counts rows of the current line, before it is known what becomes of them.
    public mutating func found(_ count: Int) {
        readCount += count
    }

    /// Notes a line that holds no record.
    public mutating func reject(_ error: FieldError, from origin: Origin) {
        begin(origin)
        found(1)
        reject(0, error)
    }

    /// Notes a row of the current line, counted by ``found(_:)``, that cannot be typed.
    ///
    /// - Parameters:
    ///   - index: The row within the line, from 0.
    ///   - error: Why.
    ///   - key: The row's key, if that can be read.
    ///   - isCollateral: Whether another row of the same answer stands for it.
    public mutating func reject(
        _ index: Int, _ error: FieldError, key: String? = nil, isCollateral: Bool = false
    ) {
        rejected.append(
            RejectedRow(
                partKey: origin.partKey, line: origin.line, index: index, subject: origin.subject,
                field: error.field, reason: error.reason, jsonType: error.jsonType, code: error.code,
                isCollateral: isCollateral))
        sightings.note(key, at: origin.answeredAt)
    }

    /// The result.
    ///
    /// Each count of the ledger is taken where its rows end up, so that it does not add up when a row is lost on the way.
    ///
    /// - Parameters:
    ///   - columns: The accepted rows, in any order.
    ///   - rowCount: How many they are.
    ///   - table: What they are rows of.
    /// - Returns: The rows that stay, the ledger, and the rows refused.
    public consuming func result(_ columns: consuming [ColumnVector], rowCount: Int, of table: Table)
        -> TypedRows
    {
        let newest = table.newest(of: ColumnBatch(rowCount: rowCount, columns: columns))
        return result(newest.batch, duplicateCount: newest.droppedCount)
    }

    /// The result with the rows that stay, and how many did not.
    consuming func result(_ batch: consuming ColumnBatch, duplicateCount: Int) -> TypedRows {
        TypedRows(
            batch: batch,
            ledger: TableLedger(
                read: readCount, accepted: batch.rowCount, duplicate: duplicateCount,
                quarantined: rejected.count),
            rejected: rejected, unknownFields: unknownFields.counts, remarks: remarks,
            firstAnsweredAt: firstAnsweredAt, sightings: sightings)
    }
}
