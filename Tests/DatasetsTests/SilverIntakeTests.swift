import JSON
import Parquet
import Testing

@testable import Datasets

struct SilverIntakeTests {
    /// Reads rows that are their own key; nil stands for one that cannot be typed, "lost" for one that no column gets.
    static func make(_ rows: [String?]) -> (intake: Intake, keys: ByteColumn) {
        var intake = Intake()
        var keys = ByteColumn()
        intake.begin(makeExchange())
        let objects = rows.map { $0 == nil ? "null" : "{}" }
        withBody("[\(objects.joined(separator: ","))]") { body in
            var rest = rows.compactMap(\.self)[...]
            intake.forEachRow(of: body) { (_, _) throws(FieldError) in
                let key = rest.removeFirst()
                if key != "lost" { keys.append(key.utf8) }
            }
        }
        return (intake, keys)
    }

    static func ledger(_ intake: Intake, _ keys: ByteColumn, kept: ([Int32]) -> [Int32] = { $0 })
        -> TableLedger
    {
        let rows = intake.newestRows(keys: keys)
        return intake.result(
            ColumnBatch([ColumnVector(.bytes(keys))], rows: kept(rows.kept)),
            duplicateCount: rows.dropped.count
        ).ledger
    }

    @Test(
        arguments: [
            ([], TableLedger()), (["a", "b"], TableLedger(read: 2, accepted: 2)),
            (["b", "a", "b", nil, "b"], TableLedger(read: 5, accepted: 2, duplicate: 2, quarantined: 1)),
        ] as [([String?], TableLedger)])
    func `counts each row where it ends up`(rows: [String?], expected: TableLedger) {
        let (intake, keys) = Self.make(rows)
        let ledger = Self.ledger(intake, keys)
        #expect(ledger == expected)
        #expect(ledger.addsUp)
    }

    @Test(arguments: [["a", "lost", "b"], ["b", "a", "lost", "b", nil]])
    func `does not add up when the columns lose a row`(rows: [String?]) {
        let (intake, keys) = Self.make(rows)
        let ledger = Self.ledger(intake, keys)
        #expect(ledger.read == rows.count)
        #expect(ledger.accepted + ledger.duplicate + ledger.quarantined == rows.count - 1)
        #expect(!ledger.addsUp)
    }

    @Test func `does not add up when the batch loses a row that stays, or takes one twice`() {
        let (intake, keys) = Self.make(["b", "a", "b"])
        #expect(!Self.ledger(intake, keys, kept: { $0.dropLast() }).addsUp)
        #expect(!Self.ledger(intake, keys, kept: { $0 + $0 }).addsUp)
    }

    @Test func `adds up over two intakes, and not when the rows of one are lost`() {
        var (intake, keys) = Self.make(["a", "b"])
        let (other, otherKeys) = Self.make(["b", nil, "c"])
        intake.append(contentsOf: other)
        #expect(!Self.ledger(intake, keys).addsUp)
        keys.append(contentsOf: otherKeys)
        #expect(Self.ledger(intake, keys) == TableLedger(read: 5, accepted: 3, duplicate: 1, quarantined: 1))
    }
}
