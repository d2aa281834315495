public import HTTP

/// What can start a function.
public enum Event: Sendable, Equatable {
    /// An EventBridge rule or the EventBridge Scheduler.
    case schedule(Schedule)
    /// Objects that came into being: an S3 notification, directly, through EventBridge or through a queue.
    case objectsCreated([ObjectReference])
    /// A run that somebody asked for.
    case manualRun(ManualRun)
    /// Days to be processed again.
    case reprocess(Reprocess)
    /// A search for inputs whose notification got lost.
    case reconcile(Reconcile)
    /// The message by which S3 tries a notification out; there is nothing to do.
    case testEvent
}

/// A moment that a schedule named.
public struct Schedule: Sendable, Equatable {
    /// The event's id, the same in every delivery.
    public var id: String
    /// The scheduled moment.
    public var time: Timestamp

    /// Makes a schedule's event.
    public init(id: String, time: Timestamp) {
        self.id = id
        self.time = time
    }
}

/// An object that came into being.
public struct ObjectReference: Sendable, Equatable {
    /// The bucket.
    public var bucket: String
    /// The key, decoded.
    public var key: String
    /// The version; nil in a bucket without versions.
    public var versionID: String?
    /// The ETag as S3 wrote it into the event, which is without quotes; nil when it did not.
    public var etag: String?
    /// When S3 saw it.
    public var eventTime: Timestamp

    /// Makes a reference.
    public init(
        bucket: String, key: String, versionID: String? = nil, etag: String? = nil, eventTime: Timestamp
    ) {
        self.bucket = bucket
        self.key = key
        self.versionID = versionID
        self.etag = etag
        self.eventTime = eventTime
    }
}

/// A run that somebody asked for: `{"id":…,"time":…,"source":"…"}`, perhaps with `"full":true` or, of a landed file, with
/// `"key":"…"`.
public struct ManualRun: Sendable, Equatable {
    /// The event's id.
    public var id: String
    /// The moment that the run stands for.
    public var time: Timestamp
    /// The source.
    public var source: String
    /// Whether everything is read again; false when the event says nothing.
    public var isFull: Bool
    /// The key of the one landed file that is meant; nil when the event says nothing.
    public var key: String?

    /// Makes a run.
    public init(id: String, time: Timestamp, source: String, isFull: Bool = false, key: String? = nil) {
        self.id = id
        self.time = time
        self.source = source
        self.isFull = isFull
        self.key = key
    }
}

/// Days to be processed again: `{"id":…,"time":…,"reprocess":{"source":…,"from":"2026-01-01","to":"2026-01-31"}}`, perhaps with
/// `"quarantined":true`.
public struct Reprocess: Sendable, Equatable {
    /// The event's id.
    public var id: String
    /// The moment that the run stands for.
    public var time: Timestamp
    /// The source.
    public var source: String
    /// The first day.
    public var from: UTCDate
    /// The last day, which is not before the first.
    public var to: UTCDate
    /// Whether only runs are meant that have refused or quarantined rows; false when the event says nothing.
    public var isQuarantined: Bool

    /// Makes a request.
    public init(
        id: String, time: Timestamp, source: String, from: UTCDate, to: UTCDate, isQuarantined: Bool = false
    ) {
        self.id = id
        self.time = time
        self.source = source
        self.from = from
        self.to = to
        self.isQuarantined = isQuarantined
    }
}

/// A search for inputs whose notification got lost: `{"id":…,"time":…,"reconcile":{"source":…}}`, perhaps with `"days":…`.
public struct Reconcile: Sendable, Equatable {
    /// The event's id.
    public var id: String
    /// The moment that the search stands for.
    public var time: Timestamp
    /// The source.
    public var source: String
    /// How many days to look back; nil when the event says nothing.
    public var days: Int?

    /// Makes a request.
    public init(id: String, time: Timestamp, source: String, days: Int? = nil) {
        self.id = id
        self.time = time
        self.source = source
        self.days = days
    }
}

/// Why an event was refused; it names keys, never values.
public struct EventError: ReportableError, Equatable, CustomStringConvertible {
    /// What was expected instead.
    public var expected: String
    /// The keys of the event's outermost object, sorted; nil when it was none.
    public var keysFound: [String]?

    /// `Function.EventRefused`.
    public var errorType: String { "Function.EventRefused" }

    /// One line: what was expected, which keys were found.
    public var description: String {
        let found =
            keysFound.map { keys in
                let shown = keys.prefix(20).map { JSONObjectWriter.escapedControls(String($0.prefix(40))) }
                return "an object with the keys \(shown.joined(separator: ", "))"
            } ?? "no JSON object"
        return "event refused: expected \(expected); found \(found)"
    }
}
