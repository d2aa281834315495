import Parquet
import Tables

/// Sets of texts, as columns of which every one stands once, in order.
enum DistinctTexts {
    /// The texts of a column; null is none of them.
    static func batch(_ column: StringSlots) -> ColumnBatch {
        let firstRows = firstRows(of: column)
        let values = ColumnVector(.bytes(column.values))
        let texts = column
        let order = firstRows.sorted { texts.compare(Int($0), to: texts, Int($1)) < 0 }
        return ColumnBatch(rowCount: order.count, columns: [values.gathered(at: order)])
    }

    /// A row of each text, found by a table of hashes: most texts come a few times only.
    private static func firstRows(of column: StringSlots) -> [Int32] {
        var capacity = 1_024
        while capacity < column.count * 2 { capacity *= 2 }
        var rowOfSlot = [Int32](repeating: -1, count: capacity)
        var rows: [Int32] = []
        column.values.bytes.withUnsafeBytes { bytes in
            for row in 0..<column.count where column.isValid(row) {
                let text = UnsafeRawBufferPointer(rebasing: bytes[column.values.range(row)])
                // Swift's hash has a seed of the process: texts are whatever strangers send.
                var hasher = Hasher()
                hasher.combine(bytes: text)
                var slot = hasher.finalize() & (capacity - 1)
                while rowOfSlot[slot] >= 0 {
                    let other = UnsafeRawBufferPointer(
                        rebasing: bytes[column.values.range(Int(rowOfSlot[slot]))])
                    if other.elementsEqual(text) { break }
                    slot = (slot + 1) & (capacity - 1)
                }
                guard rowOfSlot[slot] < 0 else { continue }
                rowOfSlot[slot] = Int32(row)
                rows.append(Int32(row))
            }
        }
        return rows
    }

    /// The union of several sets of one table.
    static func union(_ batches: [ColumnBatch], as table: Table) throws -> ColumnBatch {
        var sets = batches.filter { $0.rowCount > 0 }
        // Two by two, so that each text is copied as often as the number of sets can be halved.
        while sets.count > 1 {
            var merged: [ColumnBatch] = []
            for position in stride(from: 0, to: sets.count, by: 2) {
                guard position + 1 < sets.count else {
                    merged.append(sets[position])
                    continue
                }
                merged.append(try table.merge(current: sets[position], incoming: sets[position + 1]).batch)
            }
            sets = merged
        }
        return sets.first ?? table.emptyRows
    }
}
