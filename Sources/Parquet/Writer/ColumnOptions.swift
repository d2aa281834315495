/// How one column is written, where it differs from the rest of the file.
public struct ColumnOptions: Sendable, Equatable {
    /// How the values are stored.
    public var encoding: ValueEncoding
    /// How the pages are compressed; nil takes ``WriterOptions/compression``.
    public var compression: Compression?

    /// Makes options.
    public init(encoding: ValueEncoding = .automatic, compression: Compression? = nil) {
        self.encoding = encoding
        self.compression = compression
    }
}

/// How a column's values are stored.
///
/// Every reader knows what ``automatic`` and ``plain`` write. The others make some columns much smaller, and are refused by old
/// readers: Spark before 3.3 and what is built on it.
public enum ValueEncoding: Sendable, Equatable, Hashable, CaseIterable {
    /// With a dictionary (RLE_DICTIONARY) where that is smaller, else as ``plain``.
    ///
    /// A chunk has one encoding: the dictionary is tried on its first values, and given up for the whole chunk where it does not
    /// pay.
    case automatic
    /// As the bytes of the values (PLAIN).
    case plain
    /// Whole numbers as differences (DELTA_BINARY_PACKED): good for sorted ones and for small steps.
    case deltaBinaryPacked
    /// Byte strings of any length as lengths and bytes (DELTA_LENGTH_BYTE_ARRAY).
    case deltaLengthByteArray
    /// Byte strings without the prefix that they share with the one before (DELTA_BYTE_ARRAY): good for sorted ones.
    case deltaByteArray
    /// Numbers and fixed bytes as a stream a byte (BYTE_STREAM_SPLIT): good for floating point under a codec.
    case byteStreamSplit

    /// What data pages say; nil where that depends on the values.
    var encoding: Encoding? {
        switch self {
        case .automatic: nil
        case .plain: .plain
        case .deltaBinaryPacked: .deltaBinaryPacked
        case .deltaLengthByteArray: .deltaLengthByteArray
        case .deltaByteArray: .deltaByteArray
        case .byteStreamSplit: .byteStreamSplit
        }
    }

    /// Whether the format has the encoding for a type.
    public func isDefined(for type: Schema.FieldType) -> Bool {
        let type = type.physicalType
        return switch self {
        case .automatic, .plain: true
        case .deltaBinaryPacked: [.int32, .int64].contains(type)
        case .deltaLengthByteArray: type == .byteArray
        case .deltaByteArray: [.byteArray, .fixedLengthByteArray].contains(type)
        case .byteStreamSplit: [.int32, .int64, .float, .double, .fixedLengthByteArray].contains(type)
        }
    }
}
