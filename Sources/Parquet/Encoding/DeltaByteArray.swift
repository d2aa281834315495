/// Byte strings as what they share with the one before and what comes after it: good for sorted ones.
///
/// The lengths of the shared prefixes are delta-encoded; the suffixes follow as ``DeltaLengthByteArray``.
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#delta-strings-delta_byte_array--7
enum DeltaByteArray {
    /// Appends a page's values: value `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
    static func encode(
        bytes: UnsafeRawBufferPointer, offsets: UnsafeBufferPointer<UInt32>, into output: inout [UInt8]
    ) {
        let count = offsets.count - 1
        var suffixes: [UInt8] = []
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1) * 2) { lengths in
            var previous = UnsafeRawBufferPointer(start: nil, count: 0)
            for index in 0..<count {
                let value = UnsafeRawBufferPointer(
                    rebasing: bytes[Int(offsets[index])..<Int(offsets[index + 1])])
                let prefix = value.sharedPrefixCount(with: previous)
                suffixes.append(contentsOf: value[prefix...])
                lengths[index] = Int32(truncatingIfNeeded: prefix)
                lengths[count + index] = Int32(truncatingIfNeeded: value.count - prefix)
                previous = value
            }
            DeltaBinaryPacked.encode(UnsafeBufferPointer(rebasing: lengths[..<count]), into: &output)
            DeltaBinaryPacked.encode(
                UnsafeBufferPointer(rebasing: lengths[count..<count * 2]), into: &output)
        }
        output.append(contentsOf: suffixes)
    }

    /// Appends a page's `count` values to `column`, whose bytes may become `sizeBytesMaximum`.
    ///
    /// A few bytes can stand for many, as each value may repeat the one before; only the maximum bounds them.
    static func decode(
        _ cursor: inout ByteCursor, count: Int, appendingTo column: inout ByteColumn, sizeBytesMaximum: Int
    ) throws(ParquetError) {
        let prefixes = try DeltaLengthByteArray.decodeLengths(&cursor, count: count)
        let suffixes = try DeltaLengthByteArray.decodeLengths(&cursor, count: count)
        var suffixesSizeBytes = 0
        var sizeBytes = 0
        var previous = 0
        for index in 0..<count {
            let prefix = Int(prefixes[index])
            guard prefix <= previous else {
                throw .corrupt("a prefix of \(prefix) bytes after a string of \(previous)")
            }
            suffixesSizeBytes += Int(suffixes[index])
            previous = prefix + Int(suffixes[index])
            sizeBytes += previous
        }
        let start = column.bytes.count
        guard suffixesSizeBytes <= cursor.remaining else {
            throw .corrupt("suffixes of \(suffixesSizeBytes) bytes where \(cursor.remaining) remain")
        }
        guard start + sizeBytes <= sizeBytesMaximum else {
            throw .columnExceeds(sizeBytesMaximum)
        }
        let source = try cursor.take(suffixesSizeBytes)
        column.bytes.append(count: sizeBytes) { target in
            var read = 0
            var written = 0
            var previousStart = 0
            for index in 0..<count {
                let prefix = Int(prefixes[index])
                let suffix = Int(suffixes[index])
                (target + written).copyMemory(from: target + previousStart, byteCount: prefix)
                if suffix > 0, let source = source.baseAddress {
                    (target + written + prefix).copyMemory(from: source + read, byteCount: suffix)
                }
                read += suffix
                previousStart = written
                written += prefix + suffix
            }
        }
        column.offsets.reserveCapacity(column.offsets.count + count)
        var end = start
        for index in 0..<count {
            end += Int(prefixes[index]) + Int(suffixes[index])
            column.offsets.append(UInt32(truncatingIfNeeded: end))
        }
    }
}
