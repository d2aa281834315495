import Parquet
import TestSupport
import Testing

@testable import Tables

struct RuleTests {
    @Test(
        arguments: [
            (.atLeast(0), -0.5, false), (.atLeast(0), 0, true), (.atLeast(0), nil, true),
            (.within(0...1), 0, true), (.within(0...1), 1, true), (.within(0...1), 1.01, false),
            (.within(0...1), -0.01, false), (.within(0...1), nil, true),
        ] as [(Rule, Double?, Bool)])
    func `bounds a number, both ends included; null meets every rule`(
        rule: Rule, number: Double?, isMet: Bool
    ) {
        #expect(rule.isMet(number: number, text: nil, other: nil) == isMet)
    }

    @Test(arguments: [("a", true), ("b", true), ("c", false), ("", false), (nil, true)] as [(String?, Bool)])
    func `lists texts`(text: String?, isMet: Bool) {
        #expect(Rule.oneOf(["a", "b"]).isMet(number: nil, text: text, other: nil) == isMet)
    }

    @Test(
        arguments: [(1, 2, true), (2, 2, true), (3, 2, false), (nil, 2, true), (3, nil, true)]
            as [(Double?, Double?, Bool)])
    func `compares with another column`(number: Double?, other: Double?, isMet: Bool) {
        #expect(Rule.notAfter("other").isMet(number: number, text: nil, other: other) == isMet)
    }

    @Test(arguments: [
        (Rule.atLeast(0), "at least 0"), (.atLeast(-1.5), "at least -1.5"),
        (.within(0...0.5), "from 0 to 0.5"),
        (.oneOf(["a", "b"]), "one of a, b"), (.notAfter("c"), "not after c"),
    ])
    func `says what is expected`(rule: Rule, expectation: String) {
        #expect(rule.expectation == expectation)
    }

    @Test func `only warns unless it says otherwise`() {
        #expect(
            [Rule.atLeast(0), .within(0...1), .oneOf([]), .notAfter("c")].allSatisfy { $0.severity == .warn })
        #expect(Rule.atLeast(0, .quarantine).severity == .quarantine)
    }

    @Test func `counts the rows that do not meet each rule`() {
        let table = Table(
            name: "things", layer: .silver, partitioning: .whole, grain: "thing", key: ["id"],
            columns: [
                Column("id", .string, rules: [.oneOf(["a", "b"])], "The id."),
                Column("i", .int32, nullable: true, unit: "i", rules: [.atLeast(1)], "An i."),
                Column(
                    "l", .int64, nullable: true, unit: "l", rules: [.within(0...9), .notAfter("m")], "An l."),
                Column("m", .int64, nullable: true, unit: "m", rules: [.atLeast(0, .quarantine)], "An m."),
                Column("d", .double, nullable: true, unit: "d", rules: [.within(0...1)], "A d."),
                Column(
                    "t", .timestampMicroseconds, nullable: true, rules: [.notAfter("u")], "A t."),
                Column("u", .timestampMicroseconds, nullable: true, "A u."),
            ])
        let names = table.columns.map(\.name)
        let rows = table.make(
            names,
            [
                ["a", 1, 9, 9, 1.0, 5, 5], ["b", 0, 10, 9, 1.5, 6, 5], ["c", nil, nil, nil, nil, nil, nil],
                ["d", -1, 3, -4, 0.0, .integer(.max), .integer(.max - 1)], ["a", 2, 3, nil, -0.5, 7, nil],
            ])
        #expect(
            table.violations(in: rows) == [
                "id one of a, b": 2, "i at least 1": 2, "l from 0 to 9": 1, "l not after m": 2,
                "d from 0 to 1": 2,
                "t not after u": 2,
            ])
        #expect(table.violations(in: table.emptyRows).values.allSatisfy { $0 == 0 })
        #expect(table.violations(in: table.emptyRows).count == 6)
    }
}
