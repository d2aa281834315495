/// The lifetime counters of one media at one moment.
struct MediaCounters: Equatable {
    var loads: Int
    var plays: Int
    /// Different people who played; play_rate is this over ``visitors``.
    var players: Int
    var visitors: Int
    /// Millionths of the average share watched.
    var engagementMillionths: Int

    var playRate: Double { visitors == 0 ? 0 : Double(players) / Double(visitors) }
    var engagement: Double { Double(engagementMillionths) / 1_000_000 }

    /// Wistia does not measure watched hours; it multiplies plays, average engagement and duration.
    func hours(durationSeconds: Double?) -> Double {
        Double(plays) * engagement * (durationSeconds ?? 0) / 3_600
    }

    /// Moves the counters on by one day as the snapshots of July and August 2026 move: loads, plays and visitors rise,
    /// engagement drifts down with jumps, so that hours fall on some days.
    mutating func advance(_ noise: inout Noise) {
        loads += 1 + noise.below(26)
        let played = noise.below(12)
        plays += played
        let met = noise.below(5)
        visitors += met
        players += min(met, played, noise.below(3))
        engagementMillionths = max(0, min(1_000_000, engagementMillionths + noise.below(261) - 180))
    }
}
