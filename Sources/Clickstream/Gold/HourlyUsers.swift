import Tables

/// Who was there in each hour.
enum HourlyUsers {
    static let table = Table(
        name: "hourly_users", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 60),
        grain: "user, hour", key: ["user_id"], columns: EventUsers.table.columns)
}

/// Which visits there were in each hour.
enum HourlySessions {
    static let table = Table(
        name: "hourly_sessions", layer: .gold, partitioning: .eventTime(column: "event_at", minutes: 60),
        grain: "session, hour", key: ["session_id"], columns: EventSessions.table.columns)
}
