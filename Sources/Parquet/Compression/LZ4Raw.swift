import CLZ4

/// LZ4 blocks without a frame (codec LZ4_RAW), read and never written.
///
/// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
final class LZ4RawDecompressor: PageDecompressor {
    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        guard let written = Self.decompressBlock(input, into: output) else {
            throw .corrupt("lz4 finds the page damaged or larger than its header says")
        }
        guard written == output.count else {
            throw .corrupt("a page holds \(written) bytes where its header says \(output.count)")
        }
    }

    /// Decompresses one block to the start of `output`; returns its bytes, or nil when it is damaged or does not fit.
    static func decompressBlock(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard let inputSizeBytes = Int32(exactly: input.count) else { return nil }
        let written = LZ4_decompress_safe(
            input.bindMemory(to: CChar.self).baseAddress, output.bindMemory(to: CChar.self).baseAddress,
            inputSizeBytes, Int32(clamping: output.count))
        return written < 0 ? nil : Int(written)
    }

    /// A byte of a match's length can stand for 255.
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        (compressedSizeBytes + 1) * 255
    }
}
