import Digest
public import HTTP

/// One pass of the layers for one source.
public struct Run: Sendable, Hashable {
    /// The source's name, the first part of every key below a prefix.
    public var source: String
    /// `<event time, YYYYMMDD>T<HHMMSS>Z-<8 hex>`: the same event, delivered again, has the same id.
    public var id: String
    /// The UTC date of the event's own time.
    public var extractionDate: UTCDate

    package init(source: String, id: String, extractionDate: UTCDate) {
        self.source = source
        self.id = id
        self.extractionDate = extractionDate
    }

    /// Names the run that an event starts.
    ///
    /// The id's last part is the first eight digits of an event id that is a UUID, so that a reader finds the event again,
    /// and of the SHA-256 of any other.
    public init(source: String, eventID: String, eventTime: Timestamp) {
        let tag = Run.isUUID(eventID) ? eventID.prefix(8).lowercased() : Run.digest(eventID)
        self.init(
            source: source, id: "\(eventTime.compact)-\(tag)", extractionDate: eventTime.date)
    }

    /// The time of the run's event, which its id begins with; nil when the id is none.
    var time: Timestamp? {
        guard Run.isID(id, of: extractionDate) else { return nil }
        let digits = Array(id.utf8)
        func pair(_ position: Int) -> Int { Int(digits[position] - 48) * 10 + Int(digits[position + 1] - 48) }
        let seconds = (pair(9) * 60 + pair(11)) * 60 + pair(13)
        return extractionDate.start.adding(seconds: Double(seconds))
    }

    /// The extraction date that a run's id begins with; nil when it is no id.
    static func date(ofID id: String) -> UTCDate? {
        let digits = Array(id.prefix(8))
        guard digits.count == 8,
            let date = UTCDate("\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))")
        else { return nil }
        return isID(id, of: date) ? date : nil
    }

    /// Whether a text is the id of a run of some date.
    static func isID(_ text: some StringProtocol, of date: UTCDate) -> Bool {
        let digits = "\(date)".filter { $0 != "-" }
        let bytes = Array(text.utf8)
        guard bytes.count == 25, text.hasPrefix(digits), bytes[8] == UInt8(ascii: "T"),
            bytes[15] == UInt8(ascii: "Z"), bytes[16] == UInt8(ascii: "-")
        else { return false }
        return bytes[9..<15].allSatisfy { (48...57).contains($0) }
            && bytes[17...].allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    private static func digest(_ text: String) -> String {
        String(SHA256.hash(Array(text.utf8)).hexEncoded.prefix(8))
    }
}
