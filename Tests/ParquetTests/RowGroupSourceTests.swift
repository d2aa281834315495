import Testing

@testable import Parquet

struct RowGroupSourceTests {
    private static let rows = Samples.batch(
        Samples.allTypes, shape: .mixed, isNullable: true, rowCount: 2500)

    /// A file of three row groups.
    private func make(_ change: (inout WriterOptions) -> Void = { _ in }) throws -> [UInt8] {
        try ParquetFile.encode(
            schema: Self.rows.0, batch: Self.rows.1,
            options: .make {
                $0.rowGroupRowCountMaximum = 1000
                $0.pageRowCountMaximum = 300
                $0.sortingColumns = ["int64"]
                change(&$0)
            })
    }

    private func copy(_ groups: [Int], of file: [UInt8]) throws -> [UInt8] {
        let source = try RowGroupSource(file)
        var writer = try ParquetWriter(schema: source.schema, sink: ByteArraySink())
        for group in groups { try writer.copyRowGroup(group, of: source) }
        return try writer.finish().bytes
    }

    @Test func `copies row groups among rows that are written`() throws {
        let (schema, batch) = Self.rows
        let source = try RowGroupSource(make())
        #expect(source.rowCounts == [1000, 1000, 500])
        #expect(source.schema == schema)
        var writer = try ParquetWriter(schema: schema, sink: ByteArraySink())
        try writer.write(batch.slice(0..<10))
        try writer.copyRowGroup(1, of: source)
        try writer.copyRowGroup(0, of: source)
        try writer.write(batch.slice(10..<20))
        let file = try writer.finish().bytes
        #expect(try TestFile.footer(file).rowGroups.map(\.rowCount) == [10, 1000, 1000, 10])
        #expect(try TestFile.footer(file).rowGroups.map(\.ordinal) == [0, 1, 2, 3])
        let expected = ColumnBatch.concatenated([
            batch.slice(0..<10), batch.slice(1000..<2000), batch.slice(0..<1000), batch.slice(10..<20),
        ])
        let back = try ParquetReader(file).read()
        for (index, field) in schema.fields.enumerated() {
            #expect(back.columns[index] == expected.columns[index], "\(field.name)")
        }
    }

    @Test func `copies a whole file byte for byte`() throws {
        let file = try make()
        #expect(try copy([0, 1, 2], of: file) == file)
    }

    @Test func `moves everything that the file says of its pages`() throws {
        let file = try make()
        let copied = try copy([2], of: file)
        let old = try TestFile.footer(file).rowGroups[2]
        let new = try TestFile.footer(copied).rowGroups[0]
        let distance = try #require(old.fileOffset) - 4
        #expect(new.fileOffset == 4)
        #expect(new.sortingColumns == [SortingColumn(columnIndex: 2)])
        for (left, right) in zip(old.columns, new.columns) {
            var expected = try #require(left.metaData)
            expected.dataPageOffset -= distance
            expected.dictionaryPageOffset = expected.dictionaryPageOffset.map { $0 - distance }
            #expect(right.metaData == expected)
            var pages = try TestFile.decode(
                OffsetIndex.self, file, at: #require(left.offsetIndexOffset),
                sizeBytes: #require(left.offsetIndexSizeBytes))
            for index in pages.pageLocations.indices { pages.pageLocations[index].offset -= distance }
            #expect(
                try TestFile.decode(
                    OffsetIndex.self, copied, at: #require(right.offsetIndexOffset),
                    sizeBytes: #require(right.offsetIndexSizeBytes)) == pages)
        }
    }

    @Test func `copies from a file without a page index`() throws {
        let copied = try copy([0], of: make { $0.isPageIndexWritten = false })
        #expect(try TestFile.footer(copied).rowGroups[0].columns.allSatisfy { $0.offsetIndexOffset == nil })
        #expect(try ParquetReader(copied).rowCount == 1000)
    }

    private static let text = Schema([Schema.Field("a", .string)])

    /// A file of one page by hand, with changes.
    private func make(
        _ change: @escaping (inout FileMetaData, inout ColumnMetaData) -> Void
    ) -> [UInt8] {
        TestFile.make(
            schema: Self.text, rowCount: 1, pages: [TestFile.dataPage([1, 0, 0, 0, 97], count: 1)],
            change: change)
    }

    @Test func `drops bounds whose order is unknown`() throws {
        var statistics = Statistics(minimum: [97], maximum: [97], isText: true)
        statistics.nullCount = 0
        for orders in [nil, [ColumnOrder.other(2)], [.typeDefined]] {
            let file = make {
                $1.statistics = statistics
                $0.columnOrders = orders
            }
            let copied = try TestFile.footer(copy([0], of: file)).rowGroups[0].columns[0].metaData
            #expect(copied?.statistics?.nullCount == 0)
            #expect(copied?.statistics?.maxValue == (orders == [.typeDefined] ? [97] : nil))
            #expect(copied?.statistics?.isMaxValueExact == (orders == [.typeDefined] ? true : nil))
        }
    }

    /// A file of one page, whose column index says that it is null.
    private func makeNullPage(nullCount: Int64) -> [UInt8] {
        let index = CompactWriter.encode(
            ColumnIndex(nullPages: [true], minValues: [[]], maxValues: [[]], nullCounts: [nullCount]))
        let offsets = CompactWriter.encode(
            OffsetIndex(
                pageLocations: [PageLocation(offset: 4, compressedSizeBytes: 22, firstRowIndex: 0)]))
        // Both indexes stand in a page of their own kind, which the chunk does not count.
        let page = TestFile.Page(
            header: PageHeader(
                type: .index, uncompressedSizeBytes: Int32(index.count + offsets.count),
                compressedSizeBytes: Int32(index.count + offsets.count)), body: index + offsets)
        let start = Int64(26 + CompactWriter.encode(page.header).count)
        return TestFile.make(
            schema: Self.text, rowCount: 1,
            pages: [TestFile.dataPage([1, 0, 0, 0, 97], count: 1), page]
        ) { metaData, column in
            column.compressedSizeBytes = 22
            metaData.columnOrders = [.typeDefined]
            metaData.rowGroups = [
                RowGroup(
                    columns: [
                        ColumnChunk(
                            metaData: column, offsetIndexOffset: start + Int64(index.count),
                            offsetIndexSizeBytes: Int32(offsets.count), columnIndexOffset: start,
                            columnIndexSizeBytes: Int32(index.count))
                    ], uncompressedSizeBytes: 0, rowCount: 1)
            ]
        }
    }

    @Test func `drops an index by which rows would be lost`() throws {
        for (nullCount, isKept) in [(Int64(0), false), (1, true)] {
            let copied = try copy([0], of: makeNullPage(nullCount: nullCount))
            let chunk = try TestFile.footer(copied).rowGroups[0].columns[0]
            #expect((chunk.columnIndexOffset != nil) == isKept)
            #expect(chunk.offsetIndexOffset != nil)
        }
    }

    @Test func `refuses other columns and row groups that are not there`() throws {
        let source = try RowGroupSource(make())
        var writer = try ParquetWriter(schema: Self.text, sink: ByteArraySink())
        let other = try #require(throws: ParquetError.self) { try writer.copyRowGroup(0, of: source) }
        #expect(other.kind == .invalidInput)
        #expect(other.cause == "the columns of the file to copy from are others")
        let missing = try #require(throws: ParquetError.self) { try copy([3], of: make()) }
        #expect(missing.cause == "the file to copy from has no row group 3")
        #expect(throws: ParquetError.self) { try RowGroupSource(Array("PAR1".utf8)) }
    }

    private struct Change: Sendable, CustomTestStringConvertible {
        var cause: String
        var apply: @Sendable (inout FileMetaData, inout ColumnMetaData) -> Void
        var testDescription: String { cause }
    }

    private static let changes: [Change] = [
        Change(cause: "the chunk has 2 values for 1 rows") { $1.valueCount = 2 },
        Change(cause: "the chunk is of another column") { $1.path = ["b"] },
        Change(cause: "the chunk is of another column") { $1.type = .int32 },
        Change(cause: "the chunk has -1 uncompressed bytes") { $1.uncompressedSizeBytes = -1 },
        Change(cause: "the chunk has \(Int64.max) uncompressed bytes") { $1.uncompressedSizeBytes = .max },
        Change(cause: "the chunk's \(Int64.max) bytes from 4 exceed the 26 before the footer") {
            $1.compressedSizeBytes = .max
        },
        Change(cause: "the chunk's 22 bytes from \(Int64.max) exceed the 26 before the footer") {
            $1.dataPageOffset = .max
        },
        Change(cause: "the data pages from 26 start after the chunk's end") {
            $1.dictionaryPageOffset = 4
            $1.dataPageOffset = 26
        },
        Change(cause: "a page index of 8 bytes at \(Int64.max)") { metaData, column in
            metaData.rowGroups = [
                RowGroup(
                    columns: [
                        ColumnChunk(metaData: column, offsetIndexOffset: .max, offsetIndexSizeBytes: 8)
                    ], uncompressedSizeBytes: 0, rowCount: 1)
            ]
        },
    ]

    @Test(arguments: changes)
    private func `refuses files that contradict themselves`(change: Change) throws {
        let error = try #require(throws: ParquetError.self) { try copy([0], of: make(change.apply)) }
        #expect(error.cause == change.cause)
        #expect(error.kind == .corrupt)
        #expect(error.rowGroup == 0)
        #expect(error.column == "a")
    }

    /// Whatever the damage, copying must end with a file or an error; a trap would end the test run.
    @Test(arguments: 0..<3)
    func `survives damaged footers`(seed: Int) throws {
        let schema = Schema([Schema.Field("a", .string), Schema.Field("b", .double, isNullable: true)])
        let batch = ColumnBatch(
            rowCount: 40,
            columns: [
                ColumnVector(.bytes(Samples.strings((0..<40).map { "key \($0 % 7)" }))),
                ColumnVector(.double((0..<40).map { Double($0) })),
            ])
        let file = try ParquetFile.encode(
            schema: schema, batch: batch, options: .make { $0.pageRowCountMaximum = 10 })
        let pagesEnd = try TestFile.footer(file).rowGroups[0].columns.reduce(4) {
            $0 + Int($1.metaData?.compressedSizeBytes ?? 0)
        }
        var random = SampleRandom(seed: UInt64(seed))
        var refused = 0
        for _ in 0..<2000 {
            var bytes = file
            for _ in 0...random.next(below: 3) {
                let position = pagesEnd + random.next(below: file.count - 8 - pagesEnd)
                switch random.next(below: 3) {
                case 0: bytes[position] ^= 1 << UInt8(random.next(below: 8))
                case 1: bytes[position] = UInt8(random.next(below: 256))
                default:
                    // A varint of some 2^63, where it fits.
                    for index in position..<min(position + 9, bytes.count - 8) { bytes[index] = 0xff }
                    if position + 9 < bytes.count - 8 { bytes[position + 9] = 0x01 }
                }
            }
            do {
                _ = try copy([0], of: bytes)
            } catch is ParquetError {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }
}
