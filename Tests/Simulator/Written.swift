import Foundation

/// What the layers' commits say, read from their JSON and not with the code that wrote it.
enum Written {
    /// Bronze's commit.
    struct Bronze: Decodable {
        struct Part: Decodable {
            var stream: String
            var key: String
            var etag: String
            var size: Int
            var lines: Int
            var rows: Int
        }

        struct Counts: Decodable {
            var requests: Int
            var rowsAnswered: Int
            var rowsInParts: Int

            enum CodingKeys: String, CodingKey {
                case requests
                case rowsAnswered = "rows_answered"
                case rowsInParts = "rows_in_parts"
            }
        }

        var version: Int
        var runID: String
        var extractionDate: String
        var parts: [Part]
        var ledger: [String: Counts]
        var complete: [String]
        var skipped: [String]
        var cursor: Cursor

        var isFullCrawl: Bool { complete == ["visitors"] }

        enum CodingKeys: String, CodingKey {
            case version, parts, ledger, complete, skipped, cursor
            case runID = "run_id"
            case extractionDate = "extraction_date"
        }
    }

    /// What a crawl remembers.
    struct Cursor: Decodable {
        var runStart: String?
        var watermark: String?
        var lastFullCrawl: String?

        enum CodingKeys: String, CodingKey {
            case watermark
            case runStart = "run_start"
            case lastFullCrawl = "last_full_crawl"
        }
    }

    /// Bronze's state.
    struct State: Decodable {
        var commit: String
        var runID: String
        var cursor: Cursor

        enum CodingKeys: String, CodingKey {
            case commit, cursor
            case runID = "run_id"
        }
    }

    /// The counts of a table.
    struct Ledger: Decodable {
        var read: Int
        var accepted: Int
        var duplicate: Int
        var quarantined: Int
    }

    /// Silver's commit.
    struct Silver: Decodable {
        struct Output: Decodable {
            var table: String
            var key: String
            var rows: Int
        }

        struct Refusal: Decodable {
            var table: String
        }

        var version: Int
        var outputs: [Output]
        var ledger: [String: Ledger]
        var complete: [String: Reading]
        var refused: Refusal?
    }

    /// What silver's commit tells of a complete reading.
    struct Reading: Decodable {
        var since: String
        var rows: Int
    }

    /// Gold's commit.
    struct Gold: Decodable {
        struct Output: Decodable {
            var table: String
            var key: String
        }

        var version: Int
        var outputs: [Output]
        var ledger: [String: Ledger]
    }
}
