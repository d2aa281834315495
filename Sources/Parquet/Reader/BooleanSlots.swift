/// Truth values.
struct BooleanSlots: SlotBuilder {
    private var slots: [Bool] = []

    var values: ColumnVector.Values { .boolean(slots) }
    var dictionaryCount: Int { 0 }
    static var slotSizeBytes: Int { 1 }
    var contentSizeBytes: Int { 0 }
    var contentSizeBytesMaximum = 0

    mutating func reserve(rowCount: Int, contentSizeBytes: Int) {
        slots.reserveCapacity(slots.count + rowCount)
    }

    mutating func setDictionary(_ body: inout ByteCursor, count: Int) throws(ParquetError) {
        throw .corrupt("a BOOLEAN column has a dictionary")
    }

    mutating func append(
        _ encoding: Encoding, _ body: inout ByteCursor, rows: PageRows
    ) throws(ParquetError) {
        switch encoding {
        case .plain:
            let bytes = try body.take((rows.validCount + 7) / 8)
            try appendSlots(rows) { added throws(ParquetError) in
                for index in added.indices {
                    added[index] = bytes[index >> 3] >> UInt8(index & 7) & 1 == 1
                }
            }
        case .rle:
            // Four bytes of length stand before the runs, in V2 pages too.
            let sizeBytes = try body.readUInt32()
            var runs = ByteCursor(try body.take(Int(sizeBytes)))
            try RLEBitPackedHybrid.validateCount(runs, bitWidth: 1, count: rows.validCount)
            try appendSlots(rows) { added throws(ParquetError) in
                // A Bool is a byte of 0 or 1, and one bit cannot be anything else.
                let bits = UnsafeMutableRawBufferPointer(added).bindMemory(to: UInt8.self)
                defer { _ = UnsafeMutableRawBufferPointer(bits).bindMemory(to: Bool.self) }
                try RLEBitPackedHybrid.decode(&runs, bitWidth: 1, into: bits)
            }
        default: throw .unsupported(encoding, of: "truth values")
        }
    }

    /// Appends rows, the values of which `fill` puts first.
    private mutating func appendSlots(
        _ rows: PageRows, fill: (UnsafeMutableBufferPointer<Bool>) throws(ParquetError) -> Void
    ) throws(ParquetError) {
        let start = slots.count
        slots.append(contentsOf: repeatElement(false, count: rows.count))
        try slots.withUnsafeMutableBufferPointer { buffer throws(ParquetError) in
            let added = UnsafeMutableBufferPointer(rebasing: buffer[start...])
            try fill(UnsafeMutableBufferPointer(rebasing: added[..<rows.validCount]))
            added.spread(rows, filler: false)
        }
    }

    mutating func appendEntries(
        _ indices: UnsafeBufferPointer<UInt32>, rows: PageRows
    ) throws(ParquetError) {
        throw .corrupt("a BOOLEAN column has dictionary indices")
    }
}
