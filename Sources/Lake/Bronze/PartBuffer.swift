public import HTTP

/// Lines that wait for their part.
public struct PartBuffer<Line: Sendable>: Sendable {
    /// Lines in a part at most; of a hundred records and 70 kB each they are some 7 MB before compression.
    static var linesMaximum: Int { 100 }
    /// Seconds between parts at most, so that a crash loses no more than that.
    static var secondsMaximum: Double { 60 }
    /// Bytes in a part at most, before compression.
    static var sizeBytesMaximum: Int { 32 << 20 }

    /// What kind of records they hold.
    public let stream: Stream
    /// What the source needs to know of each line.
    public private(set) var lines: [Line] = []
    /// The lines as they will lie in the part.
    private(set) var content: [UInt8] = []
    /// When the first line was added.
    private(set) var startedAt: Timestamp?

    /// Whether there are none.
    public var isEmpty: Bool { lines.isEmpty }

    /// Starts without lines.
    public init(stream: Stream) {
        self.stream = stream
    }

    /// Whether the lines are to be written now.
    public func isDue(at now: Timestamp) -> Bool {
        guard let startedAt else { return false }
        return lines.count >= Self.linesMaximum || content.count >= Self.sizeBytesMaximum
            || now.seconds(since: startedAt) >= Self.secondsMaximum
    }

    /// Adds a line.
    ///
    /// - Parameters:
    ///   - line: What the source needs to know of it.
    ///   - bytes: The line with its newline.
    ///   - now: The time.
    public mutating func append(_ line: Line, bytes: [UInt8], at now: Timestamp) {
        startedAt = startedAt ?? now
        content.append(contentsOf: bytes)
        lines.append(line)
    }

    /// Puts lines back that could not be written.
    public mutating func restore(_ earlier: PartBuffer) {
        lines = earlier.lines + lines
        content = earlier.content + content
        startedAt = earlier.startedAt
    }
}
