/// The ways in which a JSON line can be odd.
enum OddLine: CaseIterable {
    /// The line ends early, as when its writer was killed.
    case cut
    /// A type of event that nobody has heard of.
    case unknownType
    /// A string, list, object or fraction where a number is due, or another type where a string is.
    case wrongType
    /// Nothing, or nothing but white space.
    case blank
    /// No user, time or type: the field is absent, null or empty.
    case missingField
    /// A field that nobody has heard of.
    case unknownField
    /// A time that is none.
    case invalidTime
    /// A quantity of 0, below it, or beyond 64 bits.
    case quantityOutOfRange
    /// The same moment in another spelling of RFC 3339.
    case otherTime
    /// A price below 0 or beyond any price.
    case priceOutOfRange
    /// A page view without product, or something in a cart without price.
    case incomplete
    /// JSON, but no object of fields.
    case noObject
    /// A time before there was such a shop.
    case timeOutOfRange
    /// A field twice, of which the last counts.
    case fieldTwice
    /// Text that is no UTF-8, or half of a surrogate pair.
    case invalidText
    /// A number that JSON does not know.
    case notANumber
    /// Two objects on one line.
    case twoObjects

    /// What a lake should do with it.
    var outcome: OddOutcome {
        switch self {
        case .unknownType, .unknownField, .otherTime, .incomplete, .fieldTwice: .kept
        case .blank: .skipped
        case .cut, .wrongType, .missingField, .invalidTime, .quantityOutOfRange, .priceOutOfRange, .noObject,
            .timeOutOfRange, .invalidText, .notANumber, .twoObjects:
            .quarantined
        }
    }

    /// Spells an event oddly; its type becomes one that the oddity needs.
    func append(_ original: Event, to text: inout TextBuffer, _ random: inout SplitMix64) {
        var event = original
        switch self {
        case .wrongType, .quantityOutOfRange, .priceOutOfRange, .notANumber: event.type = .purchase
        case .incomplete: event.type = random.element(of: [.pageView, .purchase])
        case .invalidText: event.type = .search
        default: break
        }
        var line = LineFields(event)
        switch self {
        case .cut:
            var whole = TextBuffer()
            line.append(to: &whole)
            text.append(Array(whole.bytes.prefix(1 + random.below(whole.bytes.count - 1))))
            return
        case .blank:
            text.append(random.element(of: [[], Array("\r".utf8), Array("   \t".utf8)]))
            return
        case .noObject:
            text.append(
                Array(
                    random.element(of: ["[]", "null", "42", "\"text\"", "[{\"user_id\": \"u_10000\"}]"]).utf8)
            )
            return
        case .twoObjects:
            line.append(to: &text)
            text.append(" ")
        case .unknownType:
            line.set(
                "event_type",
                random.element(of: ["\"checkout_started\"", "\"PURCHASE\"", "\"wishlist_add\""]))
        case .wrongType:
            let (name, value) = random.element(of: [
                ("quantity", "\"3\""), ("quantity", "2.5"), ("price", "\"29.99\""),
                ("price", "{\"amount\": 3}"), ("price", "[1]"), ("price", "true"), ("session_id", "12345"),
                ("user_id", "[\"u_10000\"]"),
            ])
            line.set(name, value)
        case .missingField:
            let name = random.element(of: ["user_id", "timestamp", "event_type"])
            switch random.below(3) {
            case 0: line.remove(name)
            case 1: line.set(name, "null")
            default: line.set(name, "\"\"")
            }
        case .unknownField:
            let place = random.below(line.fields.count + 1)
            let value = random.element(of: ["{\"source\": \"mail\"}", "[1, 2]", "\"a\\\"b\"", "1.50"])
            line.fields.insert(LineFields.Field(name: "campaign", value: Array(value.utf8)), at: place)
        case .invalidTime:
            line.set(
                "timestamp",
                random.element(of: [
                    "\"yesterday\"", "\"2025-12-08\"", "\"2025-13-08T04:15:02Z\"", "\"2025-12-08T24:00:00Z\"",
                    "\"2025-02-29T04:15:02Z\"", "\"2025-12-08T04:15:61Z\"", "true",
                ]))
        case .quantityOutOfRange:
            line.set("quantity", random.element(of: ["0", "-1", "9223372036854775808"]))
        case .otherTime:
            line.set("timestamp", Self.respelledTime(of: event, &random))
        case .priceOutOfRange:
            line.set("price", random.element(of: ["-5", "-0.01", "1e10", "123456789012345678901234567890"]))
        case .incomplete:
            line.set(event.type == .pageView ? "product_id" : "price", "null")
        case .timeOutOfRange:
            line.set("timestamp", "\"1999-12-31T23:59:59.999999+00:00\"")
        case .fieldTwice:
            line.fields.insert(
                LineFields.Field(name: "user_id", value: Array("\"u_1\"".utf8)), at: random.below(2))
        case .invalidText:
            if random.below(2) == 0 {
                line.set("search_query", [0x22, 0xC3, 0x28, 0x22])
            } else {
                line.set("search_query", "\"\\ud800\"")
            }
        case .notANumber:
            line.set("price", random.element(of: ["NaN", "Infinity", "029.99", ".5"]))
        }
        line.append(to: &text)
    }

    /// The moment with `Z`, in lower case with a space, or as a clock two hours ahead shows it.
    private static func respelledTime(of event: Event, _ random: inout SplitMix64) -> [UInt8] {
        var clock = JSONLine()
        var text = TextBuffer()
        switch random.below(3) {
        case 0:
            clock.append(time: event.microsecondsSinceEpoch, to: &text)
            return text.bytes.dropLast(7) + Array("Z\"".utf8)
        case 1:
            clock.append(time: event.microsecondsSinceEpoch, to: &text)
            let lowered = text.bytes.map { $0 == UInt8(ascii: "T") ? UInt8(ascii: " ") : $0 }
            return lowered.dropLast(7) + Array("z\"".utf8)
        default:
            clock.append(time: event.microsecondsSinceEpoch + 7_200_000_000, to: &text)
            return text.bytes.dropLast(7) + Array("+02:00\"".utf8)
        }
    }
}
