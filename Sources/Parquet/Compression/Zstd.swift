import CZstd

/// Zstandard, a frame a page that names its content's size. https://www.rfc-editor.org/rfc/rfc8878
final class ZstdCompressor: PageCompressor {
    private let context: OpaquePointer?
    private let level: Int32

    init(level: Int) {
        context = ZSTD_createCCtx()
        self.level = Int32(level)
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(ParquetError) -> Int {
        output.ensureCount(ZSTD_compressBound(input.count))
        let written = output.withUnsafeMutableBytes { buffer in
            ZSTD_compressCCtx(
                context, buffer.baseAddress, buffer.count, input.baseAddress, input.count, level)
        }
        guard ZSTD_isError(written) == 0 else {
            throw .invalidInput(
                .write, "zstd says \(String(cString: ZSTD_getErrorName(written)))",
                remedy: "use another level or no compression")
        }
        return written
    }
}

/// Zstandard, the other way.
final class ZstdDecompressor: PageDecompressor {
    private let context: OpaquePointer?

    init() {
        context = ZSTD_createDCtx()
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError) {
        let written = ZSTD_decompressDCtx(
            context, output.baseAddress, output.count, input.baseAddress, input.count)
        guard ZSTD_isError(written) == 0 else {
            throw .corrupt("zstd says \(String(cString: ZSTD_getErrorName(written)))")
        }
        guard written == output.count else {
            throw .corrupt("a page holds \(written) bytes where its header says \(output.count)")
        }
    }

    /// A block of 4 bytes can stand for 128 KiB.
    ///
    /// https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        (compressedSizeBytes / 4 + 1) * 128 * 1024
    }
}
