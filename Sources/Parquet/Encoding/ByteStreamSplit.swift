/// The first bytes of all values, then the second bytes, and so on: codecs like floating point better that way.
///
/// https://github.com/apache/parquet-format/blob/master/Encodings.md#byte-stream-split-byte_stream_split--9
enum ByteStreamSplit {
    /// Appends values of `width` bytes (1 at least), given back to back.
    static func encode(_ values: UnsafeRawBufferPointer, width: Int, into output: inout [UInt8]) {
        let count = values.count / width
        guard count > 0, let source = values.baseAddress else { return }
        output.append(count: count * width) { target in
            for stream in 0..<width {
                let bytes = (target + stream * count).assumingMemoryBound(to: UInt8.self)
                var from = (source + stream).assumingMemoryBound(to: UInt8.self)
                for index in 0..<count {
                    bytes[index] = from.pointee
                    from += width
                }
            }
        }
    }

    /// Fills `output` with values of `width` bytes (1 at least), back to back; its size must be a multiple of the width.
    static func decode(
        _ cursor: inout ByteCursor, width: Int, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        let values = try cursor.take(output.count)
        let count = output.count / width
        guard count > 0, let source = values.baseAddress, let target = output.baseAddress else { return }
        for stream in 0..<width {
            let bytes = (source + stream * count).assumingMemoryBound(to: UInt8.self)
            var to = (target + stream).assumingMemoryBound(to: UInt8.self)
            for index in 0..<count {
                to.pointee = bytes[index]
                to += width
            }
        }
    }
}
