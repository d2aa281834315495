import Parquet
import Tables

/// The first and the last day that each media has a snapshot of.
///
/// It bounds the search for a media's earlier or later snapshot, so that gold's requests do not grow with the history.
enum MediaDays {
    /// The table.
    static let table = Table(
        name: "media_days", layer: .gold, partitioning: .whole, grain: "media", key: ["media_id"],
        columns: [
            Column("media_id", .string, "The media's hashed id."),
            Column(
                "first_extraction_date", .date,
                "The UTC date of the first snapshot that ever had the media; no snapshot before it has."),
            Column(
                "last_extraction_date", .date,
                "The UTC date of the last snapshot that ever had the media; no snapshot after it has."),
        ])

    /// Widens the spans of media by a day that has them.
    ///
    /// - Parameters:
    ///   - spans: Rows of ``table``.
    ///   - facts: Rows of fact_media, of any columns with `media_id`.
    ///   - factTable: Which columns these are.
    ///   - date: Their day, days since 1970-01-01.
    /// - Returns: Rows of ``table``.
    static func widened(_ spans: ColumnBatch, by facts: ColumnBatch, of factTable: Table, date: Int32)
        -> ColumnBatch
    {
        let ids = BatchView(facts, as: factTable).strings("media_id")
        let known = BatchView(spans, as: table)
        let knownIDs = known.strings("media_id")
        var first = known.int32s("first_extraction_date").values
        var last = known.int32s("last_extraction_date").values
        var spanOfID = MergeLookup(knownIDs)
        var newRows: [Int] = []
        for row in ids.sortedRows() {
            guard let span = spanOfID.row(of: ids, row) else {
                newRows.append(row)
                continue
            }
            first[span] = min(first[span], date)
            last[span] = max(last[span], date)
        }
        let newDates = [Int32](repeating: date, count: newRows.count)
        let all = known.column("media_id").appending(
            BatchView(facts, as: factTable).column("media_id").gathered(at: newRows))
        let batch = ColumnBatch(
            rowCount: spans.rowCount + newRows.count,
            columns: [all, ColumnVector(.int32(first + newDates)), ColumnVector(.int32(last + newDates))])
        return batch.gathered(at: BatchView(batch, as: table).strings("media_id").sortedRows())
    }
}

/// The spans of media, to ask for one media after the other.
struct MediaSpans {
    private var spanOfID: [[UInt8]: (first: Int32, last: Int32)] = [:]

    init(_ spans: ColumnBatch) {
        let rows = BatchView(spans, as: MediaDays.table)
        let first = rows.int32s("first_extraction_date").values
        let last = rows.int32s("last_extraction_date").values
        for (row, id) in MediaIDs.list(of: spans, as: MediaDays.table).enumerated() {
            spanOfID[id] = (first[row], last[row])
        }
    }

    /// The media that snapshots up to a day and after it may have.
    func media(around date: Int32) -> Set<[UInt8]> {
        Set(spanOfID.filter { $0.value.first <= date && date < $0.value.last }.keys)
    }

    /// The media whose span begins or ends with a day.
    func media(boundedBy date: Int32) -> Set<[UInt8]> {
        Set(spanOfID.filter { $0.value.first == date || $0.value.last == date }.keys)
    }

    /// Of some media, those that a snapshot before a day may have.
    func media(_ ids: Set<[UInt8]>, before date: Int32) -> Set<[UInt8]> {
        ids.filter { spanOfID[$0].map { $0.first < date } ?? false }
    }

    /// Of some media, those that a snapshot after a day may have.
    func media(_ ids: Set<[UInt8]>, after date: Int32) -> Set<[UInt8]> {
        ids.filter { spanOfID[$0].map { $0.last > date } ?? false }
    }
}

/// The ids in a batch that has a column `media_id`.
enum MediaIDs {
    static func list(of batch: ColumnBatch, as table: Table) -> [[UInt8]] {
        guard case .bytes(let ids) = batch.columns[table.index(of: "media_id")].values else { return [] }
        return (0..<ids.count).map { Array(ids.bytes[ids.range($0)]) }
    }
}
