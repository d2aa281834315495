import SourceBattery
import Testing

/// Every source keeps to every rule.
struct BatteryTests {
    @Test(arguments: SourceUnderTest.all, Check.allCases)
    func `a source keeps to the rule`(source: SourceUnderTest, check: Check) async throws {
        let violations = try await check.violations(of: source)
        #expect(violations.prefix(5) == [])
    }
}

extension SourceUnderTest: CustomTestStringConvertible {
    /// The name.
    public var testDescription: String { name }
}
