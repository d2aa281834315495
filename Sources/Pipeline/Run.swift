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

    /// Names a run that exists.
    public init(source: String, id: String, extractionDate: UTCDate) {
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

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    private static func digest(_ text: String) -> String {
        String(SHA256.hash(Array(text.utf8)).hexEncoded.prefix(8))
    }
}
