/// What every source has to keep to.
public enum Check: String, CaseIterable, Sendable {
    /// Every event comes twice, also late: nothing changes.
    case redelivery
    /// Commits come in any order, many at once, or in the midst of each other: the same objects.
    case anyOrder
    /// A function dies before or after any call of the store: the event's redelivery mends it.
    case kills
    /// Rows are accounted for in each layer.
    case ledger
    /// Bad records are named, and do no harm to good ones.
    case quarantine
    /// No personal value leaves bronze.
    case privacy
    /// A day's requests do not grow with the lake's age.
    case budget
    /// Files of other releases do not stop anything.
    case olderFiles
    /// The declarations say what everything means.
    case documents
    /// The template has what the source needs.
    case template

    /// How a source breaks the rule; empty where it does not.
    ///
    /// - Throws: What keeps the check from being made.
    public func violations(of source: SourceUnderTest) async throws -> [Violation] {
        switch self {
        case .redelivery: try await RedeliveryCheck(source: source).violations()
        case .anyOrder: try await OrderCheck(source: source).violations()
        case .kills: try await KillCheck(source: source).violations()
        case .ledger: try await LedgerCheck(source: source).violations()
        case .quarantine: try await QuarantineCheck(source: source).violations()
        case .privacy: try await PrivacyCheck(source: source).violations()
        case .budget: try await BudgetCheck(source: source).violations()
        case .olderFiles: try await OlderFilesCheck(source: source).violations()
        case .documents: DocumentsCheck(source: source).violations()
        case .template: try TemplateCheck(source: source).violations()
        }
    }
}

/// How a source breaks a rule.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// In one line.
    public var description: String

    /// Names it.
    public init(_ description: String) { self.description = description }
}

/// What keeps a check from being made.
struct BatteryError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
