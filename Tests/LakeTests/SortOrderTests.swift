import Tables
import Testing

@testable import Lake
@testable import Parquet
@testable import Wistia

/// An engine that trusts the footer may leave out a sort, so that what the footer says must be so.
struct SortOrderTests {
    @Test(arguments: Wistia.silver.tables.map(\.table) + Wistia.gold.tables)
    func `rows are in the order that their file states`(table: Table) throws {
        let order = try Self.check(Self.rows(of: table), of: table)
        // Where there are no nulls it does not matter where they are; those files stay as they were.
        #expect(order.map(\.areNullsFirst) == table.key.map { table.columns[table.index(of: $0)].isNullable })
    }

    @Test func `groups of visitors of unknown platform are in the order that the file states`() throws {
        let insights = Self.rows(of: FactAudienceInsights.table)
        let summary = AudienceSummary.make(insights: insights)
        #expect(summary.rowCount > 2)
        #expect(!summary.columns[AudienceSummary.table.index(of: "platform")].isValid(0))
        #expect(try Self.check(summary, of: AudienceSummary.table).count == AudienceSummary.table.key.count)
    }

    /// Checks rows, as they come out of their file, against its footer; returns what that says of the order.
    private static func check(_ rows: ColumnBatch, of table: Table) throws -> [SortingColumn] {
        try table.check(rows)
        let file = try TableFile.encode(rows, as: table)
        let footer = try file.withUnsafeBufferPointer { try FileMetaData.read(UnsafeRawBufferPointer($0)).0 }
        #expect(footer.rowGroups.count == 1)
        let order = try #require(footer.rowGroups.first?.sortingColumns)
        #expect(order.map { table.columns[Int($0.columnIndex)].name } == table.key)
        let read = try ParquetReader(file).read()
        for row in 1..<read.rowCount {
            let comparisons = order.lazy.map { column in
                let slots = read.columns[Int(column.columnIndex)]
                guard slots.isValid(row - 1), slots.isValid(row) else {
                    let nullRank = column.areNullsFirst ? -1 : 1
                    return (slots.isValid(row - 1) ? 0 : nullRank) - (slots.isValid(row) ? 0 : nullRank)
                }
                return compare(slots.values, row - 1, row) * (column.isDescending ? -1 : 1)
            }
            #expect(comparisons.first { $0 != 0 } == -1, "rows \(row - 1) and \(row)")
        }
        return order
    }

    private static func compare(_ values: ColumnVector.Values, _ left: Int, _ right: Int) -> Int {
        func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
            left < right ? -1 : left == right ? 0 : 1
        }
        switch values {
        case .boolean(let slots): return order(slots[left] ? 1 : 0, slots[right] ? 1 : 0)
        case .int32(let slots): return order(slots[left], slots[right])
        case .int64(let slots): return order(slots[left], slots[right])
        case .float(let slots): return order(slots[left], slots[right])
        case .double(let slots): return order(slots[left], slots[right])
        case .bytes(let slots):
            let (before, after) = (slots.bytes[slots.range(left)], slots.bytes[slots.range(right)])
            return before.lexicographicallyPrecedes(after) ? -1 : before.elementsEqual(after) ? 0 : 1
        }
    }

    /// All combinations of three values a key column, in order; in columns that take nulls the first value is null.
    private static func rows(of table: Table) -> ColumnBatch {
        let rowCount = table.key.reduce(1) { count, _ in count * 3 }
        let columns = table.columns.map { column in
            // What is no part of the key is like its first column.
            let position = table.key.firstIndex(of: column.name) ?? 0
            let stride = table.key[(position + 1)...].reduce(1) { count, _ in count * 3 }
            let digits = (0..<rowCount).map { $0 / stride % 3 }
            let isValid = digits.map { !column.isNullable || $0 > 0 }
            let numbers = zip(digits, isValid).map { $1 ? $0 : 0 }
            let values: ColumnVector.Values
            switch column.type {
            case .boolean: values = .boolean(numbers.map { $0 == 2 })
            case .int32, .date: values = .int32(numbers.map(Int32.init))
            case .int64, .timestampMicroseconds: values = .int64(numbers.map(Int64.init))
            case .float: values = .float(numbers.map(Float.init))
            case .double: values = .double(numbers.map(Double.init))
            default:
                var slots = ByteColumn()
                for (number, isValid) in zip(numbers, isValid) {
                    if isValid { slots.append("value \(number)".utf8) } else { slots.appendEmpty() }
                }
                values = .bytes(slots)
            }
            return ColumnVector(values, validity: isValid.contains(false) ? isValid : nil)
        }
        return ColumnBatch(rowCount: rowCount, columns: columns)
    }
}
