import Parquet

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Order by key, bytewise: the order of rows in every table.
enum KeyOrder {
    /// Less than, equal to or greater than zero, as `left` is before, equal to or after `right`.
    @inline(__always)
    static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let common = min(left.count, right.count)
        if common > 0, let leftStart = left.baseAddress, let rightStart = right.baseAddress {
            let order = memcmp(leftStart, rightStart, common)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    /// Of rows in any order, those that stay, sorted by key.
    ///
    /// Keys are compared by the first eight bytes of their first column as one number, and by the rest only where these are
    /// equal.
    ///
    /// - Parameters:
    ///   - batch: The rows.
    ///   - order: What says which of several rows stays.
    /// - Returns: Row numbers sorted by key, and how many rows do not stay; nil when all rows stay as they are.
    static func newestRows(of batch: ColumnBatch, order: UpsertOrder) -> (kept: [Int32], droppedCount: Int)? {
        let isUnordered = firstUnordered(batch, key: order.key) != nil
        if !isUnordered, order.isByRow { return nil }
        var entries = entries(of: batch, column: order.key.first)
        if isUnordered {
            entries.sort { left, right in
                if left.prefix != right.prefix { return left.prefix < right.prefix }
                let (leftRow, rightRow) = (Int(left.row), Int(right.row))
                let difference = order.compareKeys(
                    batch, leftRow, batch, rightRow, columns: order.key.count)
                if difference != 0 { return difference < 0 }
                let newer = order.compare(batch, leftRow, batch, rightRow)
                return newer != 0 ? newer < 0 : left.row < right.row
            }
        }
        var kept: [Int32] = []
        kept.reserveCapacity(entries.count)
        var droppedCount = 0
        func isSame(_ position: Int, _ columns: Int) -> Bool {
            position + 1 < entries.count && entries[position].prefix == entries[position + 1].prefix
                && order.compareKeys(
                    batch, Int(entries[position].row), batch, Int(entries[position + 1].row), columns: columns
                )
                    == 0
        }
        var start = 0
        while start < entries.count {
            var end = start
            while isSame(end, order.groupCount) { end += 1 }
            end += 1
            var newest = Int(entries[start].row)
            if !order.isByRow {
                for entry in entries[start..<end]
                where order.compareTerms(batch, newest, batch, Int(entry.row)) < 0 { newest = Int(entry.row) }
            }
            for position in start..<end {
                if !order.isByRow,
                    order.compareTerms(batch, newest, batch, Int(entries[position].row)) != 0
                {
                    droppedCount += 1
                    continue
                }
                // The last of a key is the greatest of it by the terms, of which a group has only one value left.
                if position + 1 < end, isSame(position, order.key.count),
                    order.isByRow
                        || order.compareTerms(batch, newest, batch, Int(entries[position + 1].row)) == 0
                {
                    droppedCount += 1
                    continue
                }
                kept.append(entries[position].row)
            }
            start = end
        }
        return (kept, droppedCount)
    }

    /// The first row that does not come after the one before it; nil when every one does.
    static func firstUnordered(_ batch: ColumnBatch, key: [Int]) -> Int? {
        guard batch.rowCount > 1 else { return nil }
        if key.count == 1, case .bytes(let column) = batch.columns[key[0]].values,
            batch.columns[key[0]].validity == nil
        {
            return column.bytes.withUnsafeBufferPointer { bytes in
                column.offsets.withUnsafeBufferPointer { offsets in
                    let key: (Int) -> UnsafeBufferPointer<UInt8> = { row in
                        UnsafeBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])])
                    }
                    return (1..<column.count).first { compare(key($0 - 1), key($0)) >= 0 }
                }
            }
        }
        return (1..<batch.rowCount).first { row in
            for index in key {
                let order = batch.columns[index].compare(row - 1, to: batch.columns[index], row)
                if order != 0 { return order > 0 }
            }
            return true
        }
    }

    private struct Entry {
        var prefix: UInt64
        var row: Int32
    }

    /// The rows with what they are compared by first.
    private static func entries(of batch: ColumnBatch, column: Int?) -> [Entry] {
        let rows = 0..<Int32(batch.rowCount)
        guard let column, batch.columns[column].validity == nil else {
            return rows.map { Entry(prefix: 0, row: $0) }
        }
        switch batch.columns[column].values {
        case .bytes(let keys):
            return keys.bytes.withUnsafeBufferPointer { bytes in
                keys.offsets.withUnsafeBufferPointer { offsets in
                    let key: (Int32) -> UnsafeBufferPointer<UInt8> = { row in
                        UnsafeBufferPointer(
                            rebasing: bytes[Int(offsets[Int(row)])..<Int(offsets[Int(row) + 1])])
                    }
                    let skipped = commonPrefixCount(keys.count, key)
                    return rows.map { Entry(prefix: prefix(key($0), after: skipped), row: $0) }
                }
            }
        case .int64(let slots):
            return rows.map { Entry(prefix: UInt64(bitPattern: slots[Int($0)]) ^ 1 << 63, row: $0) }
        case .int32(let slots):
            return rows.map { Entry(prefix: UInt64(bitPattern: Int64(slots[Int($0)])) ^ 1 << 63, row: $0) }
        default:
            return rows.map { Entry(prefix: 0, row: $0) }
        }
    }

    /// How many bytes all keys begin with alike: visitor keys begin with the time, whose first digits seldom change.
    private static func commonPrefixCount(_ count: Int, _ key: (Int32) -> UnsafeBufferPointer<UInt8>) -> Int {
        guard count > 0 else { return 0 }
        let first = key(0)
        var common = first.count
        for row in 1..<Int32(count) where common > 0 {
            let other = key(row)
            common = min(common, other.count)
            var position = 0
            while position < common, first[position] == other[position] { position += 1 }
            common = position
        }
        return common
    }

    /// Eight bytes as a big-endian number, zeros where the key ends earlier.
    private static func prefix(_ key: UnsafeBufferPointer<UInt8>, after skipped: Int) -> UInt64 {
        if key.count - skipped >= 8 {
            return UInt64(
                bigEndian: UnsafeRawBufferPointer(key).loadUnaligned(fromByteOffset: skipped, as: UInt64.self)
            )
        }
        var prefix: UInt64 = 0
        for position in skipped..<skipped + 8 {
            prefix = prefix << 8 | (position < key.count ? UInt64(key[position]) : 0)
        }
        return prefix
    }
}
