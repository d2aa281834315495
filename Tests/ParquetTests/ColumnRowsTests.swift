import Parquet
import Testing

struct ColumnRowsTests {
    private func rows(_ column: ColumnVector) -> [String] {
        (0..<column.count).map { row in
            guard column.isValid(row) else { return "null" }
            switch column.values {
            case .boolean(let slots): return "\(slots[row])"
            case .int32(let slots): return "\(slots[row])"
            case .int64(let slots): return "\(slots[row])"
            case .float(let slots): return "\(slots[row])"
            case .double(let slots): return "\(slots[row])"
            case .bytes(let slots): return "\(Array(slots.bytes[slots.range(row)]))"
            }
        }
    }

    @Test(arguments: 0..<Samples.types.count, [false, true])
    func `gathers, slices and joins rows of every type`(type: Int, isNullable: Bool) {
        let column = Samples.column(
            Samples.types[type].type, isNullable: isNullable, shape: .mixed, rowCount: 50)
        let all = rows(column)
        let indices = [49, 0, 7, 7, 21]
        #expect(rows(column.gathered(at: indices)) == indices.map { all[$0] })
        #expect(column.gathered(at: indices.map { Int32($0) }) == column.gathered(at: indices))
        #expect(rows(column.slice(10..<20)) == Array(all[10..<20]))
        #expect(column.slice(0..<20).appending(column.slice(20..<50)) == column)
        #expect(column.gathered(at: [Int]()).count == 0)
    }

    @Test func `joins rows with and without nulls`() {
        let some = ColumnVector(.int32([1, 0]), validity: [true, false])
        let full = ColumnVector(.int32([3]))
        #expect(full.appending(some) == ColumnVector(.int32([3, 1, 0]), validity: [true, true, false]))
        #expect(some.appending(full) == ColumnVector(.int32([1, 0, 3]), validity: [true, false, true]))
        #expect(full.appending(full).validity == nil)
    }

    @Test func `concatenates and gathers batches`() {
        let (_, batch) = Samples.batch(shape: .mixed, isNullable: true, rowCount: 30)
        let parts = [batch.slice(0..<10), batch.slice(10..<10), batch.slice(10..<30)]
        #expect(ColumnBatch.concatenated(parts) == batch)
        #expect(batch.gathered(at: Array(0..<30)) == batch)
        #expect(batch.gathered(at: [Int32(3)]) == batch.slice(3..<4))
    }

    @Test func `says how many bytes a column of strings still takes`() {
        #expect(ByteColumn.sizeBytesMaximum == 4_294_967_295)
        var column = ByteColumn()
        #expect(column.remainingBytes == ByteColumn.sizeBytesMaximum)
        column.append("abcd".utf8)
        column.appendEmpty()
        column.append("ef".utf8)
        #expect(column.remainingBytes == ByteColumn.sizeBytesMaximum - 6)
        #expect(column.hasRoom(for: ByteColumn.sizeBytesMaximum - 6))
        #expect(!column.hasRoom(for: ByteColumn.sizeBytesMaximum - 5))
        // A smaller limit, as tests of what appends have it.
        #expect(column.hasRoom(for: 4, limit: 10))
        #expect(!column.hasRoom(for: 5, limit: 10))
        #expect(!column.hasRoom(for: 0, limit: 5))
    }

    @Test func `refuses row numbers out of range`() async {
        await #expect(processExitsWith: .failure) {
            _ = ColumnVector(.int32([1])).gathered(at: [1])
        }
        await #expect(processExitsWith: .failure) {
            _ = ColumnVector(.bytes(Samples.strings(["a"]))).gathered(at: [Int32(-1)])
        }
    }
}
