/// What a lake should do with an odd line.
enum OddOutcome: Equatable {
    /// It is an event all the same.
    case kept
    /// It cannot be typed.
    case quarantined
    /// It holds nothing.
    case skipped
}
