import CSnappy

/// Snappy without a frame. https://github.com/google/snappy/blob/main/format_description.txt
final class SnappyCompressor: PageCompressor {
    func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(ParquetError) -> Int {
        // The library's own loops use 32 bits of length.
        guard input.count <= Int(UInt32.max) else {
            throw .invalidInput(
                .write, "a page of \(input.count) bytes", remedy: "shorten the longest values")
        }
        output.ensureCount(snappy_max_compressed_length(input.count))
        var sizeBytes = output.count
        let status = output.withUnsafeMutableBytes { buffer in
            snappy_compress(
                input.bindMemory(to: CChar.self).baseAddress, input.count,
                buffer.bindMemory(to: CChar.self).baseAddress, &sizeBytes)
        }
        guard status == SNAPPY_OK else {
            throw .invalidInput(
                .write, "snappy says \(status.rawValue)", remedy: "use another codec or no compression")
        }
        return sizeBytes
    }
}

/// Snappy, the other way.
final class SnappyDecompressor: PageDecompressor {
    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        let bytes = input.bindMemory(to: CChar.self).baseAddress
        var sizeBytes = 0
        guard snappy_uncompressed_length(bytes, input.count, &sizeBytes) == SNAPPY_OK else {
            throw .corrupt("snappy finds no length")
        }
        guard sizeBytes == output.count else {
            throw .corrupt("a page holds \(sizeBytes) bytes where its header says \(output.count)")
        }
        let target = output.bindMemory(to: CChar.self).baseAddress
        guard snappy_uncompress(bytes, input.count, target, &sizeBytes) == SNAPPY_OK else {
            throw .corrupt("snappy finds the page damaged")
        }
    }

    /// A copy of three bytes can stand for 64.
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        (compressedSizeBytes / 3 + 1) * 64
    }
}
