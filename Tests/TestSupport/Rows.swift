package import JSON
package import Parquet
package import Tables

/// Parses a text that a test wrote and that therefore must be JSON.
package func withJSON(_ text: String, _ use: (JSONValue) -> Void) {
    do {
        try JSONParser().withDocument(Array(text.utf8)) { use($0) }
    } catch {
        preconditionFailure("\(error): \(text.prefix(200))")
    }
}

extension RowBuilder {
    /// Adds a line that a test wrote.
    package mutating func append(_ text: String, from origin: Origin) {
        withJSON(text) { append($0, from: origin) }
    }
}

extension ColumnBatch {
    /// One text a row: the values separated by `|`, null as `-`.
    package var lines: [String] {
        (0..<rowCount).map { row in columns.map { $0.text(row) }.joined(separator: "|") }
    }
}

extension ColumnVector {
    /// A row as text, null as `-`.
    package func text(_ row: Int) -> String {
        guard isValid(row) else { return "-" }
        return switch values {
        case .boolean(let slots): "\(slots[row])"
        case .int32(let slots): "\(slots[row])"
        case .int64(let slots): "\(slots[row])"
        case .float(let slots): "\(slots[row])"
        case .double(let slots): "\(slots[row])"
        case .bytes(let slots): String(decoding: slots.bytes[slots.range(row)], as: UTF8.self)
        }
    }
}

extension TypedRows {
    /// `index field: reason (type)` of each refused row.
    package var refusals: [String] {
        rejected.map { "\($0.index) \($0.field): \($0.reason) (\($0.jsonType))" }
    }
}
