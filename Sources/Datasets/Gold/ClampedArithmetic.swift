extension Int64 {
    /// The sum, held at the ends of the range: a counter that a source got wrong must not stop a run.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isOverflow) = addingReportingOverflow(other)
        guard isOverflow else { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, held at the ends of the range.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, isOverflow) = subtractingReportingOverflow(other)
        guard isOverflow else { return difference }
        return other < 0 ? .max : .min
    }
}
