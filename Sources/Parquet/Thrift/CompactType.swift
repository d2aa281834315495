/// The type nibble of Thrift's compact protocol.
///
/// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
enum CompactType: UInt8 {
    case booleanTrue = 1
    case booleanFalse = 2
    case int8 = 3
    case int16 = 4
    case int32 = 5
    case int64 = 6
    case double = 7
    case binary = 8
    case list = 9
    case set = 10
    case map = 11
    case structure = 12
    case uuid = 13
}

/// A struct of parquet.thrift: reading and writing stand side by side in its file.
protocol ThriftStruct {
    init(from reader: inout CompactReader) throws(ParquetError)
    func writeFields(to writer: inout CompactWriter)
}
