import Testing

@testable import Parquet

struct ThriftTests {
    private func decode<Value: ThriftStruct>(_ bytes: [UInt8], as type: Value.Type) throws(ParquetError)
        -> Value
    {
        try bytes.withUnsafeBufferPointer { bytes throws(ParquetError) in
            var reader = CompactReader(UnsafeRawBufferPointer(bytes))
            return try Value(from: &reader)
        }
    }

    @Test func `writes a page header as the protocol says`() throws {
        let header = PageHeader(
            type: .data, uncompressedSizeBytes: 21, compressedSizeBytes: 300, crc: -1,
            data: DataPageHeader(valueCount: 3, encoding: .rleDictionary))
        let bytes: [UInt8] = [
            0x15, 0x00, 0x15, 0x2a, 0x15, 0xd8, 0x04, 0x15, 0x01, 0x1c, 0x15, 0x06, 0x15, 0x10, 0x15, 0x06,
            0x15, 0x06,
            0x00, 0x00,
        ]
        #expect(CompactWriter.encode(header) == bytes)
        #expect(try decode(bytes, as: PageHeader.self) == header)
    }

    @Test func `reads back a footer`() throws {
        var statistics = Statistics(exactMinimum: Int64.min, exactMaximum: Int64.max)
        statistics.nullCount = 1 << 40
        statistics.nanCount = 2
        let schema = Schema(
            (0..<20).map { Schema.Field("column \($0)", Samples.types[$0 % 9].type, isNullable: $0 % 2 == 0) }
        )
        let column = ColumnMetaData(
            type: .int64, encodings: [.plain, .rle], path: ["a"], codec: .zstd, valueCount: 1 << 33,
            uncompressedSizeBytes: 2, compressedSizeBytes: 3, dataPageOffset: 4, dictionaryPageOffset: 5,
            statistics: statistics,
            encodingStatistics: [PageEncodingStatistics(pageType: .data, encoding: .plain, count: 6)])
        let footer = FileMetaData(
            schema: schema.elements, rowCount: 7,
            rowGroups: [
                RowGroup(
                    columns: [ColumnChunk(metaData: column)], uncompressedSizeBytes: 8, rowCount: 9,
                    sortingColumns: [SortingColumn(columnIndex: 1, isDescending: true, areNullsFirst: true)],
                    fileOffset: 10, compressedSizeBytes: 11, ordinal: -12)
            ],
            keyValueMetadata: [KeyValue(key: "k", value: nil), KeyValue(key: "", value: "v")],
            createdBy: "someone",
            columnOrders: [.typeDefined, .other(2)])
        #expect(try decode(CompactWriter.encode(footer), as: FileMetaData.self) == footer)
    }

    @Test(arguments: [
        LogicalType.string, .map, .list, .enumeration, .decimal(scale: 2, precision: 9), .date,
        .time(isAdjustedToUTC: true, .milliseconds), .timestamp(isAdjustedToUTC: false, .nanoseconds),
        .timestamp(isAdjustedToUTC: true, .microseconds), .integer(bitWidth: 8, isSigned: false), .null,
        .json, .bson,
        .uuid, .float16, .other(99),
    ])
    func `reads back a logical type`(type: LogicalType) throws {
        #expect(try decode(CompactWriter.encode(type), as: LogicalType.self) == type)
    }

    @Test func `skips fields that it does not know`() throws {
        let bytes: [UInt8] =
            [0x15, 0x02, 0x25, 0x04]  // 1: type; 3: compressed size
            + [0x05, 0x04, 0x06]  // 2, out of order, with a long header
            + [0x05, 0x80, 0x02, 0x00]  // 128: i32
            + [0x11, 0x12, 0x13, 0x7f, 0x14, 0x02, 0x16, 0x02]  // booleans, i8, i16, i64
            + [0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x02, 65, 66]  // double, binary
            + [0x19, 0x21, 0x01, 0x02, 0x1a, 0x15, 0x02]  // list of booleans, set
            + [0x1b, 0x00, 0x1b, 0x01, 0x85, 0x01, 65, 0x02]  // empty map, map of binary to i32
            + [0x1c, 0x1c, 0x00, 0x00]  // structs
            + [0x1d] + [UInt8](repeating: 7, count: 16)  // uuid
            + [0x00]
        #expect(
            try decode(bytes, as: PageHeader.self)
                == PageHeader(type: .index, uncompressedSizeBytes: 3, compressedSizeBytes: 2))
    }

    @Test(
        arguments: [
            ([0x15], "bytes end at 1 where one more was expected"),
            ([0x1e, 0x00], "14 is no Thrift type"),
            ([0x00], "a page header has no type or no sizes"),
            ([0x15, 0x00, 0x15, 0x01, 0x15, 0x00, 0x00], "a page header has the sizes -1 and 0"),
            ([0x15, 0x80, 0x80, 0x80, 0x80, 0x20, 0x00], "4294967296 exceeds 32 bits"),
            ([0x68, 0x7f], "a Thrift binary of 127 bytes where 0 remain"),
            ([0x69, 0xf5, 0xff, 0xff, 0x03], "a Thrift list of 65535 elements where 0 bytes remain"),
            ([0x6b, 0x7f], "a Thrift map of 127 entries where 0 bytes remain"),
            ([0x06, 0x80, 0x80, 0x08], "a Thrift field id exceeds 16 bits"),
            ([0x06, 0xfe, 0xff, 0x03, 0x00, 0x16, 0x00], "a Thrift field id exceeds 16 bits"),
            ([UInt8](repeating: 0x6c, count: 100), "Thrift values nest deeper than 32"),
            (
                [UInt8](repeating: 0x69, count: 1) + [UInt8](repeating: 0x19, count: 100),
                "Thrift values nest deeper than 32"
            ),
        ] as [([UInt8], String)])
    func `refuses damaged headers`(bytes: [UInt8], cause: String) throws {
        let error = try #require(throws: ParquetError.self) { try decode(bytes, as: PageHeader.self) }
        #expect(error.cause == cause)
    }
}
