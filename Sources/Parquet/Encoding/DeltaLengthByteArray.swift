/// Byte strings as their lengths, delta-encoded, and then their bytes back to back.
///
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#delta-length-byte-array-delta_length_byte_array--6
enum DeltaLengthByteArray {
    /// Appends a page's values: value `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
    static func encode(
        bytes: UnsafeRawBufferPointer, offsets: UnsafeBufferPointer<UInt32>, into output: inout [UInt8]
    ) {
        let count = offsets.count - 1
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1)) { lengths in
            for index in 0..<count {
                lengths[index] = Int32(truncatingIfNeeded: offsets[index + 1] - offsets[index])
            }
            DeltaBinaryPacked.encode(UnsafeBufferPointer(rebasing: lengths[..<count]), into: &output)
        }
        output.append(contentsOf: bytes[Int(offsets[0])..<Int(offsets[count])])
    }

    /// Appends a page's `count` values to `column`, whose bytes may become `sizeBytesMaximum`.
    static func decode(
        _ cursor: inout ByteCursor, count: Int, appendingTo column: inout ByteColumn, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        let lengths = try decodeLengths(&cursor, count: count)
        var sizeBytes = 0
        for length in lengths { sizeBytes += Int(length) }
        let start = column.bytes.count
        guard sizeBytes <= cursor.remaining else {
            throw .corrupt("strings of \(sizeBytes) bytes where \(cursor.remaining) remain")
        }
        guard start + sizeBytes <= sizeBytesMaximum else {
            throw .columnExceeds(sizeBytesMaximum)
        }
        column.bytes.append(contentsOf: try cursor.take(sizeBytes))
        column.offsets.reserveCapacity(column.offsets.count + count)
        var end = start
        for length in lengths {
            end += Int(length)
            column.offsets.append(UInt32(truncatingIfNeeded: end))
        }
    }

    /// The lengths of a page's strings or prefixes, none of them negative.
    static func decodeLengths(_ cursor: inout ByteCursor, count: Int) throws(ParquetError) -> [Int32] {
        var lengths = [Int32](repeating: 0, count: count)
        try lengths.withUnsafeMutableBufferPointer { lengths throws(ParquetError) in
            try DeltaBinaryPacked.decode(&cursor, into: lengths)
        }
        for length in lengths where length < 0 { throw .corrupt("a string of \(length) bytes") }
        return lengths
    }
}
