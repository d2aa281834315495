import CZstd

/// A zstd compression context, kept for its buffers; not for use by two tasks at once.
final class ZstdCompressor {
    private let context: OpaquePointer?

    init() {
        context = ZSTD_createCCtx()
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    /// Replaces `output` with one frame that names its content's size.
    func compress(
        _ input: UnsafeRawBufferPointer, level: Int, into output: inout [UInt8]
    ) throws(ParquetError) {
        let bound = ZSTD_compressBound(input.count)
        if output.count < bound {
            output = [UInt8](repeating: 0, count: bound)
        }
        let written = output.withUnsafeMutableBytes { buffer in
            ZSTD_compressCCtx(
                context, buffer.baseAddress, buffer.count, input.baseAddress, input.count, Int32(level))
        }
        guard ZSTD_isError(written) == 0 else {
            throw .invalidInput(
                .write, "zstd says \(String(cString: ZSTD_getErrorName(written)))",
                remedy: "use another level or no compression")
        }
        compressedSizeBytes = written
    }

    /// How much of the buffer given last to ``compress(_:level:into:)`` is the frame.
    private(set) var compressedSizeBytes = 0
}

/// A zstd decompression context, kept for its buffers; not for use by two tasks at once.
final class ZstdDecompressor {
    private let context: OpaquePointer?

    init() {
        context = ZSTD_createDCtx()
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Fills `output` exactly.
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

    /// The most bytes that `compressedSizeBytes` can hold: a block of 4 bytes can stand for 128 KiB.
    ///
    /// https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int {
        (compressedSizeBytes / 4 + 1) * 128 * 1024
    }
}
