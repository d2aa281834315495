/// One kind of raw record of the source `wistia`.
public enum Stream: String, Sendable, CaseIterable, Codable {
    /// The media list.
    case media
    /// Lifetime figures of each media.
    case mediaStats = "media_stats"
    /// Engagement arrays of each media.
    case mediaEngagement = "media_engagement"
    /// The account's visitors.
    case visitors
}
