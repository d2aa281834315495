public import Lake

/// The events of a shop: files that land in a bucket every few minutes.
public enum Clickstream {
    static let name = "clickstream"

    /// Keeps the files as they land.
    public static let bronze: any BronzeSource.Type = ClickstreamBronze.self

    /// Types what the files say.
    public static let silver = SilverSource(
        name: name,
        tables: [
            events
        ])

    private static let events: SilverTable = {
        var events = SilverTable(
            Events.table, of: .events, format: .jsonLines,
            derived: [
                DerivedTable(EventSummaries.table, make: EventSummaries.make),
                DerivedTable(EventUsers.table, make: EventUsers.make),
                DerivedTable(EventSessions.table, make: EventSessions.make),
            ])
        events.landedFormats = ["rees46": .rees46]
        return events
    }()

    /// Computes the answers.
    public static let gold = GoldSource(
        name: name,
        tables: [
            ProductHourly.table, HourlyUsers.table, HourlySessions.table, ConversionFunnel.table,
            HourlyRevenue.table, TopProducts.table, CategoryPerformance.table, UserActivity.table,
        ],
        inputs: [Events.table], queries: queries, compute: ClickstreamGold.compute)
}

extension Stream {
    /// What happened in the shop.
    static let events: Stream = "events"
}
