import CSV
import JSON
import Lake
import Tables

/// Reads the lines of REES46's files: comma-separated values whose first line names the columns.
///
/// Their times are whole seconds, so equal rows are common and may be real. They are told from repeats by their number among
/// their equals in one file: the same file again gives the same numbers. https://rees46.com/en/datasets
struct REES46Transcoder: LineTranscoder {
    /// What the shop calls a member of an event.
    private static let names = [
        "event_time": "timestamp", "event_type": "event_type", "product_id": "product_id",
        "category_code": "category", "price": "price", "user_id": "user_id", "user_session": "session_id",
    ]
    private static let kinds: [String: Events.Kind] = [
        "view": .view, "cart": .cart, "remove_from_cart": .removal, "purchase": .purchase,
    ]

    private var header: [String]?
    /// How often a line of a hash came so far; the hash has a seed of this process, and no line is told from another by it alone
    /// within some 10¹⁰ lines.
    private var counts: [Int: Int] = [:]

    mutating func record(of line: UnsafeRawBufferPointer) throws(FieldError) -> [UInt8]? {
        guard let fields = CSVLine.fields(line) else {
            guard header != nil else {
                // Without a header no row can be told: each of them is refused.
                header = []
                return nil
            }
            throw FieldError("body", "must be a line of comma-separated values", found: nil, code: .json)
        }
        guard let header else {
            header = fields.map { String(decoding: $0, as: UTF8.self) }
            return nil
        }
        guard fields.count == header.count else {
            throw FieldError("body", "must have \(header.count) values", found: nil, code: .json)
        }
        guard fields.allSatisfy({ String(validating: $0, as: UTF8.self) != nil }) else {
            throw FieldError("body", "must be UTF-8", found: nil, code: .utf8)
        }
        // Rows are equals if what the key is made of is; a price is a number.
        var hasher = Hasher()
        for (name, field) in zip(header, fields) where Self.names[name] != nil {
            hasher.combine(name)
            if name == "price", let price = Double(String(decoding: field, as: UTF8.self)) {
                hasher.combine(price)
            } else {
                hasher.combine(field)
            }
        }
        let hash = hasher.finalize()
        counts[hash, default: 0] += 1
        var record = Array("{\"row_ordinal\":\(counts[hash] ?? 1)".utf8)
        for (name, field) in zip(header, fields) where !field.isEmpty {
            append(name, field, to: &record)
        }
        record.append(UInt8(ascii: "}"))
        return record
    }

    private func append(_ name: String, _ field: [UInt8], to record: inout [UInt8]) {
        record.append(UInt8(ascii: ","))
        JSONText.append(string: Array((Self.names[name] ?? name).utf8), to: &record)
        record.append(UInt8(ascii: ":"))
        if name == "price", isNumber(field) { return record.append(contentsOf: field) }
        guard name == "event_type", let kind = Self.kinds[String(decoding: field, as: UTF8.self)] else {
            return JSONText.append(string: field, to: &record)
        }
        record.append(contentsOf: "\"\(kind.rawValue)\"".utf8)
        // A row is a piece.
        if kind == .purchase { record.append(contentsOf: ",\"quantity\":1".utf8) }
    }

    /// Whether a text is a number as JSON writes it.
    private func isNumber(_ text: [UInt8]) -> Bool {
        (try? JSONParser().withDocument(text) { $0.kind == .number }) == true
    }
}

extension PartFormat {
    /// REES46's files.
    static let rees46 = PartFormat(transcoding: { REES46Transcoder() })
}
