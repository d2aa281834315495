/// How much memory a file may ask for before it is refused.
///
/// A few hundred bytes can claim to be gigabytes; these limits hold whatever a file says of itself.
public struct ReaderLimits: Sendable, Equatable {
    /// Bytes of one page at most, decompressed.
    public var pageSizeBytesMaximum = 256 * 1024 * 1024
    /// Bytes of one read's columns in memory at most: slots, strings and validity.
    public var decodedSizeBytesMaximum = 4 * 1024 * 1024 * 1024

    /// The defaults.
    public init() {}
}
