import Lake
import SourceBattery
import Tables
import Testing

/// A source that breaks one rule, and what the rule's check must say of it.
struct Twin: Sendable, CustomTestStringConvertible {
    /// What it does wrong.
    var name: String
    /// The check that must notice.
    var check: Check
    /// Words of the violation.
    var words: String
    var source: SourceUnderTest

    var testDescription: String { name }

    /// The toy with a change.
    init(_ name: String, _ check: Check, _ words: String, _ change: (inout SourceUnderTest) -> Void) {
        self.name = name
        self.check = check
        self.words = words
        source = .toy
        change(&source)
    }

    static let all = ofBronze + ofSilver + ofGold + ofStores + ofDeclarations
}

/// Every check notices a source that breaks its rule.
struct TwinTests {
    @Test(arguments: Twin.all)
    func `a check notices its twin`(twin: Twin) async throws {
        let violations = try await twin.check.violations(of: twin.source).map(\.description)
        let isNoticed = violations.contains { $0.contains(twin.words) }
        #expect(isNoticed, "\(violations)")
    }

    @Test func `every check has a twin`() {
        #expect(Set(Twin.all.map(\.check)) == Set(Check.allCases))
    }
}
