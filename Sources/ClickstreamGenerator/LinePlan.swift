/// Deals out the roles of a file's lines one by one: exactly so many of each, at random places.
///
/// Each role is as likely as its part of the lines that are left (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
struct LinePlan {
    private var repeatsLeft: Int
    private var lateLeft: Int
    private var oddLeft: Int
    private var ordinaryLeft: Int
    private var hasNewEvent = false
    private var random: SplitMix64

    /// Plans the file of options that were checked.
    init(_ options: GeneratorOptions) {
        repeatsLeft = options.count(options.repeatShare)
        lateLeft = options.count(options.lateShare)
        oddLeft = options.count(options.oddShare)
        ordinaryLeft = options.eventCount - repeatsLeft - lateLeft - oddLeft
        random = SplitMix64(seed: options.seed, purpose: .role)
    }

    /// The next line's role; must not be asked more often than there are lines.
    mutating func next() -> LineRole {
        // Nothing can be repeated before the first new event.
        let repeats = hasNewEvent ? repeatsLeft : 0
        var drawn = random.below(repeats + lateLeft + oddLeft + ordinaryLeft)
        if drawn < repeats {
            repeatsLeft -= 1
            return .repeated
        }
        drawn -= repeats
        if drawn < oddLeft {
            oddLeft -= 1
            return .odd
        }
        drawn -= oddLeft
        hasNewEvent = true
        if drawn < lateLeft {
            lateLeft -= 1
            return .late
        }
        ordinaryLeft -= 1
        return .ordinary
    }
}
