import Parquet
import Tables

/// Who was there in each slot, so that gold can count the people of an hour and of a day exactly.
enum EventUsers {
    static let table = Table(
        name: "event_users", layer: .silver,
        partitioning: .eventTime(column: "event_at", minutes: Events.slotMinutes), grain: "user, slot",
        key: ["user_id"], columns: [Column("user_id", .string, "Who was there.")])

    /// Makes the rows of those of ``Events``.
    static func make(events: ColumnBatch) -> ColumnBatch {
        DistinctTexts.batch(BatchView(events, as: Events.table).strings("user_id"))
    }
}

/// Which visits there were in each slot.
enum EventSessions {
    static let table = Table(
        name: "event_sessions", layer: .silver,
        partitioning: .eventTime(column: "event_at", minutes: Events.slotMinutes), grain: "session, slot",
        key: ["session_id"], columns: [Column("session_id", .string, "Which visit.")])

    /// Makes the rows of those of ``Events``; events without a session are of none.
    static func make(events: ColumnBatch) -> ColumnBatch {
        DistinctTexts.batch(BatchView(events, as: Events.table).strings("session_id"))
    }
}
