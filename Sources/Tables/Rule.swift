/// An expectation: what is expected of a column's values; null meets every one.
public struct Rule: Sendable, Equatable {
    /// What becomes of a row that does not meet it.
    public enum Severity: String, Sendable {
        /// The row goes into the quarantine.
        case quarantine
        /// The row stays; the commit counts it.
        case warn
    }

    /// What is expected.
    enum Condition: Sendable, Equatable {
        case atLeast(Double)
        case within(ClosedRange<Double>)
        case oneOf([String])
        case notAfter(String)
    }

    var condition: Condition
    /// What becomes of a row that does not meet it.
    public var severity: Severity

    /// A number is no smaller than a bound.
    public static func atLeast(_ bound: Double, _ severity: Severity = .warn) -> Rule {
        Rule(condition: .atLeast(bound), severity: severity)
    }

    /// A number lies within bounds, both included.
    public static func within(_ bounds: ClosedRange<Double>, _ severity: Severity = .warn) -> Rule {
        Rule(condition: .within(bounds), severity: severity)
    }

    /// A text is one of some.
    public static func oneOf(_ texts: [String], _ severity: Severity = .warn) -> Rule {
        Rule(condition: .oneOf(texts), severity: severity)
    }

    /// A time or number is no greater than that of another column of the row.
    public static func notAfter(_ column: String, _ severity: Severity = .warn) -> Rule {
        Rule(condition: .notAfter(column), severity: severity)
    }

    /// What is expected, in words that follow "must be".
    public var expectation: String {
        switch condition {
        case .atLeast(let bound): "at least \(Rule.shown(bound))"
        case .within(let bounds):
            "from \(Rule.shown(bounds.lowerBound)) to \(Rule.shown(bounds.upperBound))"
        case .oneOf(let texts): "one of \(texts.joined(separator: ", "))"
        case .notAfter(let column): "not after \(column)"
        }
    }

    private static func shown(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension Rule {
    /// Whether a value meets it.
    func isMet(number: Double?, text: String?, other: Double?) -> Bool {
        switch condition {
        case .atLeast(let bound): number.map { $0 >= bound } ?? true
        case .within(let bounds): number.map(bounds.contains) ?? true
        case .oneOf(let texts): text.map(texts.contains) ?? true
        case .notAfter:
            if let number, let other { number <= other } else { true }
        }
    }
}
