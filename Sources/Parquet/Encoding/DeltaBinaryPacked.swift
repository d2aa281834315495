/// Whole numbers as differences to the one before, bit-packed in blocks.
///
/// A page is a header (values a block, miniblocks a block, number of values, first value) and blocks, each of them its least
/// difference, a bit width a miniblock, and the miniblocks: what each difference exceeds the least by, in so many bits.
/// Differences wrap around in the width of the type, so that every number can follow every other.
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#DELTAENC
enum DeltaBinaryPacked {
    /// What parquet-java and Arrow write.
    private static let blockValueCount = 128
    private static let miniblockCount = 4
    private static let miniblockValueCount = blockValueCount / miniblockCount

    /// Appends a page's numbers.
    static func encode<Value: SignedInteger & FixedWidthInteger>(
        _ values: UnsafeBufferPointer<Value>, into output: inout [UInt8]
    ) {
        output.append(varint: UInt64(blockValueCount))
        output.append(varint: UInt64(miniblockCount))
        output.append(varint: UInt64(values.count))
        output.append(zigzag: Int64(values.first ?? 0))
        guard values.count > 1 else { return }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: blockValueCount) { excesses in
            var start = 1
            while start < values.count {
                let count = min(blockValueCount, values.count - start)
                encodeBlock(values, start..<start + count, excesses, into: &output)
                start += count
            }
        }
    }

    /// Appends the block of some values after the first; `excesses` is room for a block.
    private static func encodeBlock<Value: SignedInteger & FixedWidthInteger>(
        _ values: UnsafeBufferPointer<Value>, _ range: Range<Int>,
        _ excesses: UnsafeMutableBufferPointer<UInt64>, into output: inout [UInt8]
    ) {
        var least = values[range.lowerBound] &- values[range.lowerBound - 1]
        for index in range { least = min(least, values[index] &- values[index - 1]) }
        excesses.update(repeating: 0)
        for index in range {
            let excess = values[index] &- values[index - 1] &- least
            // Unsigned in the type's own width: the sign must not spread into the upper half.
            excesses[index - range.lowerBound] = UInt64(Value.Magnitude(truncatingIfNeeded: excess))
        }
        output.append(zigzag: Int64(least))
        let used = (range.count + miniblockValueCount - 1) / miniblockValueCount
        let widthsStart = output.count
        output.append(contentsOf: repeatElement(0, count: miniblockCount))
        for miniblock in 0..<used {
            let start = miniblock * miniblockValueCount
            let slots = UnsafeBufferPointer(rebasing: excesses[start..<start + miniblockValueCount])
            var bits: UInt64 = 0
            for excess in slots { bits |= excess }
            let bitWidth = 64 - bits.leadingZeroBitCount
            output[widthsStart + miniblock] = UInt8(bitWidth)
            pack(slots, bitWidth: bitWidth, into: &output)
        }
    }

    /// Packs a miniblock's numbers of `bitWidth` bits (0...64), which take a multiple of four bytes.
    private static func pack(
        _ values: UnsafeBufferPointer<UInt64>, bitWidth: Int, into output: inout [UInt8]
    ) {
        output.append(count: values.count * bitWidth / 8) { start in
            var window: UInt64 = 0
            var windowBits = 0
            var position = 0
            for value in values {
                window |= value << UInt64(windowBits)
                guard windowBits + bitWidth >= 64 else {
                    windowBits += bitWidth
                    continue
                }
                start.storeBytes(of: window.littleEndian, toByteOffset: position, as: UInt64.self)
                position += 8
                window = windowBits == 0 ? 0 : value >> UInt64(64 - windowBits)
                windowBits += bitWidth - 64
            }
            if windowBits > 0 {
                start.storeBytes(
                    of: UInt32(truncatingIfNeeded: window).littleEndian, toByteOffset: position,
                    as: UInt32.self)
            }
        }
    }

    /// Fills `output`, which must be as many numbers as the page says; leaves the cursor behind the last miniblock.
    ///
    /// The last miniblock may lack the bytes of its padding where nothing comes after it.
    static func decode<Value: SignedInteger & FixedWidthInteger>(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Value>
    ) throws(ParquetError) {
        let blockValueCount = try cursor.readVarint()
        let miniblockCount = try cursor.readVarint()
        let count = try cursor.readVarint()
        let first = try cursor.readZigzag()
        guard blockValueCount > 0, blockValueCount <= UInt64(Int32.max), blockValueCount % 128 == 0,
            miniblockCount > 0, blockValueCount % miniblockCount == 0,
            blockValueCount / miniblockCount % 32 == 0
        else {
            throw .corrupt("delta blocks of \(blockValueCount) values in \(miniblockCount) miniblocks")
        }
        guard count == UInt64(output.count) else {
            throw .corrupt("\(count) delta-encoded values where \(output.count) are expected")
        }
        guard !output.isEmpty else { return }
        guard let firstValue = Value(exactly: first) else {
            throw .corrupt("a delta-encoded first value of \(first) in \(Value.bitWidth) bits")
        }
        output[0] = firstValue
        let miniblockValueCount = Int(blockValueCount / miniblockCount)
        var value = firstValue
        var position = 1
        while position < output.count {
            let least = Value(truncatingIfNeeded: try cursor.readZigzag())
            let bitWidths = try cursor.take(Int(miniblockCount))
            for bitWidth in bitWidths {
                // The widths of miniblocks that are not needed may be anything.
                guard position < output.count else { break }
                guard bitWidth <= Value.bitWidth else {
                    throw .corrupt("a delta bit width of \(bitWidth) in \(Value.bitWidth) bits")
                }
                let taken = min(miniblockValueCount, output.count - position)
                let neededSizeBytes = (taken * Int(bitWidth) + 7) / 8
                guard neededSizeBytes <= cursor.remaining else {
                    throw .corrupt("\(taken) delta-encoded values end after \(cursor.remaining) bytes")
                }
                let isLast = position + taken == output.count
                let sizeBytes = miniblockValueCount * Int(bitWidth) / 8
                let packed = try cursor.take(isLast ? min(sizeBytes, cursor.remaining) : sizeBytes)
                let slots = UnsafeMutableBufferPointer(rebasing: output[position..<position + taken])
                value = accumulate(packed, bitWidth: Int(bitWidth), least: least, from: value, into: slots)
                position += taken
            }
        }
    }

    /// Unpacks differences and adds them up from `previous`; returns the last sum.
    private static func accumulate<Value: SignedInteger & FixedWidthInteger>(
        _ packed: UnsafeRawBufferPointer, bitWidth: Int, least: Value, from previous: Value,
        into output: UnsafeMutableBufferPointer<Value>
    ) -> Value {
        var value = previous
        guard bitWidth > 0 else {
            for index in output.indices {
                value = value &+ least
                output[index] = value
            }
            return value
        }
        let mask = UInt64.max >> UInt64(64 - bitWidth)
        // Values whose nine bytes, the most that 64 bits can touch, lie within the input.
        let windowed = packed.count < 9 ? 0 : min(output.count, (packed.count - 9) * 8 / bitWidth + 1)
        for index in 0..<windowed {
            let bit = index &* bitWidth
            let byte = bit &>> 3
            let shift = UInt64(bit & 7)
            var window =
                UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: byte, as: UInt64.self)) &>> shift
            // A shift by 64, where the value starts at a byte, is one by 0 here: no bit of the ninth byte is wanted then.
            if bitWidth > 57, shift > 0 { window |= UInt64(packed[byte + 8]) &<< (64 - shift) }
            value = value &+ least &+ Value(truncatingIfNeeded: window & mask)
            output[index] = value
        }
        for index in windowed..<output.count {
            let bit = index * bitWidth
            var window: UInt64 = 0
            for byte in bit / 8..<min(bit / 8 + 9, packed.count) {
                // Shifts beyond either end give zero.
                window |= UInt64(packed[byte]) << (byte * 8 - bit)
            }
            value = value &+ least &+ Value(truncatingIfNeeded: window & mask)
            output[index] = value
        }
        return value
    }
}
