public import Parquet

/// Where raw rows came from: one API exchange, which is one line of a part.
public struct Exchange: Sendable, Equatable {
    /// The run that fetched it.
    public var runID: String
    /// The part's object key.
    public var partKey: String
    /// The line within the part, from 1.
    public var line: Int
    /// When the answer had arrived, microseconds since the epoch, UTC.
    public var fetchedAt: Int64
    /// The media that was asked about; nil for lists.
    public var mediaID: String?
    /// The page of a list, from 1; nil for single objects.
    public var page: Int?
    /// In a crawl that reads many pages at once, the first of the pages that were read one after the other up to this one; nil
    /// where that is page 1.
    public var segment: Int?

    /// Makes an exchange.
    public init(
        runID: String, partKey: String, line: Int, fetchedAt: Int64, mediaID: String? = nil,
        page: Int? = nil, segment: Int? = nil
    ) {
        self.runID = runID
        self.partKey = partKey
        self.line = line
        self.fetchedAt = fetchedAt
        self.mediaID = mediaID
        self.page = page
        self.segment = segment
    }
}

/// A raw row that could not be typed: where it stands and why, never what it says, which may be personal.
public struct RejectedRow: Sendable, Equatable {
    /// The part's object key.
    public var partKey: String
    /// The line within the part, from 1.
    public var line: Int
    /// The row within the exchange, from 0.
    public var index: Int
    /// The media that was asked about; nil for lists.
    public var mediaID: String?
    /// The field, dotted where nested.
    public var field: String
    /// What was expected, in words.
    public var reason: String
    /// The JSON type found: `string`, `number`, `boolean`, `object`, `array`, `null` or `absent`.
    public var jsonType: String
    /// Whether another row of the same answer, named before it, stands for it: what counts is the answer.
    public var isCollateral: Bool

    /// Makes a rejection.
    public init(
        partKey: String, line: Int, index: Int, mediaID: String? = nil, field: String, reason: String,
        jsonType: String, isCollateral: Bool = false
    ) {
        self.partKey = partKey
        self.line = line
        self.index = index
        self.mediaID = mediaID
        self.field = field
        self.reason = reason
        self.jsonType = jsonType
        self.isCollateral = isCollateral
    }
}

/// The row counts of one table in one commit; they must add up.
public struct TableLedger: Sendable, Equatable, Codable {
    /// Rows found in the commit's own inputs.
    public var read: Int
    /// Rows that are, or have been superseded, in the table: one per key.
    public var accepted: Int
    /// Further rows with a key that was accepted already.
    public var duplicate: Int
    /// Rows that could not be typed.
    public var quarantined: Int

    /// Makes counts.
    public init(read: Int = 0, accepted: Int = 0, duplicate: Int = 0, quarantined: Int = 0) {
        self.read = read
        self.accepted = accepted
        self.duplicate = duplicate
        self.quarantined = quarantined
    }

    /// Whether every row read is accounted for.
    public var addsUp: Bool { read == accepted + duplicate + quarantined }
}

/// What a silver table makes of some exchanges.
public struct SilverRows: Sendable, Equatable {
    /// The accepted rows, one per key, sorted by the table's key.
    public var batch: ColumnBatch
    /// The counts.
    public var ledger: TableLedger
    /// The rows that could not be typed, in input order.
    public var rejected: [RejectedRow]
    /// How often each field that we do not know occurred, by dotted name.
    public var unknownFields: [String: Int]

    /// Makes a result.
    public init(
        batch: ColumnBatch, ledger: TableLedger, rejected: [RejectedRow], unknownFields: [String: Int]
    ) {
        self.batch = batch
        self.ledger = ledger
        self.rejected = rejected
        self.unknownFields = unknownFields
    }
}
