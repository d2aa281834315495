import CZlib

/// The checksum of page bodies: CRC-32 as gzip has it.
///
/// https://github.com/apache/parquet-format/blob/master/README.md#checksumming
enum CRC32 {
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        return UInt32(truncatingIfNeeded: crc32_z(0, start, bytes.count))
    }
}
