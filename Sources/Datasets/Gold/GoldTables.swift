/// The gold tables.
public enum GoldTables {
    /// Every gold table, daily ones first.
    public static let all: [Table] = [
        FactMediaPerformance.table, KPIDaily.table, TopMediaByEngagement.table, BottomMediaByDropOff.table,
        MediaRetention.table, MediaDailyChange.table, FactAudienceInsights.table, AudienceSummary.table,
    ]
}
