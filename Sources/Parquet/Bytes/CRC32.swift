import CLibdeflate

/// The checksum of page bodies: CRC-32 as gzip has it.
///
/// https://github.com/apache/parquet-format/blob/master/README.md#checksumming
enum CRC32 {
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        // A null buffer would ask for the initial value, which is 0 as well.
        libdeflate_crc32(0, bytes.baseAddress, bytes.count)
    }
}
