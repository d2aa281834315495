/// What an invocation of bronze came to.
public struct BronzeReport: Encodable, Sendable, Equatable {
    /// How it ended.
    public enum Outcome: String, Encodable, Sendable {
        /// The run's commit was written.
        case committed
        /// The run had its commit already; no object was changed.
        case alreadyCommitted = "already_committed"
        /// The next invocation goes on.
        case continued
        /// Nothing was to be done about the file.
        case ignored
    }

    /// How it ended.
    public var outcome: Outcome
    /// The run's id; nil when there is none.
    public var runID: String?
    /// The landed file whose run it is; nil of other runs.
    public var file: String?
    /// The commit's key; nil when the run goes on.
    public var commit: String?
    /// The commit's counts; empty when the run goes on.
    public var ledger: [String: BronzeCommit.StreamLedger]
    /// How many subjects could not be read.
    public var failedCount: Int
    /// The streams that were left out since the run's day is over.
    public var skipped: [Stream]
    /// What the source remembers; nil when the run goes on.
    public var cursor: Cursor?

    init(continued run: Run) {
        outcome = .continued
        runID = run.id
        ledger = [:]
        failedCount = 0
        skipped = []
    }

    init(ignored file: String) {
        outcome = .ignored
        self.file = file
        ledger = [:]
        failedCount = 0
        skipped = []
    }

    init(_ outcome: Outcome, _ commit: BronzeCommit, key: String) {
        self.outcome = outcome
        runID = commit.runID
        self.commit = key
        ledger = commit.ledger
        failedCount = commit.failed.count
        skipped = commit.skipped
        cursor = commit.cursor
    }

    enum CodingKeys: String, CodingKey {
        case outcome, file, commit, ledger, skipped, cursor
        case runID = "run_id"
        case failedCount = "failed_count"
    }
}
