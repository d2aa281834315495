public import HTTP
public import Logging

/// What a source is to bronze: how to fill the parts of a run.
public protocol BronzeSource: Sendable {
    /// The name, first in every key.
    static var name: String { get }
    /// The variables that it reads, besides those of all sources.
    static var variables: [Variable] { get }
    /// Whether a schedule's event, which names no source, starts a run of it.
    static var isScheduled: Bool { get }

    /// Reads the configuration; must not use the network.
    ///
    /// - Throws: ``LakeError`` of kind `Configuration`, or what the source throws for its own.
    init(configuration: Configuration, platform: Platform, logger: Logger) throws

    /// Reads what is not in the run's parts yet.
    ///
    /// - Parameter run: The run, and what there is to go on.
    /// - Returns: What is to be committed; nil when the next invocation has to go on.
    /// - Throws: What ended the reading; what had been read lies in parts.
    func read(_ run: BronzeRun) async throws -> Reading?
}

/// A run that bronze is to do, or to go on with.
public struct RunRequest: Sendable, Equatable {
    /// The run.
    public var run: Run
    /// When the run's event was meant for.
    public var time: Timestamp
    /// Whether everything is to be read, whatever is known.
    public var isFull: Bool
    /// Which invocation of the run this is, from 1.
    public var invocation: Int

    /// Makes a request.
    public init(run: Run, time: Timestamp, isFull: Bool = false, invocation: Int = 1) {
        self.run = run
        self.time = time
        self.isFull = isFull
        self.invocation = invocation
    }
}

/// What a source has to fill a run's parts with.
public struct BronzeRun: Sendable {
    /// What is to be done.
    public var request: RunRequest
    /// When the platform ends the invocation; nil when never.
    public var deadline: Timestamp?
    /// What the source remembered at its newest commit; nil before the first.
    public var cursor: Cursor?
    /// Where the parts go.
    public var parts: PartStore
}

/// What a run has read: what its commit says.
public struct Reading: Sendable {
    /// The parts in the order in which they are to be read.
    public var parts: [BronzeCommit.Part]
    /// The counts by stream.
    public var ledger: [String: BronzeCommit.StreamLedger]
    /// The streams of which everything was read: what they lack was deleted.
    public var complete: [Stream]
    /// The subjects that could not be read.
    public var failed: [BronzeCommit.Failure]
    /// The streams that were left out since the run's day is over.
    public var skipped: [Stream]
    /// What the source remembers for its next run.
    public var cursor: Cursor

    /// Describes what was read.
    public init(
        parts: [BronzeCommit.Part], ledger: [String: BronzeCommit.StreamLedger], complete: [Stream] = [],
        failed: [BronzeCommit.Failure] = [], skipped: [Stream] = [], cursor: Cursor
    ) {
        self.parts = parts
        self.ledger = ledger
        self.complete = complete
        self.failed = failed
        self.skipped = skipped
        self.cursor = cursor
    }
}
