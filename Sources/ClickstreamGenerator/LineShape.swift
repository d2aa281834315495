/// What the making of a file needs of a shape of events.
protocol LineShape {
    /// What a line says, before it is spelled.
    associatedtype Event

    /// The first line; nil for none.
    var header: StaticString? { get }
    /// Whether the last line ends with a line feed as the others do.
    var endsLastLine: Bool { get }

    /// Draws an event.
    func event(at microsecondsSinceEpoch: Int64, _ random: inout SplitMix64) -> Event

    /// Spells an event as usual.
    mutating func append(_ event: Event, to text: inout TextBuffer)

    /// Spells an event in another way that says the same.
    mutating func appendRespelled(_ event: Event, to text: inout TextBuffer, _ random: inout SplitMix64)

    /// Makes an odd line of an event. The oddities come in turn: `number` counts the odd lines of the file from 0.
    mutating func appendOdd(
        _ event: Event, number: Int, to text: inout TextBuffer, _ random: inout SplitMix64
    ) -> OddOutcome
}
