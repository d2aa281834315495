/// How page bodies are compressed.
public enum Compression: Sendable, Equatable, Hashable {
    /// Not at all.
    case uncompressed
    /// Zstandard at a level from 1 to 19; above that the window exceeds what some readers accept.
    case zstd(level: Int)
    /// Snappy, which has no levels: the one that every reader knows.
    case snappy
    /// Gzip at a level from 1 to 12; 6 is usual.
    case gzip(level: Int)

    var codec: CompressionCodec {
        switch self {
        case .uncompressed: .uncompressed
        case .zstd: .zstd
        case .snappy: .snappy
        case .gzip: .gzip
        }
    }

    /// The levels that there are, and the one that is asked for; nil where there are none.
    var level: (asked: Int, allowed: ClosedRange<Int>)? {
        switch self {
        case .uncompressed, .snappy: nil
        case .zstd(let level): (level, 1...19)
        case .gzip(let level): (level, 1...12)
        }
    }

    /// Nil where pages are stored as they are.
    func makeCompressor() -> (any PageCompressor)? {
        switch self {
        case .uncompressed: nil
        case .zstd(let level): ZstdCompressor(level: level)
        case .snappy: SnappyCompressor()
        case .gzip(let level): GzipCompressor(level: level)
        }
    }
}

/// Compresses page bodies one by one, keeping its buffers; not for use by two tasks at once.
protocol PageCompressor: AnyObject {
    /// Puts the compressed bytes at the start of `output`, which grows where it must, and returns how many they are.
    func compress(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(ParquetError) -> Int
}

/// Decompresses page bodies one by one, keeping its buffers; not for use by two tasks at once.
protocol PageDecompressor: AnyObject {
    /// Fills `output` exactly; the input need not be trusted.
    func decompress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetError)

    /// The most bytes that so many compressed ones can stand for.
    ///
    /// Where a page claims more, it is refused before room is made for it.
    static func decompressedSizeBytesMaximum(compressedSizeBytes: Int) -> Int
}

extension [UInt8] {
    /// Makes room for `sizeBytes` bytes of any content: the caller overwrites what it uses.
    mutating func ensureCount(_ sizeBytes: Int) {
        guard count < sizeBytes else { return }
        self = [UInt8](unsafeUninitializedCapacity: sizeBytes) { _, count in count = sizeBytes }
    }
}
