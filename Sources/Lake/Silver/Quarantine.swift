import Foundation
import Tables

/// The list of a run's rows that could not be typed: JSON lines in gzip.
enum Quarantine {
    /// Encodes the rows in order; the same rows give the same bytes.
    static func encode(_ rows: [RejectedRow]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var content: [UInt8] = []
        for row in rows {
            content.append(contentsOf: try encoder.encode(row))
            content.append(UInt8(ascii: "\n"))
        }
        return try Gzip.compress(content)
    }
}
