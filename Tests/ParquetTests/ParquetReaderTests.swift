import Testing

@testable import Parquet

struct ParquetReaderTests {
    private static let optionalText = Schema([Schema.Field("a", .string, isNullable: true)])
    private static let requiredText = Schema([Schema.Field("a", .string)])

    private func failure(
        _ file: [UInt8], limits: ReaderLimits = ReaderLimits()
    ) throws -> ParquetError {
        try #require(throws: ParquetError.self) { try ParquetReader(file, limits: limits).read() }
    }

    @Test func `reads a plain page made by hand`() throws {
        // Levels: one packed group, rows 0 and 2 have a value.
        let file = TestFile.make(
            schema: Self.optionalText, rowCount: 3,
            pages: [
                TestFile.dataPage(
                    [2, 0, 0, 0, 0x03, 0b101] + [1, 0, 0, 0, 97] + [2, 0, 0, 0, 98, 99], count: 3)
            ])
        let column = try ParquetReader(file).read().columns[0]
        #expect(
            column == ColumnVector(.bytes(Samples.strings(["a", "", "bc"])), validity: [true, false, true]))
    }

    @Test(arguments: [Encoding.rleDictionary, .plainDictionary])
    func `reads dictionary pages made by hand and a plain page after them`(encoding: Encoding) throws {
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 6,
            pages: [
                TestFile.dictionaryPage(
                    [1, 0, 0, 0, 97, 0, 0, 0, 0], count: 2, encoding == .plainDictionary ? encoding : .plain),
                TestFile.dataPage([1, 0x03, 0b0110], count: 3, encoding),
                TestFile.dataPage([1, 0x04, 0], count: 2, encoding),
                TestFile.dataPage([1, 0, 0, 0, 122], count: 1),
            ])
        #expect(
            try ParquetReader(file).read().columns[0]
                == ColumnVector(.bytes(Samples.strings(["a", "", "", "a", "a", "z"]))))
    }

    @Test func `reads an index of no bits`() throws {
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 44,
            pages: [
                TestFile.dictionaryPage([1, 0, 0, 0, 97], count: 1),
                TestFile.dataPage([0x00, 0x58], count: 44, .rleDictionary),
            ])
        let expected = Samples.strings([String](repeating: "a", count: 44))
        #expect(try ParquetReader(file).read().columns[0] == ColumnVector(.bytes(expected)))
    }

    @Test func `takes a dictionary offset of 0 as none`() throws {
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 1, pages: [TestFile.dataPage([0, 0, 0, 0], count: 1)]
        ) { $1.dictionaryPageOffset = 0 }
        #expect(try ParquetReader(file).read().rowCount == 1)
    }

    @Test func `reads levels that are packed highest bit first`() throws {
        var page = TestFile.dataPage([0b1010_0000, 0b0100_0000] + [1, 0, 0, 0, 97], count: 3)
        page.body = [0b0100_0000, 1, 0, 0, 0, 97]
        page.header.uncompressedSizeBytes = 6
        page.header.compressedSizeBytes = 6
        page.header.data?.definitionLevelEncoding = .bitPacked
        let file = TestFile.make(schema: Self.optionalText, rowCount: 3, pages: [page])
        #expect(
            try ParquetReader(file).read().columns[0]
                == ColumnVector(.bytes(Samples.strings(["", "a", ""])), validity: [false, true, false]))
    }

    @Test(arguments: [false, true])
    func `reads truth values as runs`(isV2: Bool) throws {
        // Four bytes of length, a run of three and a packed group.
        let body: [UInt8] = [4, 0, 0, 0, 6, 1, 0x03, 0b10]
        let page =
            isV2
            ? TestFile.dataPageV2([], levels: [], body, count: 5, .rle)
            : TestFile.dataPage(body, count: 5, .rle)
        let file = TestFile.make(
            schema: Schema([Schema.Field("a", .boolean)]), rowCount: 5, pages: [page])
        #expect(
            try ParquetReader(file).read().columns == [
                ColumnVector(.boolean([true, true, true, false, true]))
            ])
    }

    /// Levels, whether the header says that the values are compressed, and the values as they are stored.
    @Test(
        arguments: [
            ([0x03, 0b101], false, [1, 0, 0, 0, 97, 1, 0, 0, 0, 98]),
            ([0x03, 0b101], true, [10, 9 << 2, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98]),
            // Compressed, and said not to be.
            ([0x03, 0b101], false, [10, 9 << 2, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98]),
            // Nothing to store, compressed or not.
            ([6, 0], true, []),
            ([6, 0], false, []),
        ] as [([UInt8], Bool, [UInt8])])
    func `reads V2 pages`(levels: [UInt8], isCompressed: Bool, values: [UInt8]) throws {
        var page = TestFile.dataPageV2([], levels: levels, values, count: 3, .plain)
        page.header.uncompressedSizeBytes = Int32(levels.count + (values.isEmpty ? 0 : 10))
        page.header.dataV2?.isCompressed = isCompressed
        let file = TestFile.make(schema: Self.optionalText, rowCount: 3, pages: [page]) { $1.codec = .snappy }
        let expected =
            values.isEmpty
            ? ColumnVector(.bytes(Samples.strings(["", "", ""])), validity: [false, false, false])
            : ColumnVector(.bytes(Samples.strings(["a", "", "b"])), validity: [true, false, true])
        #expect(try ParquetReader(file).read().columns == [expected])
    }

    /// Bytes that flat columns have no use for are stepped over.
    @Test func `reads V2 pages of required columns with levels`() throws {
        let page = TestFile.dataPageV2([9, 9, 9], levels: [6, 1], [1, 0, 0, 0, 97], count: 1, .plain)
        let file = TestFile.make(schema: Self.requiredText, rowCount: 1, pages: [page])
        #expect(try ParquetReader(file).read().columns == [ColumnVector(.bytes(Samples.strings(["a"])))])
    }

    @Test(arguments: [
        ([UInt8](), 9, "9 bytes wanted where 5 remain"),
        ([6], 1, "bytes end at 1 where one more was expected"),
        ([8, 1], 2, "the page has 3 values where 1 rows are left"),
    ])
    func `refuses damaged V2 pages`(levels: [UInt8], levelsSizeBytes: Int32, cause: String) throws {
        var page = TestFile.dataPageV2(
            [], levels: levels, [1, 0, 0, 0, 97], count: levels.count == 2 ? 3 : 1, .plain)
        page.header.dataV2?.definitionLevelsSizeBytes = levelsSizeBytes
        let file = TestFile.make(schema: Self.optionalText, rowCount: 1, pages: [page])
        #expect(try failure(file).cause == cause)
    }

    @Test func `reads flat columns between nested and unknown ones`() throws {
        let pages = [TestFile.dataPage([1, 0, 0, 0, 97], count: 1)]
        let file = TestFile.make(schema: Self.requiredText, rowCount: 1, pages: pages) { metaData, column in
            var group = SchemaElement(name: "list", repetition: .optional, childCount: 1)
            group.logicalType = .list
            metaData.schema = [
                SchemaElement(name: "schema", childCount: 4), group,
                SchemaElement(name: "list", repetition: .repeated, childCount: 1),
                SchemaElement(name: "element", type: .int32, repetition: .optional), metaData.schema[1],
                SchemaElement(name: "odd", type: PhysicalType(rawValue: 99), repetition: .required),
                SchemaElement(name: "many", type: .int32, repetition: .repeated),
            ]
            let chunk = ColumnChunk(metaData: column)
            metaData.rowGroups = [
                RowGroup(
                    columns: [ColumnChunk(), chunk, ColumnChunk(), ColumnChunk()], uncompressedSizeBytes: 0,
                    rowCount: 1)
            ]
        }
        let reader = try ParquetReader(file)
        #expect(reader.schema == Self.requiredText)
        #expect(reader.metadata.unsupportedColumns.map(\.name) == ["list", "odd", "many"])
        #expect(
            reader.metadata.unsupportedColumns.map(\.error.cause) == [
                "nested columns are not supported yet", "the column's physical type is number 99",
                "nested columns are not supported yet",
            ])
        #expect(try reader.read(columns: ["a"]).columns == [ColumnVector(.bytes(Samples.strings(["a"])))])
        #expect(try failure(file).column == "list")
    }

    @Test func `refuses a schema that nests without end`() throws {
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 1, pages: [TestFile.dataPage([0, 0, 0, 0], count: 1)]
        ) { metaData, _ in
            metaData.schema =
                [SchemaElement(name: "schema", childCount: 1)]
                + (0..<100_000).map { SchemaElement(name: "\($0)", childCount: 1) }
        }
        #expect(try failure(file).cause == "the schema ends 1 elements early")
    }

    @Test func `takes a footer without a row count of its own`() throws {
        // As parquet-rs once wrote it.
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 1, pages: [TestFile.dataPage([0, 0, 0, 0], count: 1)]
        ) { metaData, _ in metaData.rowCount = 0 }
        #expect(try ParquetReader(file).rowCount == 1)
    }

    @Test(arguments: [
        ("parquet-mr version 1.2.8 (build a)", true), ("parquet-mr", true),
        ("parquet-mr version 1.2.9 (build a)", false), ("impala version 1.2.8 (build a)", false),
    ])
    func `finds the end of chunks whose size leaves a header out`(createdBy: String, isRead: Bool) throws {
        let pages = [
            TestFile.dictionaryPage([1, 0, 0, 0, 97], count: 1),
            TestFile.dataPage([0x00, 0x02], count: 1, .rleDictionary),
        ]
        let file = TestFile.make(schema: Self.requiredText, rowCount: 1, pages: pages) { metaData, column in
            metaData.createdBy = createdBy
            column.compressedSizeBytes -= 13
        }
        if isRead {
            #expect(try ParquetReader(file).read().rowCount == 1)
        } else {
            #expect(throws: ParquetError.self) { try ParquetReader(file).read() }
        }
    }

    @Test func `reads INT96 as microseconds, rounded down`() throws {
        // 1970-01-01 less a nanosecond, and 2,000-01-01T00:00:00.000001999.
        let values: [UInt8] =
            [0xff, 0xff, 0x4e, 0x91, 0x94, 0x4e, 0, 0] + [0x8b, 0x3d, 0x25, 0]
            + [0xcf, 0x07, 0, 0, 0, 0, 0, 0] + [0x59, 0x68, 0x25, 0]
        let schema = Schema([Schema.Field("a", .int96Timestamp)])
        let expected = [ColumnVector(.int64([-1, 946_684_800_000_001]))]
        let plain = TestFile.make(schema: schema, rowCount: 2, pages: [TestFile.dataPage(values, count: 2)])
        #expect(try ParquetReader(plain).read().columns == expected)
        let dictionary = TestFile.make(
            schema: schema, rowCount: 2,
            pages: [
                TestFile.dictionaryPage(values, count: 2),
                TestFile.dataPage([1, 0x03, 0b10], count: 2, .rleDictionary),
            ])
        #expect(try ParquetReader(dictionary).read().columns == expected)
        let delta = TestFile.make(
            schema: schema, rowCount: 2, pages: [TestFile.dataPage(values, count: 2, .deltaBinaryPacked)])
        #expect(try failure(delta).cause == "the encoding of INT96 is DELTA_BINARY_PACKED")
    }

    @Test func `reads only the columns asked for, in their order`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: true, rowCount: 50)
        var file = try ParquetFile.encode(schema: schema, batch: batch)
        let chunk = try #require(try Self.footer(file).rowGroups[0].columns[2].metaData)
        for position in Int(chunk.dataPageOffset)..<Int(chunk.dataPageOffset + chunk.compressedSizeBytes) {
            file[position] = 0xff
        }
        let reader = try ParquetReader(file)
        #expect(
            try reader.read(columns: ["string", "boolean"]).columns == [batch.columns[5], batch.columns[0]])
        #expect(try reader.read(columns: []) == ColumnBatch(rowCount: 50, columns: []))
        let damaged = try #require(throws: ParquetError.self) { try reader.read(columns: ["int64"]) }
        #expect(damaged.column == "int64")
        let unknown = try #require(throws: ParquetError.self) { try reader.read(columns: ["nothing"]) }
        #expect(
            unknown.description
                == "read parquet column \"nothing\" failed: the file has no such column; name one of its 9 columns"
        )
    }

    /// Files of two releases, one with more columns and another order: who reads by name gets the same rows of both.
    @Test func `reads the same columns of files that have others beside them`() async throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: true, rowCount: 50)
        let wanted = ["timestamp", "int64", "string"]
        let orders = [[2, 5, 8], [8, 7, 6, 5, 4, 3, 2, 1, 0], [0, 5, 8, 2], [8, 2, 5]]
        for order in orders {
            let file = try ParquetFile.encode(
                schema: Schema(order.map { schema.fields[$0] }),
                batch: ColumnBatch(rowCount: 50, columns: order.map { batch.columns[$0] }),
                options: .make { $0.rowGroupRowCountMaximum = 20 })
            let expected = ColumnBatch(rowCount: 50, columns: [8, 2, 5].map { batch.columns[$0] })
            #expect(try ParquetReader(file).read(columns: wanted) == expected)
            let elsewhere = try await RangedParquetReader(MemoryByteRangeSource(file))
            #expect(try await elsewhere.read(columns: wanted) == expected)
            let error = try #require(throws: ParquetError.self) {
                try ParquetReader(file).read(columns: wanted + ["visitors"])
            }
            #expect(error.kind == .invalidInput)
            #expect(error.column == "visitors")
        }
    }

    @Test func `reads metadata`() throws {
        let file = try ParquetFile.encode(
            schema: Self.requiredText,
            batch: ColumnBatch(rowCount: 0, columns: [ColumnVector(.bytes(ByteColumn()))]),
            options: .make { $0.keyValueMetadata = [("b", "1"), ("a", "größer"), ("b", "")] })
        let reader = try ParquetReader(file)
        #expect(reader.keyValueMetadata.map(\.key) == ["b", "a", "b"])
        #expect(reader.keyValueMetadata.map(\.value) == ["1", "größer", ""])
        #expect(reader.createdBy == "medallion version 1.0.0 (build 0)")
        #expect(reader.rowCount == 0)
        #expect(try reader.read().columns == [ColumnVector(.bytes(ByteColumn()))])
    }

    /// Pages of a column of strings, what is wrong with them, and how much of the position is told.
    @Test(
        arguments: [
            (
                [TestFile.dataPage([5, 0, 0, 0, 97], count: 1)],
                "the string of row 0 of the page exceeds the page"
            ),
            (
                [TestFile.dataPage([0xff, 0xff, 0xff, 0xff, 97], count: 1)],
                "the string of row 0 of the page exceeds the page"
            ),
            ([TestFile.dataPage([1, 0, 0], count: 1)], "1 strings in 3 bytes"),
            ([TestFile.dataPage([0, 0, 0, 0], count: 2)], "the page has 2 values where 1 rows are left"),
            ([TestFile.dataPage([], count: 0)], "the chunk ends 1 rows early"),
            (
                [TestFile.dataPage([1, 2, 0], count: 1, .rleDictionary)],
                "dictionary indices without a dictionary page"
            ),
            (
                [
                    TestFile.dictionaryPage([0, 0, 0, 0], count: 1),
                    TestFile.dataPage([1, 2, 1], count: 1, .rleDictionary),
                ],
                "the dictionary index 1 of 1 entries"
            ),
            (
                [
                    TestFile.dictionaryPage([], count: 0),
                    TestFile.dataPage([0, 2], count: 1, .rleDictionary),
                ],
                "the dictionary index 0 of 0 entries"
            ),
            (
                [
                    TestFile.dictionaryPage([0, 0, 0, 0], count: 2),
                    TestFile.dataPage([0, 0, 0, 0], count: 1),
                ], "2 strings in 4 bytes"
            ),
            (
                [TestFile.dataPage([], count: 0), TestFile.dictionaryPage([0, 0, 0, 0], count: 1)],
                "a dictionary page is not the first page"
            ),
            (
                [TestFile.dataPage([1], count: 1, .deltaBinaryPacked)],
                "the encoding of byte strings is DELTA_BINARY_PACKED"
            ),
            (
                [TestFile.dataPage([1], count: 1, Encoding(rawValue: 77))],
                "the encoding of byte strings is number 77"
            ),
        ] as [([TestFile.Page], String)])
    func `refuses damaged pages`(pages: [TestFile.Page], cause: String) throws {
        let error = try failure(TestFile.make(schema: Self.requiredText, rowCount: 1, pages: pages))
        #expect(error.cause == cause)
        #expect(error.rowGroup == 0)
        #expect(error.column == "a")
        #expect(error.page != nil)
    }

    @Test func `refuses pages of a kind that it does not read`() throws {
        var page = TestFile.dataPage([0, 0, 0, 0], count: 1)
        page.header.type = PageType(rawValue: 9)
        let error = try failure(TestFile.make(schema: Self.requiredText, rowCount: 1, pages: [page]))
        #expect(error.kind == .unsupported)
        #expect(
            error.description
                == "read parquet row group 0 column \"a\" page 0 failed: the page is a number 9; "
                + "rewrite the file with what Sources/Parquet/README.md lists")
    }

    private struct Change: Sendable, CustomTestStringConvertible {
        var cause: String
        var apply: @Sendable (inout FileMetaData, inout ColumnMetaData) -> Void
        var testDescription: String { cause }
    }

    private static let changes: [Change] = [
        Change(cause: "the codec is LZO") { $1.codec = CompressionCodec(rawValue: 3) },
        Change(cause: "the codec is number 99") { $1.codec = CompressionCodec(rawValue: 99) },
        Change(cause: "the chunk has 2 values for 1 rows") { $1.valueCount = 2 },
        Change(cause: "the chunk is INT32 where the schema says BYTE_ARRAY") { $1.type = .int32 },
        Change(cause: "the chunk is of another column") { $1.path = ["b"] },
        Change(cause: "the chunk's \(Int64.max) bytes from 4 exceed the 28 before the footer") {
            $1.compressedSizeBytes = .max
        },
        Change(cause: "the chunk's 24 bytes from \(Int64.max) exceed the 28 before the footer") {
            $1.dataPageOffset = .max
        },
        Change(cause: "the chunk's 24 bytes from 0 exceed the 28 before the footer") {
            $1.dataPageOffset = 0
        },
        Change(cause: "a column chunk lacks its value count, size or offset") { $1.compressedSizeBytes = -1 },
        Change(cause: "the footer says 2 rows, its row groups say 1") { metaData, _ in metaData.rowCount = 2
        },
        Change(cause: "the footer has no row count or a negative one") { metaData, _ in metaData.rowCount = -1
        },
        Change(cause: "it has 0 chunks for 1 columns") { metaData, _ in
            metaData.rowGroups = [RowGroup(columns: [], uncompressedSizeBytes: 0, rowCount: 1)]
        },
        Change(cause: "the row counts exceed 64 bits") { metaData, column in
            let group = RowGroup(
                columns: [ColumnChunk(metaData: column)], uncompressedSizeBytes: 0, rowCount: .max)
            metaData.rowGroups = [group, group]
        },
        Change(cause: "\(Int64.max) rows, 4294967296 are allowed") { metaData, column in
            metaData.rowCount = .max
            metaData.rowGroups = [
                RowGroup(columns: [ColumnChunk(metaData: column)], uncompressedSizeBytes: 0, rowCount: .max)
            ]
        },
        Change(cause: "the chunk is in another file") { metaData, column in
            metaData.rowGroups = [
                RowGroup(
                    columns: [ColumnChunk(filePath: "b", metaData: column)], uncompressedSizeBytes: 0,
                    rowCount: 1)
            ]
        },
        Change(cause: "the chunk has no plain metadata") { metaData, _ in
            metaData.rowGroups = [RowGroup(columns: [ColumnChunk()], uncompressedSizeBytes: 0, rowCount: 1)]
        },
        Change(cause: "the schema has no root") { metaData, _ in metaData.schema = [] },
        Change(cause: "the schema's root has 2 children but 1 follow") { metaData, _ in
            metaData.schema[0].childCount = 2
        },
        Change(cause: "the schema has no columns") { metaData, _ in
            metaData.schema = [SchemaElement(name: "schema", childCount: 0)]
        },
        Change(cause: "the schema ends 1 elements early") { metaData, _ in
            metaData.schema[1].type = nil
            metaData.schema[1].childCount = 1
        },
        Change(cause: "nested columns are not supported yet") { metaData, _ in
            metaData.schema[1].repetition = .repeated
        },
        Change(cause: "the column has no known repetition") { metaData, _ in
            metaData.schema[1].repetition = nil
        },
        Change(cause: "two columns have the name") { metaData, column in
            metaData.schema[0].childCount = 2
            metaData.schema.append(metaData.schema[1])
            let chunk = ColumnChunk(metaData: column)
            metaData.rowGroups = [
                RowGroup(columns: [chunk, chunk], uncompressedSizeBytes: 0, rowCount: 1)
            ]
        },
        Change(cause: "the column's physical type is number -7") { metaData, _ in
            metaData.schema[1].type = PhysicalType(rawValue: -7)
        },
        Change(cause: "-1 children") { metaData, _ in metaData.schema[1].childCount = -1 },
    ]

    @Test(arguments: changes)
    private func `refuses a footer that cannot be`(change: Change) throws {
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 1,
            pages: [TestFile.dataPage([3, 0, 0, 0, 97, 98, 99], count: 1)],
            change: change.apply)
        #expect(try failure(file).cause == change.cause)
    }

    @Test func `refuses more memory than allowed`() throws {
        var limits = ReaderLimits()
        limits.decodedSizeBytesMaximum = 1000
        // Twelve bytes that stand for a thousand nulls.
        let nulls = TestFile.make(
            schema: Self.optionalText, rowCount: 1000,
            pages: [TestFile.dataPage([3, 0, 0, 0, 0xd0, 0x0f, 0], count: 1000)])
        #expect(try ParquetReader(nulls).read().rowCount == 1000)
        let error = try failure(nulls, limits: limits)
        #expect(error.kind == .limitExceeded)
        #expect(error.cause == "the columns take more than 1000 bytes")
        #expect(error.remedy == "raise ReaderLimits if the file can be trusted")
        // Twenty indices into one long string.
        let strings = TestFile.make(
            schema: Self.requiredText, rowCount: 20,
            pages: [
                TestFile.dictionaryPage([100, 0, 0, 0] + [UInt8](repeating: 97, count: 100), count: 1),
                TestFile.dataPage([0, 0x28], count: 20, .rleDictionary),
            ])
        #expect(try ParquetReader(strings).read().rowCount == 20)
        #expect(try failure(strings, limits: limits).cause == "the column takes more than 920 bytes")
    }

    /// Few bytes that stand for 5 GB in one column, which no limits can allow: its offsets have 32 bits.
    @Test(arguments: [Encoding.rleDictionary, .deltaByteArray])
    func `refuses a column of more bytes than a batch can hold, whatever the limits`(
        encoding: Encoding
    ) throws {
        let length = 1 << 20
        let rowCount = 5000
        let text = [UInt8](repeating: 97, count: length)
        let pages: [TestFile.Page]
        if encoding == .rleDictionary {
            pages = [
                TestFile.dictionaryPage([0, 0, 16, 0] + text, count: 1),
                // A run of 5000 indices of no bits.
                TestFile.dataPage([0, 0x90, 0x4e], count: rowCount, encoding),
            ]
        } else {
            var body: [UInt8] = []
            let prefixes = [0] + [Int32](repeating: Int32(length), count: rowCount - 1)
            let suffixes = [Int32(length)] + [Int32](repeating: 0, count: rowCount - 1)
            for lengths in [prefixes, suffixes] {
                lengths.withUnsafeBufferPointer { DeltaBinaryPacked.encode($0, into: &body) }
            }
            pages = [TestFile.dataPage(body + text, count: rowCount, encoding)]
        }
        let file = TestFile.make(schema: Self.requiredText, rowCount: Int64(rowCount), pages: pages)
        var limits = ReaderLimits()
        limits.decodedSizeBytesMaximum = 1 << 40
        let error = try failure(file, limits: limits)
        #expect(error.kind == .limitExceeded)
        #expect(error.cause == "the column takes more than 4294967295 bytes")
        #expect(error.remedy == "read fewer row groups at once: a column of a batch holds no more")
        limits.decodedSizeBytesMaximum = 1 << 22
        #expect(try failure(file, limits: limits).remedy == "raise ReaderLimits if the file can be trusted")
    }

    /// A footer, a dictionary, and rows: each has a limit of its own.
    @Test func `refuses what exceeds a limit`() throws {
        let pages = [
            TestFile.dictionaryPage([1, 0, 0, 0, 97], count: 1),
            TestFile.dataPage([0, 0x28], count: 20, .rleDictionary),
        ]
        let file = TestFile.make(schema: Self.requiredText, rowCount: 20, pages: pages)
        let footerSizeBytes = Int(file[file.count - 8])
        let changes: [(inout ReaderLimits) -> String] = [
            {
                $0.footerSizeBytesMaximum = 20
                return "a footer of \(footerSizeBytes) bytes, 20 are allowed"
            },
            {
                $0.metadataSizeBytesMaximum = 20
                return "a Thrift list of 2 elements exceeds the memory for the footer"
            },
            {
                $0.rowCountMaximum = 19
                return "20 rows, 19 are allowed"
            },
            {
                $0.dictionarySizeBytesMaximum = 4
                return "a dictionary of 5 bytes, 4 are allowed"
            },
        ]
        for change in changes {
            var limits = ReaderLimits()
            let cause = change(&limits)
            let error = try failure(file, limits: limits)
            #expect(error.kind == .limitExceeded)
            #expect(error.cause == cause)
        }
    }

    @Test func `refuses a column whose pages hold far more than its rows`() throws {
        let pages = (0..<5).map { _ in TestFile.dataPage([UInt8](repeating: 0, count: 50), count: 0) }
        let file = TestFile.make(
            schema: Self.requiredText, rowCount: 1,
            pages: pages + [TestFile.dataPage([0, 0, 0, 0], count: 1)])
        #expect(try ParquetReader(file).read().rowCount == 1)
        var limits = ReaderLimits()
        limits.decodedSizeBytesMaximum = 100
        let error = try failure(file, limits: limits)
        #expect(error.cause == "the column's pages take more than twice 100 bytes")
        #expect(error.page == 4)
    }

    /// No room is made for rows that a few bytes only claim.
    @Test(
        arguments: [
            (
                [TestFile.dataPage([2, 0, 0, 0, 0x03, 1], count: 1 << 22)],
                "runs of 8 values where 4194304 are expected"
            ),
            (
                [
                    TestFile.dataPage(
                        [5, 0, 0, 0, 0x80, 0x80, 0x80, 0x04, 1] + [8, 2, 0], count: 1 << 22, .rleDictionary)
                ],
                "dictionary indices without a dictionary page"
            ),
            (
                [
                    TestFile.dictionaryPage([1, 0, 0, 0, 97], count: 1),
                    TestFile.dataPage(
                        [5, 0, 0, 0, 0x80, 0x80, 0x80, 0x04, 1] + [0, 8], count: 1 << 22, .rleDictionary),
                ], "runs of 4 values where 4194304 are expected"
            ),
            (
                [
                    TestFile.dataPage(
                        [5, 0, 0, 0, 0x80, 0x80, 0x80, 0x04, 1]
                            + [0x80, 1, 4, 0x80, 0x80, 0x80, 2, 0], count: 1 << 22, .deltaByteArray)
                ], "4194304 delta-encoded values in 0 bytes"
            ),
        ] as [([TestFile.Page], String)])
    func `makes no room for rows that are not there`(pages: [TestFile.Page], cause: String) throws {
        let file = TestFile.make(schema: Self.optionalText, rowCount: 1 << 22, pages: pages)
        #expect(try failure(file).cause == cause)
    }

    @Test func `refuses a page that claims to be large`() throws {
        var page = TestFile.dataPage([0x28, 0xb5, 0x2f, 0xfd], count: 1)
        page.header.uncompressedSizeBytes = .max
        let file = TestFile.make(schema: Self.requiredText, rowCount: 1, pages: [page]) { $1.codec = .zstd }
        #expect(try failure(file).cause == "a page of 2147483647 bytes, 268435456 are allowed")
        page.header.uncompressedSizeBytes = 100 << 20
        let smaller = TestFile.make(schema: Self.requiredText, rowCount: 1, pages: [page]) {
            $1.codec = .zstd
        }
        #expect(try failure(smaller).cause == "4 compressed bytes cannot hold 104857600")
    }

    private static func footer(_ file: [UInt8]) throws -> FileMetaData {
        let size = Int(file[file.count - 8]) | Int(file[file.count - 7]) << 8
        let bytes = Array(file[(file.count - 8 - size)...])
        return try bytes.withUnsafeBufferPointer { bytes in
            var reader = CompactReader(UnsafeRawBufferPointer(bytes))
            return try FileMetaData(from: &reader)
        }
    }
}
