package import Parquet

/// Rows in groups: those that agree in every column that the grouping was split by.
///
/// Groups are numbered by their first row. Each split is one pass over a column, which it turns into codes of a
/// dictionary; a pair of group and code then names the finer group.
package struct Grouping {
    /// Each row's group.
    package private(set) var groupOfRow: [UInt32]
    /// Each group's first row.
    package private(set) var firstRowOfGroup: [Int]

    package var groupCount: Int { firstRowOfGroup.count }

    /// All rows in one group.
    package init(rowCount: Int) {
        groupOfRow = [UInt32](repeating: 0, count: rowCount)
        firstRowOfGroup = rowCount > 0 ? [0] : []
    }

    /// Splits every group by the values of a column of strings or booleans; null is a value of its own.
    package mutating func split(by column: ColumnVector) {
        precondition(column.count == groupOfRow.count, "the column has a slot for every row")
        switch column.values {
        case .boolean(let slots):
            split(codeCount: 3) { row in column.isValid(row) ? (slots[row] ? 2 : 1) : 0 }
        case .bytes(let slots):
            let (codes, codeCount) = Self.codes(of: slots, validity: column.validity)
            split(codeCount: codeCount) { row in codes[row] }
        default:
            preconditionFailure("groups are made by strings and booleans only")
        }
    }

    @inline(__always)
    private mutating func split(codeCount: Int, codeOfRow: (Int) -> UInt32) {
        // Small enough to stay in the cache: the usual case, since platforms and browsers are few.
        let pairCount = groupCount * codeCount
        var groupOfPair = [UInt32](repeating: .max, count: pairCount <= 1 << 18 ? pairCount : 0)
        var groupOfRarePair: [Int: UInt32] = [:]
        var firstRows: [Int] = []
        for row in groupOfRow.indices {
            let pair = Int(groupOfRow[row]) * codeCount + Int(codeOfRow(row))
            let known = groupOfPair.isEmpty ? groupOfRarePair[pair] ?? .max : groupOfPair[pair]
            if known != .max {
                groupOfRow[row] = known
                continue
            }
            let group = UInt32(firstRows.count)
            firstRows.append(row)
            if groupOfPair.isEmpty { groupOfRarePair[pair] = group } else { groupOfPair[pair] = group }
            groupOfRow[row] = group
        }
        firstRowOfGroup = firstRows
    }

    /// Each row's code in a dictionary of the column: 0 for null, else from 1 by first appearance.
    private static func codes(of column: ByteColumn, validity: [Bool]?) -> (codes: [UInt32], codeCount: Int) {
        var codeOfValue: [[UInt8]: UInt32] = [:]
        // Recently met values by a cheap hash of their ends; a hit is verified, so that a collision only costs time.
        // The dictionary behind it is keyed by Swift's seeded hash: browsers are whatever strangers send.
        let slotCount = 1_024
        var cachedCode = [UInt32](repeating: 0, count: slotCount)
        var cachedRange = [Range<Int>](repeating: 0..<0, count: slotCount)
        let codes = [UInt32](unsafeUninitializedCapacity: column.count) { codes, filledCount in
            column.bytes.withUnsafeBufferPointer { bytes in
                for row in 0..<column.count {
                    guard validity?[row] ?? true else {
                        codes[row] = 0
                        continue
                    }
                    let range = column.range(row)
                    let value = UnsafeBufferPointer(rebasing: bytes[range])
                    let slot = Int(truncatingIfNeeded: cheapHash(value)) & (slotCount - 1)
                    let cached = UnsafeBufferPointer(rebasing: bytes[cachedRange[slot]])
                    if cachedCode[slot] != 0, KeyOrder.compare(value, cached) == 0 {
                        codes[row] = cachedCode[slot]
                        continue
                    }
                    let key = Array(value)
                    let code = codeOfValue[key] ?? UInt32(codeOfValue.count + 1)
                    codeOfValue[key] = code
                    cachedCode[slot] = code
                    cachedRange[slot] = range
                    codes[row] = code
                }
            }
            filledCount = column.count
        }
        return (codes, codeOfValue.count + 1)
    }

    private static func cheapHash(_ value: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var word = UInt64(value.count)
        if value.count >= 8 {
            let bytes = UnsafeRawBufferPointer(value)
            word ^= bytes.loadUnaligned(as: UInt64.self)
            word = word &* 0x9E37_79B9_7F4A_7C15
            word ^= bytes.loadUnaligned(fromByteOffset: value.count - 8, as: UInt64.self)
        } else {
            for byte in value { word = word << 8 | UInt64(byte) }
        }
        return (word &* 0x9E37_79B9_7F4A_7C15) >> 32
    }
}
