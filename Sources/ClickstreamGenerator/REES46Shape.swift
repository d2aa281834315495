/// REES46's CSV: a header, then rows, each with a line feed.
struct REES46Shape: LineShape {
    private let productCount: Int
    private var row = REES46Row()

    init(productCount: Int) {
        self.productCount = productCount
    }

    var header: StaticString? { REES46Row.header }
    var endsLastLine: Bool { true }

    func event(at microsecondsSinceEpoch: Int64, _ random: inout SplitMix64) -> REES46Event {
        REES46Event(at: microsecondsSinceEpoch, productCount: productCount, &random)
    }

    mutating func append(_ event: REES46Event, to text: inout TextBuffer) {
        row.append(event, to: &text)
    }

    /// Puts every field into quotes, which change nothing (RFC 4180 §2).
    mutating func appendRespelled(
        _ event: REES46Event, to text: inout TextBuffer, _ random: inout SplitMix64
    ) {
        for (place, field) in row.fields(of: event).enumerated() {
            text.append(place > 0 ? ",\"" : "\"")
            text.append(field)
            text.append("\"")
        }
    }

    func appendOdd(
        _ event: REES46Event, number: Int, to text: inout TextBuffer, _ random: inout SplitMix64
    ) -> OddOutcome {
        let oddity = REES46OddRow.allCases[number % REES46OddRow.allCases.count]
        oddity.append(event, to: &text, &random)
        return oddity.outcome
    }
}
