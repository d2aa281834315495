internal import CLibdeflate

/// Gzip (RFC 1952) of whole buffers.
enum Gzip {
    /// The level whose files are as large as those of zlib's level 9, which Python's `gzip.compress` takes: 1 % larger.
    private static let level: Int32 = 7

    /// Compresses into one member without name or time, so that the same input gives the same bytes.
    ///
    /// - Returns: The file; nil when there is no memory for the compressor.
    static func compress(_ input: [UInt8]) -> [UInt8]? {
        guard let compressor = libdeflate_alloc_compressor(level) else { return nil }
        defer { libdeflate_free_compressor(compressor) }
        let capacity = libdeflate_gzip_compress_bound(compressor, input.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = input.withUnsafeBytes {
                libdeflate_gzip_compress(compressor, $0.baseAddress, $0.count, buffer.baseAddress, capacity)
            }
        }
    }
}
