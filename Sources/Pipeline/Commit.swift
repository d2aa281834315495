public import Datasets
import Foundation

/// The manifest that makes a bronze run's parts count.
public struct BronzeCommit: Codable, Sendable, Equatable {
    /// One part of the run.
    public struct Part: Codable, Sendable, Equatable {
        /// The kind of record that it holds.
        public var stream: Stream
        /// The object's key.
        public var key: String
        /// The object's ETag with its quotes; silver reads this version or fails.
        public var etag: String
        /// How many API exchanges, one a line.
        public var requests: Int
        /// How many records the exchanges hold.
        public var rows: Int
        /// Which pages of the crawl it covers, such as `1-100`; nil where a stream has no pages or the part has none.
        public var pages: String?
        /// Which pages of the closing lap it covers; nil as for ``pages``.
        public var lapPages: String?

        enum CodingKeys: String, CodingKey {
            case stream, key, etag, requests, rows, pages
            case lapPages = "lap_pages"
        }
    }

    /// The counts of one stream.
    public struct StreamLedger: Codable, Sendable, Equatable {
        /// How many answers were kept.
        public var requests: Int
        /// How many records the answers held when they came.
        public var rowsAnswered: Int
        /// How many records the parts hold, counted from their bytes.
        public var rowsInParts: Int

        enum CodingKeys: String, CodingKey {
            case requests
            case rowsAnswered = "rows_answered"
            case rowsInParts = "rows_in_parts"
        }
    }

    /// A media that the API would not tell about.
    public struct FailedMedia: Codable, Sendable, Equatable {
        /// The media's hashed id.
        public var mediaID: String
        /// What was asked for.
        public var stream: Stream
        /// The HTTP status.
        public var status: Int

        enum CodingKeys: String, CodingKey {
            case mediaID = "media_id"
            case stream, status
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
    /// When the run's first visitors answer was given, by the server's clock.
    public var runStart: String
    /// Whether every visitor was asked for, not only the recently active.
    public var isFullCrawl: Bool
    /// Up to when visitors' activity is known without a gap; nil before the first visitor.
    public var watermark: String?
    /// The extraction date of the last full crawl, this one included.
    public var lastFullCrawl: String?
    /// How many pages of visitors the last full crawl found, this one included; nil before the first, and where none said so.
    public var visitorPageCount: Int?
    /// The parts in the order in which they are to be read.
    public var parts: [Part]
    /// The counts by stream.
    public var ledger: [String: StreamLedger]
    /// The media that could not be read.
    public var failedMedia: [FailedMedia]
    /// How often fields that we do not know occurred, by stream and dotted name.
    public var unknownFields: [String: [String: Int]]

    enum CodingKeys: String, CodingKey {
        case version, source, watermark, parts, ledger
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case runStart = "run_start"
        case isFullCrawl = "is_full_crawl"
        case lastFullCrawl = "last_full_crawl"
        case visitorPageCount = "visitor_page_count"
        case failedMedia = "failed_media"
        case unknownFields = "unknown_fields"
    }
}

/// The record that a silver run is done.
public struct SilverCommit: Codable, Sendable, Equatable {
    /// The record's format.
    public var version = formatVersion
    /// The source's name.
    public var source: String
    /// The run's id.
    public var runID: String
    /// The extraction date.
    public var extractionDate: String
    /// The bronze commit that was typed.
    public var bronzeCommit: String
    /// The counts by table, from the bronze commit's own parts.
    public var ledger: [String: TableLedger]
    /// How often fields that we do not know occurred, by table and dotted name.
    public var unknownFields: [String: [String: Int]]
    /// The keys of the quarantined rows, by table.
    public var quarantine: [String: String]
    /// When the first answer with visitors had arrived; nil when there was none, and in commits of older releases.
    public var visitorsSince: String?

    enum CodingKeys: String, CodingKey {
        case version, source, ledger, quarantine
        case visitorsSince = "visitors_since"
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case bronzeCommit = "bronze_commit"
        case unknownFields = "unknown_fields"
    }
}

/// The record that a gold run is done.
///
/// It holds only what follows from the silver commit: figures of the tables depend on what else silver held by then, so a
/// replay in another order would give other bytes. They are logged and returned.
public struct GoldCommit: Codable, Sendable, Equatable {
    /// The record's format.
    public var version = formatVersion
    /// The source's name.
    public var source: String
    /// The run's id.
    public var runID: String
    /// The extraction date.
    public var extractionDate: String
    /// The silver commit that was answered.
    public var silverCommit: String
    /// By silver table: the rows that the silver commit accepted and gold found there.
    ///
    /// Cells are not in it, since a shorter answer of the same day may have replaced them.
    public var ledger: [String: TableLedger]
    /// The tables that were computed.
    public var tables: [String]

    enum CodingKeys: String, CodingKey {
        case version, source, ledger, tables
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case silverCommit = "silver_commit"
    }
}

/// Small JSON objects with sorted names, so that equal values are equal bytes.
enum ObjectJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// Decodes an object of ours.
    ///
    /// - Throws: ``PipelineError`` that names the object: ``PipelineError/unknownFormat(resource:found:known:)`` when another
    ///   release wrote it in a format that this one does not know, else that it is not what we write.
    static func decode<Value: FormattedObject>(_ type: Value.Type, from bytes: [UInt8], of resource: String)
        throws -> Value
    {
        let decoder = JSONDecoder()
        // The version comes first: fields of another format may have other types, or the same and another meaning.
        if let found = try? decoder.decode(FormatVersion.self, from: Data(bytes)).version,
            found != Value.formatVersion
        {
            throw PipelineError.unknownFormat(resource: resource, found: found, known: Value.formatVersion)
        }
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw PipelineError.unreadableObject(
                resource: resource, expected: "\(type)", cause: cause(of: error))
        }
    }

    /// The decoder's words in one short line.
    private static func cause(of error: any Error) -> String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "it has no \(name(context.codingPath + [key]))"
        case .valueNotFound(_, let context), .typeMismatch(_, let context):
            return "\(name(context.codingPath)) is null or of another type"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "\(name(context.codingPath)) cannot be read"
        default: return "the JSON is cut or damaged"
        }
    }

    private struct FormatVersion: Decodable {
        var version: Int
    }
}

/// An object of ours that says in `version` which format it has.
///
/// The number goes up when a field changes its meaning or its type, or is added and may not be passed over.
protocol FormattedObject: Codable {
    /// The only format that this code writes and reads.
    static var formatVersion: Int { get }
}

extension BronzeCommit: FormattedObject { static let formatVersion = 1 }
extension SilverCommit: FormattedObject { static let formatVersion = 1 }
extension GoldCommit: FormattedObject { static let formatVersion = 1 }
extension BronzeState: FormattedObject { static let formatVersion = 1 }
extension Continuation: FormattedObject { static let formatVersion = 1 }
