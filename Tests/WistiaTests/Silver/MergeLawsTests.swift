import Lake
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

/// What must hold of bringing rows into any table, so that neither the order nor the number of deliveries shows.
struct MergeLawsTests {
    @Test(arguments: Wistia.silver.tables.map(\.table), 0..<100)
    func `does not depend on the order, grouping or number of deliveries`(table: Table, seed: Int) throws {
        var generator = SeededGenerator(state: UInt64(seed))
        let a = Self.batch(of: table, &generator)
        let b = Self.batch(of: table, &generator)
        let c = Self.batch(of: table, &generator)
        func merge(_ left: ColumnBatch, _ right: ColumnBatch) throws -> ColumnBatch {
            let merged = try table.merge(current: left, incoming: right)
            #expect(merged.newCount + merged.updatedCount + merged.unchangedCount == right.rowCount)
            if table.upsert?.group == nil {
                #expect(merged.batch.rowCount == left.rowCount + merged.newCount)
            }
            try table.check(merged.batch)
            return merged.batch
        }
        let ab = try merge(a, b)
        #expect(try merge(b, a) == ab)
        #expect(try merge(ab, c) == merge(a, merge(b, c)))
        #expect(try merge(merge(c, a), b) == merge(ab, c))
        for known in [ab, a, b] { #expect(try merge(ab, known) == ab) }
        // A commit's own rows are brought together like those of several.
        #expect(table.newest(of: .concatenated([c, a, b])).batch == (try merge(ab, c)))
        #expect(table.newest(of: .concatenated([b, a, b])).batch == ab)
    }

    /// Rows as a commit brings them: few keys and few values, so that everything ties, and times around the 15 minutes by which
    /// answers overtake each other.
    static func batch(of table: Table, _ generator: inout SeededGenerator) -> ColumnBatch {
        let times: [Int64] = [0, 1, 450, 899, 900, 901, 1_350, 1_800, 1_801, 2_700]
        func value(_ column: Column) -> Literal {
            if column.isNullable, Bool.random(using: &generator) { return .null }
            let bit = Bool.random(using: &generator)
            switch column.type {
            case .boolean: return .boolean(bit)
            case .timestampMicroseconds:
                let jitter = Int64.random(in: -1...1, using: &generator)
                return .integer((times.randomElement(using: &generator) ?? 0) * 1_000_000 + jitter)
            case .date: return .integer(Int64(day))
            case .string where table.key.contains(column.name):
                return .string("abc".randomElement(using: &generator).map(String.init) ?? "a")
            case .string: return .string(bit ? "x" : "y")
            case .double: return .double(bit ? 0.5 : 1)
            default: return .integer(Int64.random(in: 0...2, using: &generator))
            }
        }
        let names = table.columns.map(\.name)
        let rows = (0..<Int.random(in: 0...9, using: &generator)).map { _ in table.columns.map { value($0) } }
        return table.newest(of: table.make(names, rows)).batch
    }

    /// A value as text that sorts as it does, null first.
    static func sortable(_ column: ColumnVector, _ row: Int) -> String {
        guard column.isValid(row) else { return "" }
        if case .int64(let slots) = column.values { return sortable(slots[row]) }
        return column.text(row)
    }

    /// A number as text that sorts as it does.
    static func sortable(_ number: Int64) -> String {
        let digits = String(UInt64(bitPattern: number) ^ 1 << 63)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}
