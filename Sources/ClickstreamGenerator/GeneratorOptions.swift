public import HTTP

/// What a file is to hold.
public struct GeneratorOptions: Sendable {
    /// How the events are spelled.
    public var shape = EventShape.jsonLines
    /// The lines, repeats and odd ones included, a header not; 0…10,000,000.
    public var eventCount = 500_000
    /// Everything that looks random follows from this number.
    public var seed: UInt64 = 1
    /// The earliest moment of an event that is not late; 2025-12-08T04:15:02Z by default.
    public var start = Timestamp(microsecondsSinceEpoch: 1_765_167_302_000_000)
    /// Within how many seconds after the start the events happen, 0…31,622,400; with 0 all happen at once.
    public var spanSeconds = 20.0
    /// The products that events are about, 1…5,000,000; nil means 30 in JSON lines and 500 in REES46's shape.
    ///
    /// Which they are follows from this number alone, so files of different seeds are about the same products.
    public var productCount: Int?
    /// The share of lines that say again what an earlier line said, as it did or spelled otherwise; 0…1.
    public var repeatShare = 0.0
    /// The share of lines whose event happened earlier than its place in the file says; 0…1.
    public var lateShare = 0.0
    /// By how many seconds a late event is earlier at most; 1…315,576,000.
    public var lateSeconds = 3_600
    /// The share of lines that are not as they should be; 0…1.
    public var oddShare = 0.0

    /// 500,000 events within 20 seconds, none of them repeated, late or odd.
    public init() {}

    /// Refuses what cannot be made.
    ///
    /// - Throws: ``GeneratorError`` naming the option as the command line does.
    func check() throws(GeneratorError) {
        try Self.expect(eventCount, in: 0...10_000_000, "--events")
        try Self.expect(spanSeconds, in: 0...31_622_400, "--span-seconds")
        try Self.expect(productCount ?? 1, in: 1...5_000_000, "--products")
        try Self.expect(repeatShare, in: 0...1, "--repeat-share")
        try Self.expect(lateShare, in: 0...1, "--late-share")
        try Self.expect(lateSeconds, in: 1...315_576_000, "--late-seconds")
        try Self.expect(oddShare, in: 0...1, "--odd-share")
        // Years have four digits. Late events go back ten years at most, the span goes on for one.
        guard start >= Self.earliestStart, start <= Self.latestStart else {
            throw GeneratorError("--start \(start.iso8601) out of range: expected the years 1000 to 9000")
        }
        let (repeats, late, odd) = (count(repeatShare), count(lateShare), count(oddShare))
        guard repeats + late + odd <= eventCount else {
            throw GeneratorError(
                "\(repeats) repeated, \(late) late and \(odd) odd lines are more than the \(eventCount) of --events"
            )
        }
        guard repeats == 0 || repeats + odd < eventCount else {
            throw GeneratorError("with \(odd) odd lines of \(eventCount), \(repeats) have no line to repeat")
        }
    }

    /// How many lines a share is.
    func count(_ share: Double) -> Int {
        Int((share * Double(eventCount)).rounded())
    }

    private static let earliestStart = Timestamp(microsecondsSinceEpoch: -30_610_224_000_000_000)
    private static let latestStart = Timestamp(microsecondsSinceEpoch: 221_845_392_000_000_000)

    private static func expect<Value: Comparable>(
        _ value: Value, in range: ClosedRange<Value>, _ option: String
    ) throws(GeneratorError) {
        guard range.contains(value) else {
            throw GeneratorError(
                "\(option) \(value) out of range: expected \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
