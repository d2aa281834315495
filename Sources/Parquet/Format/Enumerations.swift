// The enumerations of parquet.thrift as open sets: a file may hold numbers that are younger than this module.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

/// How values are stored.
struct PhysicalType: RawRepresentable, Equatable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let boolean = PhysicalType(rawValue: 0)
    static let int32 = PhysicalType(rawValue: 1)
    static let int64 = PhysicalType(rawValue: 2)
    static let int96 = PhysicalType(rawValue: 3)
    static let float = PhysicalType(rawValue: 4)
    static let double = PhysicalType(rawValue: 5)
    static let byteArray = PhysicalType(rawValue: 6)
    static let fixedLengthByteArray = PhysicalType(rawValue: 7)

    private static let names = [
        "BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
    ]
    var description: String { name(rawValue, in: Self.names) }
}

/// The older annotation of a type; a writer sets it beside ``LogicalType`` for older readers.
struct ConvertedType: RawRepresentable, Equatable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let utf8 = ConvertedType(rawValue: 0)
    static let enumeration = ConvertedType(rawValue: 4)
    static let decimal = ConvertedType(rawValue: 5)
    static let date = ConvertedType(rawValue: 6)
    static let timeMilliseconds = ConvertedType(rawValue: 7)
    static let timeMicroseconds = ConvertedType(rawValue: 8)
    static let timestampMilliseconds = ConvertedType(rawValue: 9)
    static let timestampMicroseconds = ConvertedType(rawValue: 10)
    static let unsignedInt8 = ConvertedType(rawValue: 11)
    static let unsignedInt16 = ConvertedType(rawValue: 12)
    static let unsignedInt32 = ConvertedType(rawValue: 13)
    static let unsignedInt64 = ConvertedType(rawValue: 14)
    static let int8 = ConvertedType(rawValue: 15)
    static let int16 = ConvertedType(rawValue: 16)
    static let int32 = ConvertedType(rawValue: 17)
    static let int64 = ConvertedType(rawValue: 18)
    static let json = ConvertedType(rawValue: 19)
    static let bson = ConvertedType(rawValue: 20)
    static let interval = ConvertedType(rawValue: 21)

    private static let names = [
        "UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS",
        "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16",
        "INT_32", "INT_64", "JSON", "BSON", "INTERVAL",
    ]
    var description: String { name(rawValue, in: Self.names) }
}

/// Whether a field may be absent or repeat.
struct Repetition: RawRepresentable, Equatable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let required = Repetition(rawValue: 0)
    static let optional = Repetition(rawValue: 1)
    static let repeated = Repetition(rawValue: 2)

    var description: String { name(rawValue, in: ["REQUIRED", "OPTIONAL", "REPEATED"]) }
}

/// How a page's values or levels are encoded.
struct Encoding: RawRepresentable, Equatable, Hashable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let plain = Encoding(rawValue: 0)
    static let plainDictionary = Encoding(rawValue: 2)
    static let rle = Encoding(rawValue: 3)
    static let bitPacked = Encoding(rawValue: 4)
    static let deltaBinaryPacked = Encoding(rawValue: 5)
    static let deltaLengthByteArray = Encoding(rawValue: 6)
    static let deltaByteArray = Encoding(rawValue: 7)
    static let rleDictionary = Encoding(rawValue: 8)
    static let byteStreamSplit = Encoding(rawValue: 9)

    private static let names = [
        "PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED",
        "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT",
    ]
    var description: String { name(rawValue, in: Self.names) }
}

/// How page bodies are compressed.
struct CompressionCodec: RawRepresentable, Equatable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let uncompressed = CompressionCodec(rawValue: 0)
    static let snappy = CompressionCodec(rawValue: 1)
    static let gzip = CompressionCodec(rawValue: 2)
    static let brotli = CompressionCodec(rawValue: 4)
    /// Deprecated: Hadoop's framing, or none.
    static let lz4 = CompressionCodec(rawValue: 5)
    static let zstd = CompressionCodec(rawValue: 6)
    static let lz4Raw = CompressionCodec(rawValue: 7)

    private static let names = [
        "UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW",
    ]
    var description: String { name(rawValue, in: Self.names) }
}

/// What a page holds.
struct PageType: RawRepresentable, Equatable, Sendable, CustomStringConvertible {
    var rawValue: Int32
    static let data = PageType(rawValue: 0)
    static let index = PageType(rawValue: 1)
    static let dictionary = PageType(rawValue: 2)
    static let dataV2 = PageType(rawValue: 3)

    private static let names = ["DATA_PAGE", "INDEX_PAGE", "DICTIONARY_PAGE", "DATA_PAGE_V2"]
    var description: String { name(rawValue, in: Self.names) }
}

private func name(_ rawValue: Int32, in names: [String]) -> String {
    names.indices.contains(Int(rawValue)) ? names[Int(rawValue)] : "number \(rawValue)"
}
