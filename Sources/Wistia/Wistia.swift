public import Lake

/// A Wistia account: its media with their lifetime counters, day by day, and its visitors as they are now.
public enum Wistia {
    static let name = "wistia"

    /// Reads the account through its API.
    public static let bronze: any BronzeSource.Type = WistiaBronze.self

    /// Types what the API said.
    public static let silver = SilverSource(
        name: name,
        tables: [
            SilverTable(
                DimMedia.table, of: .media, format: .exchanges, ignoring: DimMedia.ignored, mustHaveRows: true
            ),
            SilverTable(
                FactMedia.table, of: .mediaStats, format: .exchanges, ignoring: FactMedia.ignored,
                mustHaveRows: true),
            SilverTable(FactMediaEngagement.table, of: .mediaEngagement, format: .exchanges) {
                FactMediaEngagement.Builder($0)
            },
            SilverTable(FactVisitors.table, of: .visitors, format: .exchanges),
        ])

    /// Computes the answers.
    public static let gold = GoldSource(
        name: name,
        tables: [
            FactMediaPerformance.table, KPIDaily.table, Ranking.topMediaByEngagement.table,
            Ranking.bottomMediaByDropOff.table,
            MediaRetention.table, MediaDailyChange.table, MediaDays.table, FactAudienceInsights.table,
            AudienceSummary.table,
        ],
        inputs: silver.tables.map(\.table), queries: queries, compute: WistiaGold.compute)
}

extension Stream {
    /// The media list.
    static let media: Stream = "media"
    /// Lifetime figures of each media.
    static let mediaStats: Stream = "media_stats"
    /// Engagement arrays of each media.
    static let mediaEngagement: Stream = "media_engagement"
    /// The account's visitors.
    static let visitors: Stream = "visitors"

    /// All, in the order in which a run reads them.
    static let ofWistia: [Stream] = [.media, .mediaStats, .mediaEngagement, .visitors]
}
