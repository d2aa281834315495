import Tables

/// How a media stands on one scale; the limits are those of the seed's reports.
enum MediaClass: UInt8, CaseIterable, Sendable, Label {
    /// Below the other two.
    case low
    /// In the middle.
    case medium
    /// At the top.
    case high

    /// `Low`, `Medium` or `High`.
    var name: String {
        switch self {
        case .low: "Low"
        case .medium: "Medium"
        case .high: "High"
        }
    }

    /// By play rate (0…1): High from 0.2, Medium from 0.1.
    static func ofPlayRate(_ playRate: Double) -> MediaClass {
        if playRate >= 0.2 { return .high }
        return playRate >= 0.1 ? .medium : .low
    }

    /// By hours watched: High from 500, Medium from 100.
    static func ofHoursWatched(_ hours: Double) -> MediaClass {
        if hours >= 500 { return .high }
        return hours >= 100 ? .medium : .low
    }

    /// By plays and play rate (0…1): High above 1,000 plays with a rate above 0.2, Medium with 500 to 1,000 plays.
    ///
    /// Many plays with a rate of 0.2 or less are Low: the media is shown often and seldom chosen. A null rate leaves
    /// it open whether more than 1,000 plays are High or Low, so the class is nil.
    static func ofEngagement(playCount: Int64, playRate: Double?) -> MediaClass? {
        if playCount > 1_000 { return playRate.map { $0 > 0.2 ? .high : .low } }
        return playCount >= 500 ? .medium : .low
    }
}

/// How often a visitor came back.
enum VisitorSegment: UInt8, CaseIterable, Sendable, Label {
    /// From 5 loads and plays.
    case frequent
    /// From 2 loads and plays.
    case occasional
    /// Below 2.
    case rare

    /// `Frequent`, `Occasional` or `Rare`.
    var name: String {
        switch self {
        case .frequent: "Frequent"
        case .occasional: "Occasional"
        case .rare: "Rare"
        }
    }

    /// By frequency: loads plus plays.
    static func of(frequency: Int64) -> VisitorSegment {
        if frequency >= 5 { return .frequent }
        return frequency >= 2 ? .occasional : .rare
    }
}

/// How recently and how often a visitor was there.
enum RecencyFrequencySegment: UInt8, CaseIterable, Sendable, Label {
    /// Seen within the last 7 days.
    case active
    /// Not seen lately; 3 loads and plays or more.
    case infrequent
    /// Not seen lately, and hardly before.
    case dormant

    /// `Active`, `Infrequent` or `Dormant`.
    var name: String {
        switch self {
        case .active: "Active"
        case .infrequent: "Infrequent"
        case .dormant: "Dormant"
        }
    }

    /// By days since the last activity and by frequency; who was never seen (nil) is not Active.
    static func of(recencyDays: Int32?, frequency: Int64) -> RecencyFrequencySegment {
        if let recencyDays, recencyDays <= 7 { return .active }
        return frequency >= 3 ? .infrequent : .dormant
    }
}
