import AWS
import HTTP

/// The manifest that makes a bronze run's parts count.
///
/// Version 2. Version 1, of the first release, is read too: bronze's commits are never replaced.
public struct BronzeCommit: Codable, Sendable, Equatable {
    /// One part of the run.
    public struct Part: Codable, Sendable, Equatable {
        /// The kind of record that it holds.
        public var stream: Stream
        /// The object's key.
        public var key: String
        /// The object's ETag with its quotes; silver reads this version or fails.
        public var etag: String
        /// Its size; nil in version 1.
        public var sizeBytes: Int?
        /// How many lines it has.
        public var lines: Int
        /// How many records the lines hold.
        public var rows: Int

        /// Names a part.
        ///
        /// - Parameters:
        ///   - part: The part.
        ///   - rows: How many records its lines hold.
        public init<Line>(_ part: StoredPart<Line>, rows: Int) {
            self.init(
                stream: part.stream, key: part.key, etag: part.etag.value, sizeBytes: part.sizeBytes,
                lines: part.lines.count, rows: rows)
        }

        init(stream: Stream, key: String, etag: String, sizeBytes: Int? = nil, lines: Int, rows: Int) {
            self.stream = stream
            self.key = key
            self.etag = etag
            self.sizeBytes = sizeBytes
            self.lines = lines
            self.rows = rows
        }

        enum CodingKeys: String, CodingKey {
            case stream, key, etag, lines, rows
            case sizeBytes = "size"
        }
    }

    /// The counts of one stream.
    public struct StreamLedger: Codable, Sendable, Equatable {
        /// How many answers were kept.
        public var requests: Int
        /// How many records the answers held when they came.
        public var rowsAnswered: Int
        /// How many records the parts hold.
        public var rowsInParts: Int

        /// Makes counts.
        public init(requests: Int, rowsAnswered: Int, rowsInParts: Int) {
            self.requests = requests
            self.rowsAnswered = rowsAnswered
            self.rowsInParts = rowsInParts
        }

        enum CodingKeys: String, CodingKey {
            case requests
            case rowsAnswered = "rows_answered"
            case rowsInParts = "rows_in_parts"
        }
    }

    /// A subject that the source would not tell about.
    public struct Failure: Codable, Sendable, Equatable {
        /// What was asked about.
        public var subject: String
        /// What was asked for.
        public var stream: Stream
        /// The HTTP status.
        public var status: Int

        /// Names a subject.
        public init(subject: String, stream: Stream, status: Int) {
            self.subject = subject
            self.stream = stream
            self.status = status
        }
    }

    /// The manifest's format.
    public var version = formatVersion
    /// The source's name.
    public var source: String
    /// The run's id.
    public var runID: String
    /// The extraction date.
    public var extractionDate: String
    /// The parts in the order in which they are to be read.
    public var parts: [Part]
    /// The counts by stream.
    public var ledger: [String: StreamLedger]
    /// The streams of which everything was read: what they lack was deleted.
    public var complete: [Stream]
    /// The subjects that could not be read.
    public var failed: [Failure]
    /// The streams that were left out, in part or whole: they only tell of now, and the run stands for a day that is over.
    public var skipped: [Stream]
    /// What the source remembers for its next run.
    public var cursor: Cursor
    /// The landed file whose run this is; nil of runs that asked for their records.
    ///
    /// It does not name what it supersedes: that would take a listing of the key's versions for every file.
    public var landed: LandedFile?

    /// The run.
    var run: Run {
        Run(
            source: source, id: runID,
            extractionDate: UTCDate(extractionDate) ?? UTCDate(daysSinceEpoch: 0))
    }

    init(run: Run, reading: Reading, landed: LandedFile? = nil) {
        source = run.source
        runID = run.id
        extractionDate = run.extractionDate.description
        parts = reading.parts
        ledger = reading.ledger
        complete = reading.complete
        failed = reading.failed
        skipped = reading.skipped
        cursor = reading.cursor
        self.landed = landed
    }

    enum CodingKeys: String, CodingKey {
        case version, source, parts, ledger, complete, failed, skipped, cursor, landed
        case runID = "run_id"
        case extractionDate = "extraction_date"
    }

    /// Reads a commit of either version.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        source = try container.decode(String.self, forKey: .source)
        runID = try container.decode(String.self, forKey: .runID)
        extractionDate = try container.decode(String.self, forKey: .extractionDate)
        ledger = try container.decode([String: StreamLedger].self, forKey: .ledger)
        guard try container.decode(Int.self, forKey: .version) > 1 else {
            let first = try FirstVersion(from: decoder)
            parts = first.parts
            complete = first.complete
            failed = first.failed
            skipped = []
            cursor = first.cursor
            return
        }
        parts = try container.decode([Part].self, forKey: .parts)
        complete = try container.decode([Stream].self, forKey: .complete)
        failed = try container.decode([Failure].self, forKey: .failed)
        skipped = try container.decode([Stream].self, forKey: .skipped)
        cursor = try container.decode(Cursor.self, forKey: .cursor)
        landed = try container.decodeIfPresent(LandedFile.self, forKey: .landed)
    }

    /// What version 1 said in other words.
    ///
    /// It had one source, and one stream of which a run could read everything.
    private struct FirstVersion: Decodable {
        var parts: [Part]
        var complete: [Stream]
        var failed: [Failure]
        var cursor: Cursor

        private struct FirstPart: Decodable {
            var stream: Stream
            var key: String
            var etag: String
            var requests: Int
            var rows: Int
        }

        private struct FailedMedia: Decodable {
            var mediaID: String
            var stream: Stream
            var status: Int

            enum CodingKeys: String, CodingKey {
                case mediaID = "media_id"
                case stream, status
            }
        }

        private enum CodingKeys: String, CodingKey {
            case parts
            case isFullCrawl = "is_full_crawl"
            case failedMedia = "failed_media"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            parts = try container.decode([FirstPart].self, forKey: .parts).map {
                Part(stream: $0.stream, key: $0.key, etag: $0.etag, lines: $0.requests, rows: $0.rows)
            }
            complete = try container.decode(Bool.self, forKey: .isFullCrawl) ? ["visitors"] : []
            failed = try container.decode([FailedMedia].self, forKey: .failedMedia).map {
                Failure(subject: $0.mediaID, stream: $0.stream, status: $0.status)
            }
            cursor = try FirstCursor.cursor(from: decoder)
        }
    }
}

/// The cursor of version 1, which stood among the other members.
enum FirstCursor {
    private static let names: Set<String> = [
        "run_start", "watermark", "last_full_crawl", "visitor_page_count",
    ]

    static func cursor(from decoder: any Decoder) throws -> Cursor {
        let members = try decoder.singleValueContainer().decode([String: JSONTree].self)
        return Cursor(.object(members.filter { names.contains($0.key) && $0.value != .null }))
    }
}
