import Testing

@testable import Parquet

struct ParquetWriterTests {
    /// The headers of a chunk's pages.
    private func pages(_ file: [UInt8], _ chunk: ColumnChunk) throws -> [PageHeader] {
        let metaData = try #require(chunk.metaData)
        let start = Int(metaData.dictionaryPageOffset ?? metaData.dataPageOffset)
        let bytes = Array(file[start..<start + Int(metaData.compressedSizeBytes)])
        return try bytes.withUnsafeBufferPointer { bytes in
            var headers: [PageHeader] = []
            var position = 0
            while position < bytes.count {
                var reader = CompactReader(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[position...]))
                let header = try PageHeader(from: &reader)
                headers.append(header)
                position += reader.cursor.offset + Int(header.compressedSizeBytes)
            }
            return headers
        }
    }

    private func encode(
        _ column: ColumnVector, _ type: Schema.FieldType, isNullable: Bool = false,
        change: (inout WriterOptions) -> Void = { _ in }
    ) throws -> [UInt8] {
        try ParquetFile.encode(
            schema: Schema([Schema.Field("a", type, isNullable: isNullable)]),
            batch: ColumnBatch(rowCount: column.count, columns: [column]), options: .make(change))
    }

    @Test(arguments: [1, 7, 100, 999, 3000])
    func `writes the same bytes however the rows come`(batchRowCount: Int) throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: true, rowCount: 3000)
        let options = WriterOptions.make {
            $0.rowGroupRowCountMaximum = 700
            $0.rowGroupSizeBytesMaximum = 40_000
            $0.pageRowCountMaximum = 90
        }
        let whole = try ParquetFile.encode(schema: schema, batch: batch, options: options)
        var writer = try ParquetWriter(schema: schema, options: options, sink: ByteArraySink())
        for start in stride(from: 0, to: 3000, by: batchRowCount) {
            try writer.write(batch.slice(start..<min(start + batchRowCount, 3000)))
        }
        #expect(try writer.finish().bytes == whole)
        #expect(try TestFile.footer(whole).rowGroups.count > 5)
        #expect(try ParquetReader(whole).read() == batch)
    }

    @Test func `hands bytes to the sink as row groups fill`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: false, rowCount: 100)
        var writer = try ParquetWriter(
            schema: schema, options: .make { $0.rowGroupRowCountMaximum = 250 }, sink: CountingSink())
        for _ in 0..<5 { try writer.write(batch) }
        let sink = try writer.finish()
        // A row group when the third batch fills it, one with the fifth and the footer.
        #expect(sink.sizesBytes.count == 3)
        #expect(sink.sizesBytes[0] > 1000)
        #expect(sink.sizesBytes[1] > 1000)
    }

    @Test func `hands over each row group of a large batch as it fills`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: false, rowCount: 10_000)
        var writer = try ParquetWriter(
            schema: schema, options: .make { $0.rowGroupRowCountMaximum = 500 }, sink: CountingSink())
        try writer.write(batch)
        let sink = try writer.finish()
        // The last call has the page index of all row groups as well.
        #expect(sink.sizesBytes.count == 21)
        let whole = sink.sizesBytes.reduce(0, +)
        #expect(sink.sizesBytes.dropLast().allSatisfy { $0 < whole / 15 })
    }

    @Test func `ends a row group when asked to`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: false, rowCount: 30)
        var writer = try ParquetWriter(schema: schema, sink: ByteArraySink())
        try writer.endRowGroup()
        try writer.write(batch)
        try writer.endRowGroup()
        try writer.endRowGroup()
        try writer.write(batch.slice(0..<7))
        let file = try writer.finish().bytes
        #expect(try TestFile.footer(file).rowGroups.map(\.rowCount) == [30, 7])
    }

    @Test func `passes the sink's error on`() throws {
        let (schema, batch) = Samples.batch(shape: .oneRow, isNullable: false)
        var writer = try ParquetWriter(schema: schema, sink: FullSink())
        try writer.write(batch)
        #expect(throws: FullSink.Full.self) { try writer.finish() }
    }

    @Test func `bounds row groups by bytes, a row at least`() throws {
        let texts = [10, 10, 500, 10, 10, 10].map { String(repeating: "x", count: $0) }
        let file = try encode(ColumnVector(.bytes(Samples.strings(texts))), .string) {
            $0.rowGroupSizeBytesMaximum = 45
        }
        #expect(try TestFile.footer(file).rowGroups.map(\.rowCount) == [2, 1, 3])
    }

    @Test func `writes no row groups for no rows`() throws {
        let (schema, batch) = Samples.batch(shape: .empty, isNullable: true)
        let metaData = try TestFile.footer(ParquetFile.encode(schema: schema, batch: batch))
        #expect(metaData.rowGroups.isEmpty)
        #expect(metaData.rowCount == 0)
        #expect(metaData.version == 1)
        #expect(metaData.columnOrders == schema.fields.map { _ in .typeDefined })
    }

    @Test func `states sizes, offsets and encodings exactly`() throws {
        let (schema, batch) = Samples.batch(shape: .fewDistinct, isNullable: true, rowCount: 25_000)
        let file = try ParquetFile.encode(
            schema: schema, batch: batch, options: .make { $0.sortingColumns = ["int64", "string"] })
        let metaData = try TestFile.footer(file)
        let group = metaData.rowGroups[0]
        #expect(group.sortingColumns == [SortingColumn(columnIndex: 2), SortingColumn(columnIndex: 5)])
        #expect(group.ordinal == 0)
        #expect(group.fileOffset == 4)
        var position: Int64 = 4
        for chunk in group.columns {
            let column = try #require(chunk.metaData)
            let headers = try pages(file, chunk)
            #expect((column.dictionaryPageOffset ?? column.dataPageOffset) == position)
            position += column.compressedSizeBytes
            let isDictionary = column.type != .boolean
            #expect(headers.map(\.type) == (isDictionary ? [.dictionary] : []) + [.data, .data])
            #expect(headers.compactMap(\.data?.valueCount) == [20_000, 5000])
            #expect(headers.allSatisfy { $0.crc != nil })
            let headersSize =
                column.compressedSizeBytes - headers.reduce(0) { $0 + Int64($1.compressedSizeBytes) }
            #expect(
                column.uncompressedSizeBytes == headersSize
                    + headers.reduce(0) { $0 + Int64($1.uncompressedSizeBytes) })
            let data = PageEncodingStatistics(
                pageType: .data, encoding: isDictionary ? .rleDictionary : .plain, count: 2)
            let dictionary = PageEncodingStatistics(pageType: .dictionary, encoding: .plain, count: 1)
            #expect(column.encodingStatistics == (isDictionary ? [dictionary] : []) + [data])
        }
        #expect(group.compressedSizeBytes == position - 4)
    }

    @Test func `writes a dictionary of one entry with a run header`() throws {
        let file = try encode(ColumnVector(.int64([Int64](repeating: 5, count: 44))), .int64) {
            $0.compression = .uncompressed
        }
        let chunk = try TestFile.footer(file).rowGroups[0].columns[0]
        let column = try #require(chunk.metaData)
        let last = Int((column.dictionaryPageOffset ?? 0) + column.compressedSizeBytes)
        #expect(Array(file[last - 2..<last]) == [0x00, 0x58])
    }

    @Test func `writes no dictionary where all is null`() throws {
        let column = ColumnVector(.bytes(Samples.strings(["", ""])), validity: [false, false])
        let file = try encode(column, .string, isNullable: true)
        let chunk = try TestFile.footer(file).rowGroups[0].columns[0]
        #expect(chunk.metaData?.dictionaryPageOffset == nil)
        #expect(chunk.metaData?.encodings == [.plain, .rle])
        let headers = try pages(file, chunk)
        #expect(headers.map(\.type) == [.data])
        #expect(headers[0].uncompressedSizeBytes == 6)
    }

    @Test(arguments: [(10, true), (8000, false), (20_000, false)])
    func `abandons a dictionary that does not pay`(distinctCount: Int, isDictionary: Bool) throws {
        let values = (0..<20_000).map { Int32($0 % distinctCount) }
        let chunk = try TestFile.footer(
            encode(ColumnVector(.int32(values)), .int32) { $0.dictionarySizeBytesMaximum = 20_000 }
        ).rowGroups[0].columns[0]
        #expect((chunk.metaData?.dictionaryPageOffset != nil) == isDictionary)
    }

    @Test func `writes no dictionary where the options say so`() throws {
        let values = ColumnVector(.int32([Int32](repeating: 1, count: 100)))
        let chunk = try TestFile.footer(encode(values, .int32) { $0.columns["a"] = .init(encoding: .plain) })
            .rowGroups[0]
            .columns[0]
        #expect(chunk.metaData?.dictionaryPageOffset == nil)
    }

    @Test func `cuts pages by bytes, a row at least`() throws {
        let texts = ["aaaa", "bbbb", String(repeating: "c", count: 50), "dddd", "eeee", "ffff", "gggg"]
        let file = try encode(ColumnVector(.bytes(Samples.strings(texts))), .string) {
            $0.pageSizeBytes = 24
            $0.compression = .uncompressed
        }
        let headers = try pages(file, TestFile.footer(file).rowGroups[0].columns[0])
        #expect(headers.compactMap(\.data?.valueCount) == [2, 1, 3, 1])
        #expect(headers.map(\.uncompressedSizeBytes) == [16, 54, 24, 8])
    }

    @Test func `writes each column as its options say`() throws {
        let (schema, batch) = Samples.batch(shape: .fewDistinct, isNullable: true, rowCount: 500)
        let file = try ParquetFile.encode(
            schema: schema, batch: batch,
            options: .make {
                $0.columns["int64"] = ColumnOptions(encoding: .deltaBinaryPacked)
                $0.columns["string"] = ColumnOptions(encoding: .deltaByteArray, compression: .snappy)
                $0.columns["double"] = ColumnOptions(encoding: .byteStreamSplit, compression: .uncompressed)
            })
        let columns = try TestFile.footer(file).rowGroups[0].columns.compactMap(\.metaData)
        #expect(columns[2].encodings == [.deltaBinaryPacked, .rle])
        #expect(columns[2].codec == .zstd)
        #expect(
            columns[2].encodingStatistics
                == [PageEncodingStatistics(pageType: .data, encoding: .deltaBinaryPacked, count: 1)])
        #expect(columns[5].encodings == [.deltaByteArray, .rle])
        #expect(columns[5].codec == .snappy)
        #expect(columns[4].encodings == [.byteStreamSplit, .rle])
        #expect(columns[4].codec == .uncompressed)
        #expect(columns[4].compressedSizeBytes == columns[4].uncompressedSizeBytes)
        #expect(columns[3].codec == .zstd)
        #expect(columns[3].encodings == [.plain, .rle, .rleDictionary])
    }

    @Test(
        arguments: [
            (.deltaBinaryPacked, .double, "deltaBinaryPacked is not defined for DOUBLE"),
            (.deltaBinaryPacked, .string, "deltaBinaryPacked is not defined for BYTE_ARRAY"),
            (.deltaLengthByteArray, .uuid, "deltaLengthByteArray is not defined for FIXED_LEN_BYTE_ARRAY"),
            (.deltaByteArray, .int32, "deltaByteArray is not defined for INT32"),
            (.byteStreamSplit, .string, "byteStreamSplit is not defined for BYTE_ARRAY"),
            (.byteStreamSplit, .boolean, "byteStreamSplit is not defined for BOOLEAN"),
        ] as [(ValueEncoding, Schema.FieldType, String)])
    func `refuses encodings that a type has not`(
        encoding: ValueEncoding, type: Schema.FieldType, cause: String
    ) throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetWriter(
                schema: Schema([Schema.Field("a", type)]),
                options: .make { $0.columns["a"] = ColumnOptions(encoding: encoding) },
                sink: ByteArraySink())
        }
        #expect(error.cause == cause)
        #expect(error.column == "a")
    }

    @Test(
        arguments: [
            (.int96Timestamp, "INT96 is deprecated"),
            (.fixedBytes(length: 0), "values of 0 fixed bytes"),
            (.decimal(precision: 0, scale: 0), "a decimal of 0 digits, scale 0, as INT32"),
            (
                .decimal(precision: 39, scale: 0),
                "a decimal of 39 digits, scale 0, as FIXED_LEN_BYTE_ARRAY"
            ),
            (.decimal(precision: 5, scale: 6), "a decimal of 5 digits, scale 6, as INT32"),
            (.decimal(precision: 5, scale: -1), "a decimal of 5 digits, scale -1, as INT32"),
            (
                .decimal(precision: 10, scale: 0, storage: .int32),
                "a decimal of 10 digits, scale 0, as INT32"
            ),
            (.decimal(precision: 5, scale: 0, storage: .bytes), "a decimal of any number of bytes"),
            (
                .decimal(precision: 5, scale: 0, storage: .fixedBytes(length: 65)),
                "a decimal of 65 bytes"
            ),
        ] as [(Schema.FieldType, String)])
    func `refuses types that are not written`(type: Schema.FieldType, cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetWriter(schema: Schema([Schema.Field("a", type)]), sink: ByteArraySink())
        }
        #expect(error.cause == cause)
        #expect(error.column == "a")
    }

    @Test(
        arguments: [
            (.int8, .int32([127, -129]), "row 1 is not within -128...127"),
            (.int16, .int32([32_768]), "row 0 is not within -32768...32767"),
            (.uint8, .int32([0, 255, -1]), "row 2 is not within 0...255"),
            (.uint16, .int32([65_536]), "row 0 is not within 0...65535"),
            (.decimal(precision: 3, scale: 0), .int32([999, -1000]), "row 1 is not within -999...999"),
            (
                .decimal(precision: 18, scale: 0), .int64([.max]),
                "row 0 is not within -999999999999999999...999999999999999999"
            ),
            (
                .time(.milliseconds, isUTC: true), .int32([86_400_000]),
                "row 0 is not within 0...86399999"
            ),
            (.time(.microseconds, isUTC: false), .int64([-1]), "row 0 is not within 0...86399999999"),
            (
                .uuid, .bytes(Samples.strings([[UInt8](repeating: 1, count: 15)])),
                "row 0 has 15 bytes where the schema says 16"
            ),
            (.json, .bytes(Samples.strings([[0xff]])), "row 0 is not UTF-8"),
        ] as [(Schema.FieldType, ColumnVector.Values, String)])
    func `refuses values that a type has not`(
        type: Schema.FieldType, values: ColumnVector.Values, cause: String
    ) throws {
        let error = try #require(throws: ParquetError.self) { try encode(ColumnVector(values), type) }
        #expect(error.kind == .invalidInput)
        #expect(error.cause == cause)
        #expect(error.column == "a")
    }

    private static let fields = [Schema.Field("a", .string, isNullable: true), Schema.Field("b", .int32)]
    private static let numbers = ColumnVector(.int32([1, 2]))

    @Test(
        arguments: [
            (
                ColumnVector(.int32([1, 2])), numbers,
                "the values are INT32 where the schema says BYTE_ARRAY", "a"
            ),
            (
                ColumnVector(.bytes(Samples.strings([[0x61], [0xff]]))), numbers, "row 1 is not UTF-8", "a"
            ),
            (ColumnVector(.bytes(Samples.strings([[0xc3], [0xa9]]))), numbers, "row 1 is not UTF-8", "a"),
            (
                ColumnVector(.bytes(Samples.strings(["", ""])), validity: [true]), numbers,
                "validity has 1 elements for 2 rows", "a"
            ),
            (
                ColumnVector(.bytes(Samples.strings(["a", "b"])), validity: [true, false]), numbers,
                "row 1 is null but holds bytes", "a"
            ),
            (
                ColumnVector(.bytes(Samples.strings(["a", "b"]))),
                ColumnVector(.int32([1, 2]), validity: [true, false]),
                "row 1 is null in a column that is not nullable", "b"
            ),
        ] as [(ColumnVector, ColumnVector, String, String)])
    func `refuses rows that do not fit the schema`(
        first: ColumnVector, second: ColumnVector, cause: String, column: String
    ) throws {
        let batch = ColumnBatch(rowCount: 2, columns: [first, second])
        let error = try #require(throws: ParquetError.self) {
            try ParquetFile.encode(schema: Schema(Self.fields), batch: batch)
        }
        #expect(error.kind == .invalidInput)
        #expect(error.cause == cause)
        #expect(error.column == column)
        #expect(error.description.hasPrefix("write parquet column \"\(column)\" failed: \(cause); "))
    }

    @Test func `refuses offsets that do not fit the bytes`() throws {
        var descending = Samples.strings(["ab", "c", "d"])
        descending.offsets[1] = 4
        var short = Samples.strings(["ab"])
        short.offsets[1] = 1
        for (slots, cause) in [(descending, "offsets descend"), (short, "offsets do not span the bytes")] {
            let error = try #require(throws: ParquetError.self) {
                try encode(ColumnVector(.bytes(slots)), .string)
            }
            #expect(error.cause == cause)
        }
    }

    @Test func `states for each sorting column where its nulls are`() throws {
        let schema = Schema([Schema.Field("a", .string, isNullable: true), Schema.Field("b", .int32)])
        let batch = ColumnBatch(
            rowCount: 2,
            columns: [
                ColumnVector(.bytes(Samples.strings(["", "x"])), validity: [false, true]),
                ColumnVector(.int32([1, 2])),
            ])
        let options = WriterOptions.make {
            $0.sortingColumns = [SortingOption("a", areNullsFirst: true), "b"]
        }
        let groups = try TestFile.footer(
            ParquetFile.encode(schema: schema, batch: batch, options: options)
        ).rowGroups
        #expect(
            groups.map(\.sortingColumns) == [
                [SortingColumn(columnIndex: 0, areNullsFirst: true), SortingColumn(columnIndex: 1)]
            ])
        #expect(options != .make { $0.sortingColumns = ["a", "b"] })
    }

    @Test func `refuses a batch with other columns`() throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetFile.encode(
                schema: Schema(Self.fields), batch: ColumnBatch(rowCount: 2, columns: [Self.numbers]))
        }
        #expect(
            error.description
                == "write parquet failed: a batch has 1 columns where the schema has 2; give one column per field"
        )
    }

    @Test(
        arguments: [
            (WriterOptions.make { $0.compression = .zstd(level: 20) }, "ZSTD level 20"),
            (.make { $0.compression = .gzip(level: 0) }, "GZIP level 0"),
            (.make { $0.rowGroupRowCountMaximum = 0 }, "rowGroupRowCountMaximum is 0"),
            (.make { $0.rowGroupSizeBytesMaximum = 0 }, "rowGroupSizeBytesMaximum is 0"),
            (.make { $0.pageRowCountMaximum = 0 }, "pageRowCountMaximum is 0"),
            (.make { $0.pageSizeBytes = 0 }, "pageSizeBytes is 0"),
            (.make { $0.dictionarySizeBytesMaximum = -1 }, "dictionarySizeBytesMaximum is -1"),
            (.make { $0.createdBy = "medallion 1.0" }, "createdBy is \"medallion 1.0\""),
            (.make { $0.sortingColumns = ["c"] }, "the options name a column \"c\" that the schema lacks"),
            (.make { $0.columns["a"] = ColumnOptions(compression: .gzip(level: 13)) }, "GZIP level 13"),
            (
                .make { $0.columns["d"] = ColumnOptions() },
                "the options name a column \"d\" that the schema lacks"
            ),
        ] as [(WriterOptions, String)])
    func `refuses options that cannot be`(options: WriterOptions, cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetWriter(schema: Schema(Self.fields), options: options, sink: ByteArraySink())
        }
        #expect(error.cause == cause)
        #expect(error.kind == .invalidInput)
    }

    @Test(
        arguments: [
            ([], "the schema has no columns"), ([Schema.Field("", .int32)], "a column has no name"),
            ([Schema.Field("a", .int32), Schema.Field("a", .date)], "two columns are named \"a\""),
        ] as [([Schema.Field], String)])
    func `refuses schemas that cannot be`(fields: [Schema.Field], cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetWriter(schema: Schema(fields), sink: ByteArraySink())
        }
        #expect(error.cause == cause)
    }
}

private struct CountingSink: ByteSink {
    var sizesBytes: [Int] = []

    mutating func append(_ bytes: [UInt8]) { sizesBytes.append(bytes.count) }
}

private struct FullSink: ByteSink {
    struct Full: Error {}

    mutating func append(_ bytes: [UInt8]) throws { throw Full() }
}
