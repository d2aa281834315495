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

    /// The rows sorted by key, one a key: of the rows that share one, the greatest.
    ///
    /// Keys are compared by their first eight bytes as one big-endian number, and by the rest only where these are equal.
    ///
    /// - Parameters:
    ///   - keys: The key of each row.
    ///   - isBefore: Orders two rows with the same key.
    /// - Returns: Row numbers: one a key, sorted by key, and those that another row of their key displaced.
    static func lastOfEachKey(
        _ keys: ByteColumn, isBefore: (Int, Int) -> Bool
    ) -> (kept: [Int32], dropped: [Int32]) {
        keys.bytes.withUnsafeBufferPointer { bytes in
            keys.offsets.withUnsafeBufferPointer { offsets in
                let key: (Int32) -> UnsafeBufferPointer<UInt8> = { row in
                    UnsafeBufferPointer(rebasing: bytes[Int(offsets[Int(row)])..<Int(offsets[Int(row) + 1])])
                }
                if isStrictlyAscending(keys.count, key) {
                    return ((0..<Int32(keys.count)).map { $0 }, [])
                }
                let skipped = commonPrefixCount(keys.count, key)
                var entries = (0..<Int32(keys.count)).map { row in
                    Entry(prefix: prefix(key(row), after: skipped), row: row)
                }
                entries.sort { left, right in
                    if left.prefix != right.prefix { return left.prefix < right.prefix }
                    let order = compare(key(left.row), key(right.row))
                    if order != 0 { return order < 0 }
                    return isBefore(Int(left.row), Int(right.row))
                }
                var kept: [Int32] = []
                var dropped: [Int32] = []
                kept.reserveCapacity(entries.count)
                for (position, entry) in entries.enumerated() {
                    let isLast =
                        position + 1 == entries.count || entries[position + 1].prefix != entry.prefix
                        || compare(key(entries[position + 1].row), key(entry.row)) != 0
                    if isLast { kept.append(entry.row) } else { dropped.append(entry.row) }
                }
                return (kept, dropped)
            }
        }
    }

    private struct Entry {
        var prefix: UInt64
        var row: Int32
    }

    private static func isStrictlyAscending(_ count: Int, _ key: (Int32) -> UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        for row in 1..<Int32(max(count, 1)) where compare(key(row - 1), key(row)) >= 0 { return false }
        return true
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
