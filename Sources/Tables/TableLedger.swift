/// The row counts of one table in one commit; they must add up.
public struct TableLedger: Sendable, Equatable, Codable {
    /// Rows found in the commit's own inputs.
    public var read: Int
    /// Rows that are, or have been superseded, in the table: one per key.
    public var accepted: Int
    /// Further rows with a key that was accepted already.
    public var duplicate: Int
    /// Rows that could not be typed.
    public var quarantined: Int

    package init(read: Int = 0, accepted: Int = 0, duplicate: Int = 0, quarantined: Int = 0) {
        self.read = read
        self.accepted = accepted
        self.duplicate = duplicate
        self.quarantined = quarantined
    }

    /// Whether every row read is accounted for.
    public var addsUp: Bool { read == accepted + duplicate + quarantined }
}
