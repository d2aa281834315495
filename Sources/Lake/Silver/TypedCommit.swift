import HTTP
import Logging
import Tables

/// A bronze commit's rows, typed.
struct TypedCommit: Sendable {
    var run: Run
    /// By table name; tables of streams that the run left out are not there.
    var rows: [String: TypedRows]
    /// The streams of which the run read everything.
    var complete: Set<Stream>
    /// Why nothing of it may go into any table; nil when everything may.
    var refusal: SilverCommit.Refusal?

    /// Of one commit's rows, the share that may be quarantined before the run is refused.
    private static let quarantinedShareMaximum = 0.05
    /// The number of quarantined rows that is too few to refuse a run for, whatever their share.
    private static let quarantinedRowsMinimum = 20

    init(run: Run, rows: [String: TypedRows], complete: Set<Stream>, tables: [SilverTable]) {
        self.run = run
        self.rows = rows
        self.complete = complete
        refusal =
            tables.lazy.compactMap { table in
                rows[table.table.name].flatMap { TypedCommit.refusal(of: $0, table) }
            }.first
    }

    /// Why so many rows cannot be typed that the source must have changed; nil when it need not have.
    ///
    /// Of answers about one subject it is the answers that count: one odd answer is no change of the source, however many rows
    /// it has and attempts read it. But a table that would lose every row it should have is never written.
    private static func refusal(of rows: TypedRows, _ table: SilverTable) -> SilverCommit.Refusal? {
        let refused = rows.rejected.filter { !$0.isCollateral }
        let ofLists = refused.count { $0.subject == nil }
        let isWhole = !refused.isEmpty && rows.ledger.accepted == 0 && table.mustHaveRows
        guard isWhole || ofLists + Set(refused.compactMap(\.subject)).count >= 2 else { return nil }
        let count = rows.ledger.quarantined
        let isMany =
            count >= quarantinedRowsMinimum
            && Double(count) > quarantinedShareMaximum * Double(rows.ledger.read)
        guard isMany || rows.ledger.accepted == 0 else { return nil }
        return SilverCommit.Refusal(
            table: table.table.name, quarantined: count, read: rows.ledger.read,
            fields: Set(rows.rejected.map(\.field)).sorted())
    }

    /// What the commit tells of rows that it does not show; nil when it does not tell.
    ///
    /// A reading in which some row cannot be typed nor its key be read misses nothing for certain.
    func reading(of table: SilverTable) -> CompleteReadings.Reading? {
        guard table.table.deletion != nil, complete.contains(table.stream),
            let rows = rows[table.table.name], rows.sightings.areAll, let since = rows.firstAnsweredAt
        else { return nil }
        return CompleteReadings.Reading(
            runID: run.id, startedAt: since, rowCount: rows.ledger.accepted + rows.sightings.seenAt.count)
    }

    /// Says that a complete reading does not tell what was deleted.
    func warnOfUselessReading(of table: SilverTable, _ logger: Logger) {
        guard table.table.deletion != nil, complete.contains(table.stream), reading(of: table) == nil,
            let rows = rows[table.table.name], !rows.rejected.isEmpty
        else { return }
        logger.warning(
            "a complete reading with rows that cannot be typed, nor their keys be read, does not tell what was deleted",
            metadata: ["run_id": "\(run.id)", "quarantined": "\(rows.rejected.count)"])
    }

    /// The error that a refused commit ends with.
    func refusalError(_ refusal: SilverCommit.Refusal) -> LakeError {
        .schemaChanged(
            commit: ObjectLayout.commitKey(run: run), table: refusal.table, quarantined: refusal.quarantined,
            read: refusal.read, fields: refusal.fields)
    }
}
