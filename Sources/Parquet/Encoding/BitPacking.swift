/// Integers of a fixed number of bits, lowest bit first, as the RLE hybrid packs them.
///
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
enum BitPacking {
    /// Packs values of `bitWidth` bits (1...32), the last group of eight padded with zeros.
    static func pack<Element: FixedWidthInteger & UnsignedInteger>(
        _ values: UnsafeBufferPointer<Element>, bitWidth: Int, into output: inout [UInt8]
    ) {
        let sizeBytes = (values.count + 7) / 8 * bitWidth
        output.append(count: sizeBytes) { start in
            var window: UInt64 = 0
            var windowBits = 0
            var position = 0
            for value in values {
                window |= UInt64(value) << UInt64(windowBits)
                windowBits += bitWidth
                if windowBits >= 32 {
                    start.storeBytes(
                        of: UInt32(truncatingIfNeeded: window).littleEndian, toByteOffset: position,
                        as: UInt32.self)
                    window >>= 32
                    windowBits -= 32
                    position += 4
                }
            }
            while windowBits > 0 {
                start.storeBytes(
                    of: UInt8(truncatingIfNeeded: window), toByteOffset: position, as: UInt8.self)
                window >>= 8
                windowBits -= 8
                position += 1
            }
        }
    }

    /// Unpacks `output.count` values of `bitWidth` bits (1...32); `input` must hold all of their bits.
    static func unpack<Element: FixedWidthInteger & UnsignedInteger>(
        _ input: UnsafeRawBufferPointer, bitWidth: Int, into output: UnsafeMutableBufferPointer<Element>
    ) {
        precondition(input.count * 8 >= output.count * bitWidth, "the input holds every value")
        let mask = bitWidth == 32 ? UInt64(UInt32.max) : (1 << UInt64(bitWidth)) - 1
        // Values whose eight-byte window lies within the input.
        let windowed = input.count < 8 ? 0 : min(output.count, (input.count - 8) * 8 / bitWidth)
        for index in 0..<windowed {
            let bit = index &* bitWidth
            let window = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
            output[index] = Element(truncatingIfNeeded: window &>> UInt64(bit & 7) & mask)
        }
        for index in windowed..<output.count {
            let bit = index * bitWidth
            var window: UInt64 = 0
            for byte in bit / 8..<min(bit / 8 + 8, input.count) {
                window |= UInt64(input[byte]) << UInt64((byte - bit / 8) * 8)
            }
            output[index] = Element(truncatingIfNeeded: window >> UInt64(bit & 7) & mask)
        }
    }
}
