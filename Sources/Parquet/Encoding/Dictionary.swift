/// What the dictionary encoder asks of a column's values.
protocol DictionaryEncodable {
    var count: Int { get }
    func hash(at index: Int) -> UInt64
    func isEqual(at index: Int, to other: Int) -> Bool
    /// Bytes that the value takes as PLAIN.
    func plainSizeBytes(at index: Int) -> Int
    /// Bytes that the values take as PLAIN.
    func plainSizeBytes(_ range: Range<Int>) -> Int
}

/// Distinct values by first occurrence, found with a flat open-addressing table.
///
/// A slot holds the upper half of the value's hash and its entry + 1, so that a value is compared only when 32 bits
/// of hash agree; at most half of the slots are taken.
enum DictionaryEncoding {
    /// Values between two looks at whether the dictionary pays.
    static let probeInterval = 8192

    /// Fills `indices` with the entry of each value and returns where each entry first occurs.
    ///
    /// Nil when the dictionary does not pay: it exceeds `sizeBytesMaximum`, or entries and indices together are no smaller than
    /// the plain values, twice in a row at the interval or at the end.
    static func build<Values: DictionaryEncodable>(
        _ values: Values, sizeBytesMaximum: Int, indices: inout [UInt32]
    ) -> [UInt32]? {
        indices.removeAll(keepingCapacity: true)
        indices.reserveCapacity(values.count)
        var entries: [UInt32] = []
        var sizeBytes = 0
        var losses = 0
        var slots = [UInt64](repeating: 0, count: 1024)
        var nextProbe = probeInterval
        var index = 0
        while index < values.count {
            // A stretch in which the table has room for every value, so that it need not grow in the inner loop.
            let stretch = min(values.count, nextProbe, index + (slots.count / 2 - entries.count))
            guard stretch > index else {
                slots = grown(slots)
                continue
            }
            let isWithinLimit = slots.withUnsafeMutableBufferPointer { slots in
                let mask = slots.count - 1
                while index < stretch {
                    let hash = values.hash(at: index)
                    let tag = hash & 0xffff_ffff_0000_0000
                    var slot = Int(truncatingIfNeeded: hash >> 32) & mask
                    while true {
                        let content = slots[slot]
                        if content == 0 {
                            sizeBytes += values.plainSizeBytes(at: index)
                            guard sizeBytes <= sizeBytesMaximum else { return false }
                            indices.append(UInt32(truncatingIfNeeded: entries.count))
                            entries.append(UInt32(truncatingIfNeeded: index))
                            slots[slot] = tag | UInt64(entries.count)
                            break
                        }
                        let entry = UInt32(truncatingIfNeeded: content) &- 1
                        if content & 0xffff_ffff_0000_0000 == tag,
                            values.isEqual(at: index, to: Int(entries[Int(entry)]))
                        {
                            indices.append(entry)
                            break
                        }
                        slot = (slot + 1) & mask
                    }
                    index += 1
                }
                return true
            }
            guard isWithinLimit else { return nil }
            guard index == nextProbe || index == values.count else { continue }
            nextProbe += probeInterval
            let bitWidth = RLEBitPackedHybrid.bitWidth(maximum: entries.count - 1)
            let isLoss = sizeBytes + (index * bitWidth + 7) / 8 >= values.plainSizeBytes(0..<index)
            losses = isLoss ? losses + 1 : 0
            if losses == 2 || (isLoss && index == values.count) { return nil }
        }
        return entries
    }

    private static func grown(_ slots: [UInt64]) -> [UInt64] {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for content in slots where content != 0 {
            var slot = Int(truncatingIfNeeded: content >> 32) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = content
        }
        return larger
    }
}

/// Multiplies and folds: the mixing step of wyhash-like hashes.
///
/// The hash decides only where entries lie in the table, never their order in the file.
enum Mixer {
    static let seed: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let factor: UInt64 = 0xd6e8_feb8_6659_fd93

    @inline(__always)
    static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word).multipliedFullWidth(by: factor)
        return product.high ^ product.low &+ seed
    }
}
