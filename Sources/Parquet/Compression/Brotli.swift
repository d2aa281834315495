import CBrotli

/// Brotli, which is read and never written. https://www.rfc-editor.org/rfc/rfc7932
final class BrotliDecompressor: PageDecompressor {
    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        // The one-shot call grows nothing but its window, 16 MiB at most.
        var sizeBytes = output.count
        let result = BrotliDecoderDecompress(
            input.count, input.bindMemory(to: UInt8.self).baseAddress, &sizeBytes,
            output.bindMemory(to: UInt8.self).baseAddress)
        guard result == BROTLI_DECODER_RESULT_SUCCESS else {
            throw .corrupt("brotli finds the page damaged or larger than its header says")
        }
        guard sizeBytes == output.count else {
            throw .corrupt("a page holds \(sizeBytes) bytes where its header says \(output.count)")
        }
    }

    /// A copy of a few bytes can stand for 16 MiB, so that only ``ReaderLimits`` bound a page.
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int { .max }
}
