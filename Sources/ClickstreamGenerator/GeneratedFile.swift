internal import HTTP

/// A file of made-up events.
///
/// The same options give the same bytes, on every machine and in every run.
public struct GeneratedFile: Sendable {
    /// The file's text: UTF-8 but for odd lines that are not meant to be.
    public let text: [UInt8]
    /// How many of its lines are what.
    public let counts: LineCounts

    /// Makes a file.
    ///
    /// - Parameter options: What it is to hold.
    /// - Throws: ``GeneratorError`` when the options are out of range or ask for more lines than there are.
    public init(_ options: GeneratorOptions) throws(GeneratorError) {
        try options.check()
        switch options.shape {
        case .jsonLines: self.init(options, JSONLinesShape(productCount: options.productCount ?? 30))
        case .rees46: self.init(options, REES46Shape(productCount: options.productCount ?? 500))
        }
    }

    /// The file as gzip, of one member.
    ///
    /// - Returns: The compressed bytes, the same for the same text.
    /// - Throws: ``GeneratorError`` when there is no memory left.
    public func gzipped() throws(GeneratorError) -> [UInt8] {
        guard let compressed = Gzip.compress(text) else {
            throw GeneratorError("there is no memory left for gzip")
        }
        return compressed
    }

    private init(_ options: GeneratorOptions, _ shape: some LineShape) {
        var shape = shape
        var text = TextBuffer()
        text.bytes.reserveCapacity(options.eventCount * 240 + 256)
        var counts = LineCounts()
        counts.events = options.eventCount
        if let header = shape.header {
            text.append(header)
            text.append("\n")
        }

        var times = Self.times(options)
        var plan = LinePlan(options)
        // Where an event can be repeated: the lines that tell new ones.
        var newLines: [Int] = []
        for line in 0..<options.eventCount {
            if line > 0 { text.append("\n") }
            var random = SplitMix64(seed: options.seed, purpose: .event, index: line)
            switch plan.next() {
            case .ordinary:
                newLines.append(line)
                shape.append(shape.event(at: times[line], &random), to: &text)
            case .late:
                newLines.append(line)
                counts.late += 1
                var lateness = SplitMix64(seed: options.seed, purpose: .lateness, index: line)
                times[line] -= 1 + Int64(lateness.below(options.lateSeconds * 1_000_000))
                shape.append(shape.event(at: times[line], &random), to: &text)
            case .repeated:
                counts.repeats += 1
                var spelling = SplitMix64(seed: options.seed, purpose: .repeated, index: line)
                let original = newLines[spelling.below(newLines.count)]
                random = SplitMix64(seed: options.seed, purpose: .event, index: original)
                let event = shape.event(at: times[original], &random)
                if spelling.below(2) == 0 {
                    shape.append(event, to: &text)
                } else {
                    shape.appendRespelled(event, to: &text, &spelling)
                }
            case .odd:
                var oddity = SplitMix64(seed: options.seed, purpose: .odd, index: line)
                let event = shape.event(at: times[line], &random)
                counts.count(shape.appendOdd(event, number: counts.odd, to: &text, &oddity))
            }
        }
        if shape.endsLastLine, options.eventCount > 0 { text.append("\n") }
        self.text = text.bytes
        self.counts = counts
    }

    /// When the event of each line happens, in microseconds since 1970 and in order.
    private static func times(_ options: GeneratorOptions) -> [Int64] {
        var random = SplitMix64(seed: options.seed, purpose: .time)
        let start = options.start.microsecondsSinceEpoch
        let span = options.spanSeconds * 1_000_000
        var times = (0..<options.eventCount).map { _ in start + Int64(random.unit() * span) }
        times.sort()
        return times
    }
}
