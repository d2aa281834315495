import HTTP
import JSON

/// A second, slow reading of JSON lines: what a lake should make of each.
final class JSONReader {
    /// What is told apart, with numbers and moments by value.
    struct Row: Hashable {
        var microseconds: Int64
        var texts: [String?]
        var quantity: Int64?
        var price: Double?
    }

    enum Reading: Equatable {
        case row(Row)
        case unreadable
        case blank
    }

    private let parser = JSONParser()

    func read(_ line: [UInt8]) -> Reading {
        let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        if isBlank { return .blank }
        let row = try? parser.withDocument(line) { Self.row($0) }
        return row.flatMap { $0 }.map { .row($0) } ?? .unreadable
    }

    private static func row(_ root: JSONValue) -> Row? {
        guard root.object != nil else { return nil }
        var texts: [String?] = []
        for name in [
            "timestamp", "user_id", "session_id", "event_type", "product_id", "category", "search_query",
        ]
            as [StaticString]
        {
            guard let value = root.member(name), !value.isNull else {
                texts.append(nil)
                continue
            }
            guard let text = value.string else { return nil }
            texts.append(text.isEmpty ? nil : text)
        }
        guard let time = texts.removeFirst(), let moment = Timestamp(rfc3339: time),
            moment.date.components.year >= 2000,
            texts[0] != nil, texts[2] != nil
        else { return nil }
        var row = Row(microseconds: moment.microsecondsSinceEpoch, texts: texts)
        if let quantity = root.member("quantity"), !quantity.isNull {
            guard let number = quantity.int64, (1...Int64(Int32.max)).contains(number) else { return nil }
            row.quantity = number
        }
        if let price = root.member("price"), !price.isNull {
            guard let number = price.double, (0...1e9).contains(number) else { return nil }
            row.price = number
        }
        return row
    }
}
