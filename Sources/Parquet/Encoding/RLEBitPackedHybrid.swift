/// Runs of one value and bit-packed groups of eight in turn: levels and dictionary indices.
///
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
enum RLEBitPackedHybrid {
    /// The bits that the numbers up to `maximum` need.
    static func bitWidth(maximum: Int) -> Int {
        Int.bitWidth - maximum.leadingZeroBitCount
    }

    /// Appends values of `bitWidth` bits (0...32).
    ///
    /// A run is written as such where that takes fewer bytes than packing it, its own header and the next one's included.
    static func encode<Element: FixedWidthInteger & UnsignedInteger>(
        _ values: UnsafeBufferPointer<Element>, bitWidth: Int, into output: inout [UInt8]
    ) {
        let valueSizeBytes = (bitWidth + 7) / 8
        let runLengthMinimum = bitWidth == 0 ? 1 : (3 + valueSizeBytes + bitWidth - 1) / bitWidth * 8
        var packedStart = 0
        var position = 0
        while position < values.count {
            let value = values[position]
            var end = position + 1
            while end < values.count, values[end] == value { end += 1 }
            let length = end - position
            let isCheaperTail =
                end == values.count && 1 + valueSizeBytes < (length + 7) / 8 * bitWidth
            guard length >= runLengthMinimum || isCheaperTail else {
                position = min(position + 8, values.count)
                continue
            }
            appendPacked(values, packedStart..<position, bitWidth: bitWidth, into: &output)
            output.append(varint: UInt64(length) << 1)
            for byte in 0..<valueSizeBytes {
                output.append(UInt8(truncatingIfNeeded: value >> Element(byte * 8)))
            }
            position = end
            packedStart = end
        }
        appendPacked(values, packedStart..<values.count, bitWidth: bitWidth, into: &output)
    }

    private static func appendPacked<Element: FixedWidthInteger & UnsignedInteger>(
        _ values: UnsafeBufferPointer<Element>, _ range: Range<Int>, bitWidth: Int, into output: inout [UInt8]
    ) {
        guard !range.isEmpty else { return }
        output.append(varint: UInt64((range.count + 7) / 8) << 1 | 1)
        BitPacking.pack(UnsafeBufferPointer(rebasing: values[range]), bitWidth: bitWidth, into: &output)
    }

    /// Fills `output` with values of `bitWidth` bits (0...32).
    ///
    /// The last packed group may lack the bytes of its padding, as some writers leave them out.
    static func decode<Element: FixedWidthInteger & UnsignedInteger>(
        _ cursor: inout ByteCursor, bitWidth: Int, into output: UnsafeMutableBufferPointer<Element>
    ) throws(ParquetError) {
        guard bitWidth <= 32 else { throw .corrupt("a bit width of \(bitWidth)") }
        let valueSizeBytes = (bitWidth + 7) / 8
        var position = 0
        while position < output.count {
            let header = try cursor.readVarint()
            let wanted = output.count - position
            guard header & 1 == 1 else {
                var value: UInt64 = 0
                for byte in 0..<valueSizeBytes {
                    value |= UInt64(try cursor.readByte()) << UInt64(byte * 8)
                }
                guard value >> UInt64(bitWidth) == 0 else {
                    throw .corrupt("a run of the value \(value) where \(bitWidth) bits are the width")
                }
                guard header > 1 else { throw .corrupt("a run of no values") }
                let length = Int(min(header >> 1, UInt64(wanted)))
                output[position..<position + length].update(repeating: Element(truncatingIfNeeded: value))
                position += length
                continue
            }
            let groups = header >> 1
            guard groups > 0 else { throw .corrupt("a run of no values") }
            let length = Int(min(groups.multipliedReportingOverflow(by: 8).partialValue, UInt64(wanted)))
            guard groups <= UInt64(Int32.max) else { throw .corrupt("a run of \(groups) packed groups") }
            let neededSizeBytes = (length * bitWidth + 7) / 8
            guard neededSizeBytes <= cursor.remaining else {
                throw .corrupt("\(length) packed values end after \(cursor.remaining) bytes")
            }
            let packed = try cursor.take(min(Int(groups) * bitWidth, cursor.remaining))
            let slots = UnsafeMutableBufferPointer(rebasing: output[position..<position + length])
            if bitWidth == 0 {
                slots.update(repeating: 0)
            } else {
                BitPacking.unpack(packed, bitWidth: bitWidth, into: slots)
            }
            position += length
        }
    }
}
