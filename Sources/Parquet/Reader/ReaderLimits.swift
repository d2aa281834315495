/// How much memory a file may ask for before it is refused.
///
/// A few hundred bytes can claim to be gigabytes; these limits hold whatever a file says of itself. Room is made only for what
/// the bytes that are there can stand for, and never for more than these.
public struct ReaderLimits: Sendable, Equatable {
    /// Bytes of the footer at most, as stored.
    public var footerSizeBytesMaximum = 64 * 1024 * 1024
    /// Bytes that the footer's entries (columns, chunks, notes) may take in memory.
    public var metadataSizeBytesMaximum = 512 * 1024 * 1024
    /// Rows of the file at most.
    public var rowCountMaximum = 4 * 1024 * 1024 * 1024
    /// Bytes of one page at most, decompressed; no string is longer than its page.
    public var pageSizeBytesMaximum = 256 * 1024 * 1024
    /// Bytes of one dictionary page at most, decompressed.
    public var dictionarySizeBytesMaximum = 256 * 1024 * 1024
    /// Bytes of one read's columns in memory at most: slots, strings and validity.
    public var decodedSizeBytesMaximum = 4 * 1024 * 1024 * 1024

    /// The defaults.
    public init() {}
}
