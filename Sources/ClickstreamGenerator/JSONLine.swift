/// Spells events as Python's `json.dumps` does: nine fields, always in this order, absent values as null.
struct JSONLine {
    private var clock = SecondClock(separator: "T")

    mutating func append(_ event: Event, to text: inout TextBuffer) {
        text.append("{\"timestamp\": ")
        append(time: event.microsecondsSinceEpoch, to: &text)
        text.append(", \"user_id\": \"u_")
        text.append(number: event.user, digitCount: 5)
        text.append("\", \"session_id\": \"s_")
        text.append(number: event.session, digitCount: 5)
        text.append("\", \"event_type\": \"")
        text.append(event.type.text)
        guard event.type.hasProduct else {
            text.append(
                "\", \"product_id\": null, \"quantity\": null, \"price\": null, \"category\": null, \"search_query\": \""
            )
            text.append(event.query.text)
            text.append("\"}")
            return
        }
        text.append("\", \"product_id\": \"p_")
        text.append(number: event.product)
        if event.type.hasPrice {
            text.append("\", \"quantity\": ")
            text.append(number: event.quantity)
            text.append(", \"price\": ")
            Self.append(cents: event.priceCents, to: &text)
            text.append(", \"category\": \"")
        } else {
            text.append("\", \"quantity\": null, \"price\": null, \"category\": \"")
        }
        text.append(event.category.text)
        text.append("\", \"search_query\": null}")
    }

    /// As `isoformat()` of a time in UTC, in quotes: six digits of a second, or none if all are 0.
    mutating func append(time microsecondsSinceEpoch: Int64, to text: inout TextBuffer) {
        text.append("\"")
        clock.append(microsecondsSinceEpoch, to: &text)
        let fraction = SecondClock.fraction(microsecondsSinceEpoch)
        if fraction > 0 {
            text.append(".")
            text.append(number: fraction, digitCount: 6)
        }
        text.append("+00:00\"")
    }

    /// As `repr` of a float: without a last 0, but with one digit at least.
    static func append(cents: Int, to text: inout TextBuffer) {
        text.append(number: cents / 100)
        text.append(".")
        if cents % 10 == 0 {
            text.append(number: cents / 10 % 10)
        } else {
            text.append(number: cents % 100, digitCount: 2)
        }
    }
}
