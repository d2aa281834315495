/// JSON lines of nine fields, without a line feed after the last.
struct JSONLinesShape: LineShape {
    private let catalogue: ProductCatalogue
    private var line = JSONLine()

    init(productCount: Int) {
        catalogue = ProductCatalogue(productCount: productCount)
    }

    var header: StaticString? { nil }
    var endsLastLine: Bool { false }

    func event(at microsecondsSinceEpoch: Int64, _ random: inout SplitMix64) -> Event {
        Event(at: microsecondsSinceEpoch, of: catalogue, &random)
    }

    mutating func append(_ event: Event, to text: inout TextBuffer) {
        line.append(event, to: &text)
    }

    func appendRespelled(_ event: Event, to text: inout TextBuffer, _ random: inout SplitMix64) {
        random.element(of: Respelling.allCases).append(event, to: &text)
    }

    func appendOdd(
        _ event: Event, number: Int, to text: inout TextBuffer, _ random: inout SplitMix64
    ) -> OddOutcome {
        let oddity = OddLine.allCases[number % OddLine.allCases.count]
        oddity.append(event, to: &text, &random)
        return oddity.outcome
    }
}
