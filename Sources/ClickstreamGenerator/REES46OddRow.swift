/// The ways in which a row of REES46's shape can be odd.
enum REES46OddRow: CaseIterable {
    /// The row ends early, as when its writer was killed.
    case cut
    /// A type of event that nobody has heard of.
    case unknownType
    /// Text where the price is due.
    case wrongType
    /// Nothing at all, not even a comma.
    case blank
    /// No user, time or type.
    case missingField
    /// The product and the price in quotes, which change nothing.
    case quoted
    /// A time that is none.
    case invalidTime
    /// A price below 0 or beyond any price.
    case priceOutOfRange
    /// A time before there was such a shop.
    case timeOutOfRange
    /// Text that is no UTF-8.
    case invalidText
    /// A comma in the brand without quotes around it: what follows is a column too far on.
    case shifted

    /// What a lake should do with it.
    var outcome: OddOutcome {
        switch self {
        case .unknownType, .quoted: .kept
        case .blank: .skipped
        case .cut, .wrongType, .missingField, .invalidTime, .priceOutOfRange, .timeOutOfRange, .invalidText,
            .shifted:
            .quarantined
        }
    }

    /// Spells an event oddly.
    func append(_ event: REES46Event, to text: inout TextBuffer, _ random: inout SplitMix64) {
        var spelling = REES46Row()
        var fields = spelling.fields(of: event)
        func set(_ column: Column, _ value: String) { fields[column.rawValue] = Array(value.utf8) }
        switch self {
        // The user is the last field but one. A row that lacks only the session could pass for an event without one.
        case .cut: fields.removeLast(2 + random.below(fields.count - 2))
        case .unknownType: set(.type, random.element(of: ["wishlist", "VIEW", "refund"]))
        case .wrongType: set(.price, random.element(of: ["abc", "1.2.3", "n/a"]))
        case .blank: fields = []
        case .missingField: set(random.element(of: [.time, .type, .user]), "")
        case .quoted:
            for column in [Column.product, .price] {
                let quote = [UInt8(ascii: "\"")]
                fields[column.rawValue] = quote + fields[column.rawValue] + quote
            }
        case .invalidTime:
            set(
                .time,
                random.element(of: [
                    "yesterday", "2019-13-01 00:00:00 UTC", "2019-10-01 24:00:00 UTC", "2019-10-01",
                ]))
        case .priceOutOfRange: set(.price, random.element(of: ["-5.00", "10000000000.00"]))
        case .timeOutOfRange: set(.time, "1999-12-31 23:59:59 UTC")
        case .invalidText: fields[Column.brand.rawValue] = [0xC3, 0x28]
        case .shifted: set(.brand, "smith, jones")
        }
        for (place, field) in fields.enumerated() {
            if place > 0 { text.append(",") }
            text.append(field)
        }
    }

    private enum Column: Int {
        case time = 0
        case type = 1
        case product = 2
        case brand = 5
        case price = 6
        case user = 7
    }
}
