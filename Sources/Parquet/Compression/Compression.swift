/// How page bodies are compressed.
public enum Compression: Sendable, Equatable {
    /// Not at all.
    case uncompressed
    /// Zstandard at a level from 1 to 19; above that the window exceeds what some readers accept.
    case zstd(level: Int)

    var codec: CompressionCodec {
        switch self {
        case .uncompressed: .uncompressed
        case .zstd: .zstd
        }
    }
}
