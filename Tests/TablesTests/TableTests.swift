import Parquet
import TestSupport
import Testing

@testable import Tables

struct TableTests {
    static let table = Table(
        name: "things", layer: .silver, partitioning: .whole, grain: "thing, day", key: ["id", "day"],
        upsert: Upsert(order: [.column("at")]), deletion: Deletion(seenAt: "at", withinSeconds: 1),
        columns: [
            Column("id", .string, from: "id", "The id."),
            Column("at", .timestampMicroseconds, from: .answeredAt, "When."),
            Column(
                "size", .int64, nullable: true, from: "size", unit: "bytes",
                rules: [.atLeast(0), .within(0...9, .quarantine)], "How large; null when unknown."),
            Column("day", .date, from: .extractionDate, "The day."),
        ])

    static func make(_ rows: [[Literal]]) -> ColumnBatch { table.make(["id", "at", "size", "day"], rows) }

    // MARK: Some columns

    @Test func `shows some columns, in the order wanted, each null where a file lacks it`() {
        let some = Self.table.only(["day", "size", "id"])
        #expect(some.columns.map(\.name) == ["day", "size", "id"])
        #expect(some.columns.allSatisfy { $0.isNullable })
        #expect(some.columns.map(\.type) == [.date, .int64, .string])
        #expect(some.key == ["id", "day"])
        #expect(some.upsert == nil && some.deletion == nil)
        #expect(some.name == "things")
        #expect(Self.table.only(["size", "day"]).key == ["day"])
        #expect(Self.table.only(["size"]).key == [])
        #expect(Self.table.columns.map(\.isNullable) == [false, false, true, false])
    }

    @Test func `has a schema and empty rows of its columns`() throws {
        #expect(
            Self.table.schema
                == Schema([
                    .init("id", .string, isNullable: false),
                    .init("at", .timestampMicroseconds, isNullable: false),
                    .init("size", .int64, isNullable: true), .init("day", .date, isNullable: false),
                ]))
        #expect(Self.table.emptyRows == Self.make([]))
        try Self.table.check(Self.table.emptyRows)
    }

    // MARK: Digest

    static func digest(_ policy: PersonalDataPolicy = .keep, _ change: (inout Table) -> Void) -> String {
        var table = table
        change(&table)
        return table.digest(personalData: policy)
    }

    @Test func `the digest is 16 digits that are the same every time`() {
        let digest = Self.table.digest(personalData: .keep)
        #expect(digest.utf8.count == 16)
        #expect(digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(Self.digest { _ in } == digest)
    }

    @Test func `the digest changes with what rows are made of`() {
        let digests = [
            Self.digest { _ in }, Self.digest { $0.name = "others" },
            Self.digest { $0.partitioning = .extractionDate },
            Self.digest { $0.partitioning = .eventTime(column: "at", minutes: 15) },
            Self.digest { $0.partitioning = .eventTime(column: "at", minutes: 30) },
            Self.digest { $0.key = ["day", "id"] }, Self.digest { $0.upsert = nil },
            Self.digest { $0.upsert?.group = ["id"] }, Self.digest { $0.upsert?.order = [] },
            Self.digest { $0.columns[2].type = .int32 }, Self.digest { $0.columns[2].isNullable = false },
            Self.digest { $0.columns[2].name = "bytes" }, Self.digest { $0.columns[2].origin = "bytes" },
            Self.digest { $0.columns[2].origin = .presentMember("size") },
            Self.digest { $0.columns[2].rules = [.atLeast(0)] },
            Self.digest { $0.columns[2].rules = [.within(0...8, .quarantine)] },
            Self.digest { $0.columns[0].personal = .text }, Self.digest { $0.columns[0].personal = .email },
            Self.digest { $0.columns.swapAt(0, 1) },
        ]
        #expect(Set(digests).count == digests.count)
    }

    @Test func `the digest does not change with words, units and warnings`() {
        let digest = Self.table.digest(personalData: .keep)
        #expect(Self.digest { $0.columns[2].meaning = "Another meaning." } == digest)
        #expect(Self.digest { $0.columns[2].unit = "kB" } == digest)
        #expect(Self.digest { $0.columns[2].rules = [.atLeast(1), .within(0...9, .quarantine)] } == digest)
        #expect(Self.digest { $0.grain = "something" } == digest)
    }

    @Test
    func `the digest changes with the policy and its key where there is personal data, and tells no key`() {
        let key = [UInt8](repeating: 0x41, count: 32)
        let policies: [PersonalDataPolicy] = [
            .keep, .drop, .hash(key: key), .hash(key: [UInt8](repeating: 0x42, count: 32)),
        ]
        #expect(Set(policies.map { Self.table.digest(personalData: $0) }).count == 1)
        #expect(Set(policies.map { Self.digest($0) { $0.columns[0].personal = .text } }).count == 4)
        #expect(!PersonalDataPolicy.hash(key: key).mark.contains("4141"))
    }

    // MARK: Check

    @Test func `takes rows in order`() throws {
        try Self.table.check(Self.make([["a", 1, nil, 5], ["a", 1, 2, 6], ["b", 0, 0, 4]]))
    }

    @Test(
        arguments: [
            ([["a", 1, 1, 5], ["a", 2, 2, 5]], "row 1 repeats the key of row 0 by id, day"),
            ([["a", 1, 1, 6], ["a", 2, 2, 5]], "row 1 comes before row 0 by id, day"),
            ([["a", 1, 1, 1], ["c", 1, 1, 1], ["b", 1, 1, 1]], "row 2 comes before row 1 by id, day"),
            ([["a", nil, 1, 1]], "at is null in row 0 and must not be"),
        ] as [([[Literal]], String)])
    func `names the row that is out of order, repeated or incomplete`(rows: [[Literal]], cause: String) {
        #expect(throws: InvariantError(table: "things", cause: cause)) {
            try Self.table.check(Self.make(rows))
        }
    }

    @Test func `names columns of another number or type`() {
        var rows = Self.make([["a", 1, 1, 5]])
        rows.columns[2] = ColumnVector(.int32([1]))
        #expect(throws: InvariantError(table: "things", cause: "size is not int64")) {
            try Self.table.check(rows)
        }
        rows.columns.removeLast()
        #expect(throws: InvariantError(table: "things", cause: "it has 3 columns, not 4")) {
            try Self.table.check(rows)
        }
        #expect(
            InvariantError(table: "things", cause: "x").description
                == "check gold table things failed: x; nothing of it may be written, replay the day from silver"
        )
    }

    @Test func `takes null for a key's value before any other`() throws {
        var table = Self.table
        table.columns[0].isNullable = true
        let rows = Self.make([[nil, 1, 1, 1], [nil, 1, 1, 2], ["", 1, 1, 1], ["a", 1, 1, 1]])
        try table.check(rows)
        #expect(table.newest(of: rows.gathered(at: [3, 1, 2, 0])).batch == rows)
        #expect(throws: InvariantError(table: "things", cause: "row 1 comes before row 0 by id, day")) {
            try table.check(rows.gathered(at: [2, 0]))
        }
    }
}
