/// Spells events as the rows of REES46's CSV files.
struct REES46Row {
    static let header: StaticString =
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"

    private var clock = SecondClock(separator: " ")

    mutating func append(_ event: REES46Event, to text: inout TextBuffer) {
        clock.append(event.microsecondsSinceEpoch, to: &text)
        text.append(" UTC,")
        text.append(event.type.text)
        text.append(",")
        text.append(number: event.product.number)
        text.append(",")
        text.append(event.product.category.id)
        text.append(",")
        text.append(event.product.category.code)
        text.append(",")
        text.append(event.product.brand)
        text.append(",")
        text.append(number: event.product.priceCents / 100)
        text.append(".")
        text.append(number: event.product.priceCents % 100, digitCount: 2)
        text.append(",")
        text.append(number: event.user)
        text.append(",")
        text.append(hexadecimal: event.session.high >> 32, digitCount: 8)
        text.append("-")
        text.append(hexadecimal: event.session.high >> 16, digitCount: 4)
        text.append("-")
        text.append(hexadecimal: event.session.high, digitCount: 4)
        text.append("-")
        text.append(hexadecimal: event.session.low >> 48, digitCount: 4)
        text.append("-")
        text.append(hexadecimal: event.session.low, digitCount: 12)
    }

    /// The row's fields in the header's order.
    mutating func fields(of event: REES46Event) -> [[UInt8]] {
        var text = TextBuffer()
        append(event, to: &text)
        return text.bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(
            Array.init)
    }
}
