public import Lake

/// What the visitors of a shop do: files of events that land every few minutes.
public enum Clickstream {
    static let name = "clickstream"

    /// Keeps the files as they land.
    public static let bronze: any BronzeSource.Type = ClickstreamBronze.self
}

extension Stream {
    /// The events, in whatever format they land.
    static let events: Stream = "events"
}
