public import HTTP

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
        /// Microseconds since the epoch, UTC.
        case since(Int64)
        case notAfterRun(Double)
        case present(String, [String])
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

    /// A time is no earlier than the begin of a UTC date.
    public static func since(_ date: UTCDate, _ severity: Severity = .warn) -> Rule {
        Rule(condition: .since(date.start.microsecondsSinceEpoch), severity: severity)
    }

    /// A time is no later than so many seconds after the run's.
    public static func notAfterRun(bySeconds seconds: Double) -> Rule {
        Rule(condition: .notAfterRun(seconds), severity: .quarantine)
    }

    /// There is a value in rows whose text in another column is one of some; it is counted only.
    public static func present(where column: String, isOneOf texts: [String]) -> Rule {
        Rule(condition: .present(column, texts), severity: .warn)
    }

    /// What is expected, in words that follow "must be".
    public var expectation: String {
        switch condition {
        case .atLeast(let bound): "at least \(Rule.shown(bound))"
        case .within(let bounds):
            "from \(Rule.shown(bounds.lowerBound)) to \(Rule.shown(bounds.upperBound))"
        case .oneOf(let texts): "one of \(texts.joined(separator: ", "))"
        case .notAfter(let column): "not after \(column)"
        case .since(let moment):
            "\(UTCDate(daysSinceEpoch: Int32(clamping: UTCDay.number(ofMicroseconds: moment)))) or later"
        case .notAfterRun(let seconds): "no later than \(Rule.shown(seconds)) s after the run"
        case .present(let column, let texts): "there where \(column) is \(texts.joined(separator: ", "))"
        }
    }

    private static func shown(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension Rule {
    /// Whether a value meets it.
    ///
    /// - Parameters:
    ///   - number: The value, if it is a number or a time.
    ///   - text: The value, if it is a text.
    ///   - other: The number that it is compared with: of another column, or the time of the run.
    /// - Returns: Whether it does; what has no value does.
    func isMet(number: Double?, text: String?, other: Double?) -> Bool {
        switch condition {
        case .atLeast(let bound): number.map { $0 >= bound } ?? true
        case .within(let bounds): number.map(bounds.contains) ?? true
        case .oneOf(let texts): text.map(texts.contains) ?? true
        case .notAfter:
            if let number, let other { number <= other } else { true }
        case .since(let moment): number.map { $0 >= Double(moment) } ?? true
        case .notAfterRun(let seconds):
            if let number, let other { number <= other + seconds * 1e6 } else { true }
        case .present: true
        }
    }
}
