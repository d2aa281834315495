/// How a page's definition levels are stored.
enum LevelStorage {
    /// Four bytes of length, then the RLE hybrid: V1 pages.
    case prefixedRLE
    /// One bit a level, highest first, and no length: V1 pages of old writers.
    case bitPacked
    /// The RLE hybrid, whose length the page's header says: V2 pages.
    case rle
}

extension Levels {
    /// Takes the bytes of a page's levels off the cursor.
    static func take(
        _ cursor: inout ByteCursor, _ storage: LevelStorage, count: Int
    ) throws(ParquetError) -> UnsafeRawBufferPointer {
        switch storage {
        case .prefixedRLE:
            let sizeBytes = try cursor.readUInt32()
            guard sizeBytes <= UInt32(Int32.max) else {
                throw .corrupt("definition levels of \(sizeBytes) bytes")
            }
            return try cursor.take(Int(sizeBytes))
        case .bitPacked: return try cursor.take((count + 7) / 8)
        case .rle: return cursor.takeRest()
        }
    }

    /// Fills `levels` and returns how many rows have a value.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ storage: LevelStorage,
        into levels: UnsafeMutableBufferPointer<UInt8>
    ) throws(ParquetError) -> Int {
        if storage == .bitPacked {
            for row in levels.indices { levels[row] = bytes[row >> 3] >> UInt8(7 - row & 7) & 1 }
        } else {
            var cursor = ByteCursor(bytes)
            try RLEBitPackedHybrid.decode(&cursor, bitWidth: 1, into: levels)
        }
        var validCount = 0
        for level in levels { validCount &+= Int(level) }
        return validCount
    }
}

extension RLEBitPackedHybrid {
    /// Refuses runs that end before `count` values, so that no room is made for values that are not there.
    static func validateCount(
        _ cursor: ByteCursor, bitWidth: Int, count: Int
    ) throws(ParquetError) {
        // So many values could all be packed; decoding finds out.
        guard count > 65_536, count / 8 > cursor.remaining else { return }
        var cursor = cursor
        var found = 0
        while found < count {
            guard cursor.remaining > 0 else {
                throw .corrupt("runs of \(found) values where \(count) are expected")
            }
            let header = try cursor.readVarint()
            let length = Int(clamping: header >> 1)
            if header & 1 == 0 {
                _ = try cursor.take((bitWidth + 7) / 8)
                found += min(length, count)
            } else {
                let sizeBytes = min(length.multipliedReportingOverflow(by: bitWidth), cursor.remaining)
                _ = try cursor.take(sizeBytes)
                found += min(length, count) * 8
            }
        }
    }
}

private func min(_ product: (partialValue: Int, overflow: Bool), _ bound: Int) -> Int {
    product.overflow ? bound : Swift.min(product.partialValue, bound)
}

extension DeltaBinaryPacked {
    /// Refuses blocks that cannot be there, so that no room is made for values that are not there.
    static func validateCount(_ cursor: ByteCursor, count: Int) throws(ParquetError) {
        guard count > 65_536 else { return }
        var cursor = cursor
        let blockValueCount = try cursor.readVarint()
        let miniblockCount = try cursor.readVarint()
        let counted = try cursor.readVarint()
        _ = try cursor.readZigzag()
        guard counted == UInt64(count) else {
            throw .corrupt("\(counted) delta-encoded values where \(count) are expected")
        }
        // A block takes a byte for its least difference and one a miniblock.
        let blockCount = UInt64(count - 1) / max(blockValueCount, 1)
        let needed = blockCount.multipliedReportingOverflow(by: min(miniblockCount, 1 << 32) + 1)
        guard !needed.overflow, needed.partialValue <= UInt64(cursor.remaining) else {
            throw .corrupt("\(count) delta-encoded values in \(cursor.remaining) bytes")
        }
    }
}
