/// The decompressors of one read, made when a chunk first needs them; not for use by two tasks at once.
final class PageDecompressors {
    private var made: [Int32: any PageDecompressor] = [:]

    /// The one for a codec; nil where pages are stored as they are.
    func decompressor(_ codec: CompressionCodec) throws(ParquetError) -> (any PageDecompressor)? {
        guard codec != .uncompressed else { return nil }
        if let decompressor = made[codec.rawValue] { return decompressor }
        let decompressor: any PageDecompressor =
            switch codec {
            case .snappy: SnappyDecompressor()
            case .gzip: GzipDecompressor()
            case .brotli: BrotliDecompressor()
            case .lz4: LZ4HadoopDecompressor()
            case .zstd: ZstdDecompressor()
            case .lz4Raw: LZ4RawDecompressor()
            default: throw .unsupported("the codec is \(codec)")
            }
        made[codec.rawValue] = decompressor
        return decompressor
    }
}
