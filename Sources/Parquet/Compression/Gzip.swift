import CLibdeflate

/// Gzip, a member a page. https://www.rfc-editor.org/rfc/rfc1952
final class GzipCompressor: PageCompressor {
    private let compressor: OpaquePointer?

    init(level: Int) {
        compressor = libdeflate_alloc_compressor(Int32(level))
    }

    deinit {
        libdeflate_free_compressor(compressor)
    }

    func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(ParquetError) -> Int {
        output.ensureCount(libdeflate_gzip_compress_bound(compressor, input.count))
        let written = output.withUnsafeMutableBytes { buffer in
            libdeflate_gzip_compress(
                compressor, input.baseAddress, input.count, buffer.baseAddress, buffer.count)
        }
        guard written > 0 else {
            throw .invalidInput(
                .write, "gzip wants more than its own bound", remedy: "use another codec or no compression")
        }
        return written
    }
}

/// Gzip, the other way; some writers put several members into a page.
final class GzipDecompressor: PageDecompressor {
    private let decompressor = libdeflate_alloc_decompressor()

    deinit {
        libdeflate_free_decompressor(decompressor)
    }

    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        guard let source = input.baseAddress else { throw .corrupt("gzip finds no bytes") }
        var read = 0
        var written = 0
        repeat {
            var memberRead = 0
            var memberWritten = 0
            let result = libdeflate_gzip_decompress_ex(
                decompressor, source + read, input.count - read,
                output.baseAddress.map { $0 + written }, output.count - written, &memberRead, &memberWritten)
            guard result == LIBDEFLATE_SUCCESS else {
                throw .corrupt(
                    result == LIBDEFLATE_INSUFFICIENT_SPACE
                        ? "a page holds more bytes than the \(output.count) that its header says"
                        : "gzip finds the page damaged")
            }
            read += memberRead
            written += memberWritten
        } while read < input.count
        guard written == output.count else {
            throw .corrupt("a page holds \(written) bytes where its header says \(output.count)")
        }
    }

    /// A match of two bits can stand for 258 bytes, and a block may have no end but the page's.
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        (compressedSizeBytes + 1) * 1032
    }
}
