import JSON
import Parquet

/// What a builder keeps besides columns: where rows came from, how many were read, and which were refused.
struct Intake {
    private(set) var exchanges: [Exchange] = []
    /// The rows found, whatever became of them.
    private(set) var readCount = 0
    private(set) var rejected: [RejectedRow] = []
    var unknownFields = UnknownFields()
    /// The exchange of each accepted row, as a position in `exchanges`.
    private(set) var exchangeOfRow: [Int32] = []
    /// The row within its exchange of each accepted row.
    private(set) var indexOfRow: [Int32] = []

    /// Registers an exchange, which becomes the one that rows belong to.
    mutating func begin(_ exchange: Exchange) {
        exchanges.append(exchange)
    }

    /// Reads each row of a list, or the one row that a single object is; what is neither counts as one row refused.
    mutating func forEachRow(
        of body: JSONValue, _ read: (JSONObject, inout UnknownFields) throws(FieldError) -> Void
    ) {
        guard let rows = body.array else { return row(0, body, read) }
        for (index, value) in rows.enumerated() { row(index, value, read) }
    }

    /// Reads one row; `read` throws before it has appended to any column, or appends to all.
    mutating func row(
        _ index: Int, _ value: JSONValue, _ read: (JSONObject, inout UnknownFields) throws(FieldError) -> Void
    ) {
        found(1)
        do throws(FieldError) {
            guard let object = value.object else {
                throw FieldError("body", "must be an object", found: value)
            }
            try read(object, &unknownFields)
            exchangeOfRow.append(Int32(exchanges.count - 1))
            indexOfRow.append(Int32(index))
        } catch {
            reject(index, error)
        }
    }

    /// Counts rows of the current exchange, before it is known what becomes of them.
    mutating func found(_ count: Int) {
        readCount += count
    }

    /// Notes a row of the current exchange, counted by ``found(_:)``, that cannot be typed.
    mutating func reject(_ index: Int, _ error: FieldError, isCollateral: Bool = false) {
        guard let exchange = exchanges.last else { preconditionFailure("rows belong to an exchange") }
        rejected.append(
            RejectedRow(
                partKey: exchange.partKey, line: exchange.line, index: index, mediaID: exchange.mediaID,
                field: error.field, reason: error.reason, jsonType: error.jsonType,
                isCollateral: isCollateral))
    }

    /// Adds what another intake noted, for rows that are appended behind these.
    mutating func append(contentsOf other: Intake) {
        let shift = Int32(exchanges.count)
        exchanges.append(contentsOf: other.exchanges)
        readCount += other.readCount
        rejected.append(contentsOf: other.rejected)
        unknownFields.append(contentsOf: other.unknownFields)
        exchangeOfRow.append(contentsOf: other.exchangeOfRow.lazy.map { $0 + shift })
        indexOfRow.append(contentsOf: other.indexOfRow)
    }

    /// Where each exchange stands in time, so that rows compare by integers.
    ///
    /// `time` ranks (fetched_at, run_id, page), equal where these are equal; `place` ranks (part key, line), which decides last.
    func ranks() -> [(time: Int32, place: Int32)] {
        var ranks = [(time: Int32, place: Int32)](repeating: (0, 0), count: exchanges.count)
        let byTime = exchanges.indices.sorted { isEarlier(exchanges[$0], exchanges[$1]) }
        for (position, exchange) in byTime.enumerated().dropFirst() {
            let previous = byTime[position - 1]
            let isLater = isEarlier(exchanges[previous], exchanges[exchange])
            ranks[exchange].time = ranks[previous].time + (isLater ? 1 : 0)
        }
        let byPlace = exchanges.indices.sorted {
            (exchanges[$0].partKey, exchanges[$0].line) < (exchanges[$1].partKey, exchanges[$1].line)
        }
        for (position, exchange) in byPlace.enumerated() { ranks[exchange].place = Int32(position) }
        return ranks
    }

    private func isEarlier(_ left: Exchange, _ right: Exchange) -> Bool {
        (left.fetchedAt, left.runID, left.page ?? 0) < (right.fetchedAt, right.runID, right.page ?? 0)
    }

    /// Keeps, per key, the newest row by (`precedence`, fetched_at, run_id, page, index), and sorts by key.
    ///
    /// - Parameters:
    ///   - keys: The key of each accepted row.
    ///   - precedence: What decides before the time of fetching; nil when nothing does.
    /// - Returns: The kept rows in key order, and those that a newer row of their key displaced.
    func newestRows(
        keys: ByteColumn, precedence: [Int64]? = nil
    ) -> (kept: [Int32], dropped: [Int32]) {
        let ranks = ranks()
        return KeyOrder.lastOfEachKey(keys) { left, right in
            if let precedence, precedence[left] != precedence[right] {
                return precedence[left] < precedence[right]
            }
            let (leftRank, rightRank) = (ranks[Int(exchangeOfRow[left])], ranks[Int(exchangeOfRow[right])])
            return (leftRank.time, indexOfRow[left], leftRank.place) < (
                rightRank.time, indexOfRow[right], rightRank.place
            )
        }
    }

    /// The result, once it is known which accepted rows stay.
    ///
    /// Each count of the ledger is taken where its rows end up, so that it does not add up when a row is lost on the way.
    ///
    /// - Parameters:
    ///   - batch: The rows that stay.
    ///   - duplicateCount: How many rows others of their key displaced.
    /// - Returns: The rows that stay, the ledger, and the rows refused.
    func result(_ batch: ColumnBatch, duplicateCount: Int) -> SilverRows {
        SilverRows(
            batch: batch,
            ledger: TableLedger(
                read: readCount, accepted: batch.rowCount, duplicate: duplicateCount,
                quarantined: rejected.count),
            rejected: rejected, unknownFields: unknownFields.counts)
    }
}
