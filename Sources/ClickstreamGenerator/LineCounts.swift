/// How many lines of a file are what.
///
/// A lake that takes the file alone should accept ``accepted`` rows, find ``repeats`` duplicates and quarantine ``quarantined``.
/// In REES46's shape moments are whole seconds, so that equal rows may be different events. A lake that lets them be
/// accepts the repeats too.
public struct LineCounts: Sendable, Equatable {
    /// All lines but a header.
    public internal(set) var events = 0
    /// Lines that say again what an earlier line said.
    public internal(set) var repeats = 0
    /// Lines whose event happened earlier than its place in the file says.
    public internal(set) var late = 0
    /// Odd lines that are events all the same, such as one with an unknown field.
    public internal(set) var kept = 0
    /// Odd lines that cannot be typed.
    public internal(set) var quarantined = 0
    /// Odd lines that are blank.
    public internal(set) var skipped = 0

    /// All odd lines.
    public var odd: Int { kept + quarantined + skipped }
    /// Lines that tell an event which no earlier line told.
    public var accepted: Int { events - repeats - quarantined - skipped }

    mutating func count(_ outcome: OddOutcome) {
        switch outcome {
        case .kept: kept += 1
        case .quarantined: quarantined += 1
        case .skipped: skipped += 1
        }
    }
}
