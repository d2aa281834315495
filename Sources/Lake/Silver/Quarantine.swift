import Foundation
import Tables

/// The list of a run's rows that could not be typed: JSON lines in gzip.
enum Quarantine {
    private struct Line: Encodable {
        var part: String
        var line: Int
        var index: Int
        var field: String
        var reason: String
        var found: String
        var code: FieldError.Code
    }

    /// Encodes the rows in order; the same rows give the same bytes.
    static func encode(_ rows: [RejectedRow]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var content: [UInt8] = []
        for row in rows {
            let line = Line(
                part: row.partKey, line: row.line, index: row.index, field: row.field, reason: row.reason,
                found: row.jsonType, code: row.code)
            content.append(contentsOf: try encoder.encode(line))
            content.append(UInt8(ascii: "\n"))
        }
        return try Gzip.compress(content)
    }
}
