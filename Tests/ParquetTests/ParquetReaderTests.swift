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
