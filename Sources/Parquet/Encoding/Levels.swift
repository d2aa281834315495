/// Definition levels of flat columns: 1 where a row has a value, 0 where it is null.
///
/// In V1 pages they stand before the values: four bytes of length, then the RLE hybrid.
/// https://github.com/apache/parquet-format/blob/master/README.md#data-pages
enum Levels {
    /// Appends the levels of some rows; nil means that every row has a value.
    static func encode(
        validity: UnsafeBufferPointer<Bool>?, rowCount: Int, into output: inout [UInt8]
    ) {
        let start = output.count
        output.append(littleEndian: UInt32(0))
        if let validity {
            validity.withMemoryRebound(to: UInt8.self) { levels in
                RLEBitPackedHybrid.encode(levels, bitWidth: 1, into: &output)
            }
        } else {
            output.append(varint: UInt64(rowCount) << 1)
            output.append(1)
        }
        let sizeBytes = UInt32(output.count - start - 4)
        withUnsafeBytes(of: sizeBytes.littleEndian) { bytes in
            output.replaceSubrange(start..<start + 4, with: bytes)
        }
    }

    /// Reads the levels of a page into `levels` and returns how many rows have a value.
    static func decode(
        _ cursor: inout ByteCursor, into levels: UnsafeMutableBufferPointer<UInt8>
    ) throws(ParquetError) -> Int {
        let sizeBytes = try cursor.readUInt32()
        guard sizeBytes <= UInt32(Int32.max) else {
            throw .corrupt("definition levels of \(sizeBytes) bytes")
        }
        var body = ByteCursor(try cursor.take(Int(sizeBytes)))
        try RLEBitPackedHybrid.decode(&body, bitWidth: 1, into: levels)
        var validCount = 0
        for level in levels { validCount &+= Int(level) }
        return validCount
    }
}
