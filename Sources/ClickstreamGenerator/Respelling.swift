/// Other ways to say the same event in JSON.
enum Respelling: CaseIterable {
    /// The fields from the last to the first, without white space.
    case reversed
    /// The fields in order, without white space.
    case compact
    /// The fields from the middle on, with white space wherever JSON allows it and a carriage return at the end.
    case wide
    /// Without the fields that are null.
    case withoutNulls
    /// The time with `Z`, the quantity with a fraction of 0, the price with a further 0.
    case otherNumbers
    /// A letter of each identifier as an escape.
    case escaped

    func append(_ event: Event, to text: inout TextBuffer) {
        var line = LineFields(event)
        switch self {
        case .reversed:
            line.fields.reverse()
            line.append(to: &text, spacing: .compact)
        case .compact:
            line.append(to: &text, spacing: .compact)
        case .wide:
            line.fields = Array(line.fields[4...] + line.fields[..<4])
            line.append(to: &text, spacing: .wide)
        case .withoutNulls:
            line.fields.removeAll { $0.value == Array("null".utf8) }
            line.append(to: &text)
        case .otherNumbers:
            if let time = line["timestamp"] { line.set("timestamp", time.dropLast(7) + Array("Z\"".utf8)) }
            if event.type.hasPrice {
                line.set("quantity", "\(event.quantity).0")
                if let price = line["price"] { line.set("price", price + [UInt8(ascii: "0")]) }
            }
            line.append(to: &text)
        case .escaped:
            line.set("user_id", "\"\\u0075_\(event.user)\"")
            line.set("session_id", "\"s\\u005f\(event.session)\"")
            line.append(to: &text)
        }
    }
}
