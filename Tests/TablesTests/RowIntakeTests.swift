import Parquet
import TestSupport
import Testing

@testable import Tables

struct RowIntakeTests {
    static let table = Table(
        name: "keys", layer: .silver, partitioning: .whole, grain: "key", key: ["key"], upsert: Upsert(),
        columns: [Column("key", .string, "The key.")])

    /// Reads rows that are their own key; nil stands for one that cannot be typed, "lost" for one that no column gets.
    static func make(_ rows: [String?]) -> (intake: RowIntake, keys: ByteColumn) {
        var intake = RowIntake()
        var keys = ByteColumn()
        intake.begin(Origin(partKey: "raw/0001.jsonl.gz", line: 1))
        for (index, row) in rows.enumerated() {
            intake.found(1)
            if let row {
                if row != "lost" { keys.append(row.utf8) }
            } else {
                intake.reject(index, FieldError("key", "must be a string", found: nil))
            }
        }
        return (intake, keys)
    }

    static func typed(_ rows: [String?]) -> TypedRows {
        let (intake, keys) = make(rows)
        return intake.result([ColumnVector(.bytes(keys))], rowCount: keys.count, of: table)
    }

    @Test(
        arguments: [
            ([], TableLedger()), (["a", "b"], TableLedger(read: 2, accepted: 2)),
            (["b", "a", "b", nil, "b"], TableLedger(read: 5, accepted: 2, duplicate: 2, quarantined: 1)),
        ] as [([String?], TableLedger)])
    func `counts each row where it ends up`(rows: [String?], expected: TableLedger) {
        let ledger = Self.typed(rows).ledger
        #expect(ledger == expected)
        #expect(ledger.addsUp)
    }

    @Test(arguments: [["a", "lost", "b"], ["b", "a", "lost", "b", nil]])
    func `does not add up when the columns lose a row`(rows: [String?]) {
        let ledger = Self.typed(rows).ledger
        #expect(ledger.read == rows.count)
        #expect(ledger.accepted + ledger.duplicate + ledger.quarantined == rows.count - 1)
        #expect(!ledger.addsUp)
    }

    @Test func `does not add up when the batch loses a row that stays, or takes one twice`() {
        let (intake, keys) = Self.make(["b", "a", "b"])
        let newest = Self.table.newest(of: ColumnBatch([ColumnVector(.bytes(keys))]))
        #expect(newest.droppedCount == 1)
        func ledger(_ rows: [Int32]) -> TableLedger {
            intake.result(newest.batch.gathered(at: rows), duplicateCount: newest.droppedCount).ledger
        }
        #expect(ledger([0, 1]).addsUp)
        #expect(!ledger([0]).addsUp)
        #expect(!ledger([0, 1, 0, 1]).addsUp)
    }

    @Test func `adds up over two intakes, and not when the rows of one are lost`() throws {
        var rows = Self.typed(["a", "b"])
        var others = Self.typed(["b", nil, "c"])
        var sum = rows
        try sum.append(others, of: Self.table)
        #expect(sum.ledger == TableLedger(read: 5, accepted: 3, duplicate: 1, quarantined: 1))
        #expect(sum.batch.lines == ["a", "b", "c"])

        others.batch = others.batch.gathered(at: [0])
        try rows.append(others, of: Self.table)
        #expect(!rows.ledger.addsUp)
    }

    @Test func `notes where a row stood, when the first line came, and which keys were shown`() {
        var intake = RowIntake()
        intake.begin(Origin(partKey: "p", line: 3, answeredAt: 20, subject: "m"))
        intake.begin(Origin(partKey: "q", line: 4, answeredAt: 10))
        intake.begin(Origin(partKey: "r", line: 5, answeredAt: 30, subject: "n"))
        intake.found(2)
        intake.reject(1, FieldError("f", "must be", found: nil), key: "k", isCollateral: true)
        let shown = intake.result([ColumnVector(.bytes(ByteColumn()))], rowCount: 0, of: Self.table)
        #expect(
            shown.rejected == [
                RejectedRow(
                    partKey: "r", line: 5, index: 1, subject: "n", field: "f", reason: "must be",
                    jsonType: "absent", code: .missing, isCollateral: true)
            ])
        #expect(shown.firstAnsweredAt == 10)
        #expect(shown.sightings.seenAt == ["k": 30])
        #expect(shown.sightings.areAll)
        intake.reject(0, FieldError("f", "must be", found: nil))
        #expect(
            !intake.result([ColumnVector(.bytes(ByteColumn()))], rowCount: 0, of: Self.table).sightings.areAll
        )
    }
}

extension ColumnBatch {
    /// Rows of columns that are equally long.
    fileprivate init(_ columns: [ColumnVector]) {
        self.init(rowCount: columns.first?.count ?? 0, columns: columns)
    }
}
