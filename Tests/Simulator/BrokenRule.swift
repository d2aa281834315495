/// A rule of the pipeline that the world around it breaks on purpose, and the invariant that has to notice.
enum BrokenRule: String, CaseIterable {
    /// The state is seen before the commit that it tells of.
    case stateBeforeCommit = "state-before-commit"
    /// The closing re-scan is shown the first page as it was when the crawl began.
    case noRescan = "no-rescan"
    /// S3 replaces an object whatever its `If-Match`.
    case ifMatchIgnored = "if-match-ignored"
    /// A visitor who is answered twice passes for two.
    case duplicatesCounted = "duplicates-counted"
    /// An attempt that goes on where another one stopped is shown the page behind.
    case resumedOnePageLate = "resumed-one-page-late"
    /// S3 replaces an object of bronze whatever its `If-None-Match`.
    case ifNoneMatchIgnored = "if-none-match-ignored"
    /// The media list is read once: every further pass is shown what the first was.
    case mediaListOnce = "media-list-once"
    /// Processes ask twice as fast as they may.
    case twiceTheRate = "twice-the-rate"
    /// A continuation is taken and thrown away, as if bronze had written none.
    case continuationDropped = "continuation-dropped"
    /// A run's parts of visitors are not listed, as if bronze did not take up what it left.
    case partsForgotten = "parts-forgotten"
    /// Bronze reads that the last full crawl was on the last day, as if a week were never over.
    case neverWeekly = "never-weekly"
    /// Bronze reads a state of the oldest run, as if it did not compare runs before it replaces the state.
    case stateBackwards = "state-backwards"
    /// The answers about media that a run gets are dated as if they had been given when its event was meant for.
    case snapshotOfAnotherDay = "snapshot-filed-under-a-day-that-is-over"
    /// Silver reads that every run read all visitors.
    case everyRunComplete = "every-run-complete"
    /// Silver reads that no run did.
    case noRunComplete = "no-run-complete"

    /// Each of these would be right to notice.
    var isNoticedBy: [Invariant] {
        switch self {
        case .stateBeforeCommit: [.watermark]
        case .noRescan: [.nobodyLost]
        // Rows are lost from a table that two replaced at once; gold notices it itself where the commit says how many there were.
        case .ifMatchIgnored:
            [.nobodyLost, .deletedGone, .watermark, .answers, .silver, .gold, .honestErrors]
        case .duplicatesCounted: [.nobodyInvented]
        case .resumedOnePageLate: [.nobodyLost]
        case .ifNoneMatchIgnored: [.parts]
        case .mediaListOnce: [.mediaKept]
        case .twiceTheRate: [.budget]
        case .continuationDropped: [.handOver]
        // A part of a day before is then adopted by a run that says it began later: who was deleted in between stays longer.
        case .partsForgotten: [.thrift, .deletedGone]
        case .neverWeekly: [.weekly]
        case .stateBackwards: [.watermark]
        case .snapshotOfAnotherDay: [.snapshots]
        case .everyRunComplete: [.nobodyLost, .answers]
        case .noRunComplete: [.deletedGone, .answers]
        }
    }
}
