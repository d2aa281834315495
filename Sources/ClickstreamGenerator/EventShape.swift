/// How the events of a file are spelled.
public enum EventShape: Sendable {
    /// JSON lines of nine fields, as https://github.com/Jay-Sanghavi/event-analytics-pipeline makes them.
    case jsonLines
    /// CSV of nine columns with a header, as REES46 published them.
    case rees46
}
