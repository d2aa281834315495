/// The deprecated codec LZ4, which means one of two things; read and never written.
///
/// Hadoop puts the decompressed size and the compressed size, four bytes each, highest first, before every block; other
/// writers stored one bare block under the same name. Both are told apart by whether the sizes add up.
/// https://github.com/apache/parquet-format/blob/master/Compression.md#lz4
final class LZ4HadoopDecompressor: PageDecompressor {
    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        if Self.decompressFramed(input, into: output) { return }
        guard LZ4RawDecompressor.decompressBlock(input, into: output) == output.count else {
            throw .corrupt("lz4 finds the page damaged or not as large as its header says")
        }
    }

    /// Whether the input is Hadoop's blocks and they fill `output` exactly.
    private static func decompressFramed(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var read = 0
        var written = 0
        while read < input.count {
            guard input.count - read >= 8 else { return false }
            let sizeBytes = Int(
                UInt32(bigEndian: input.loadUnaligned(fromByteOffset: read, as: UInt32.self)))
            let compressedSizeBytes = Int(
                UInt32(bigEndian: input.loadUnaligned(fromByteOffset: read + 4, as: UInt32.self)))
            read += 8
            guard compressedSizeBytes <= input.count - read, sizeBytes <= output.count - written else {
                return false
            }
            let block = UnsafeRawBufferPointer(rebasing: input[read..<read + compressedSizeBytes])
            let target = UnsafeMutableRawBufferPointer(rebasing: output[written..<written + sizeBytes])
            guard LZ4RawDecompressor.decompressBlock(block, into: target) == sizeBytes else { return false }
            read += compressedSizeBytes
            written += sizeBytes
        }
        return written == output.count
    }

    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        LZ4RawDecompressor.decompressedSizeBytesMaximum(compressedSizeBytes: compressedSizeBytes)
    }
}
