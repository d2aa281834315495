// A counter that a source got wrong must not stop a run. Sums of many are made in Int128 and clamped once, at the end: clamped
// step by step they would depend on the order and the grouping of their parts.
extension Int64 {
    /// The sum of two, held at the ends of the range.
    package func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isOverflow) = addingReportingOverflow(other)
        guard isOverflow else { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, held at the ends of the range.
    package func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, isOverflow) = subtractingReportingOverflow(other)
        guard isOverflow else { return difference }
        return other < 0 ? .max : .min
    }
}
