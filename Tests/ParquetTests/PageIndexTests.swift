import Testing

@testable import Parquet

struct PageIndexTests {
    private typealias Indexes = (offsets: OffsetIndex, columns: ColumnIndex?)

    /// The page indexes of a file's chunks, row group by row group.
    private func indexes(_ file: [UInt8]) throws -> [[Indexes]] {
        try TestFile.footer(file).rowGroups.map { rowGroup in
            try rowGroup.columns.map { chunk in
                let offsets = try TestFile.decode(
                    OffsetIndex.self, file, at: #require(chunk.offsetIndexOffset),
                    sizeBytes: #require(chunk.offsetIndexSizeBytes))
                guard let offset = chunk.columnIndexOffset else { return (offsets, nil) }
                return (
                    offsets,
                    try TestFile.decode(
                        ColumnIndex.self, file, at: offset, sizeBytes: #require(chunk.columnIndexSizeBytes))
                )
            }
        }
    }

    /// The index of the only chunk of a file with one column, two rows a page.
    private func index(
        _ type: Schema.FieldType, _ values: ColumnVector.Values, validity: [Bool]? = nil,
        encoding: ValueEncoding = .automatic
    ) throws -> Indexes {
        let column = ColumnVector(values, validity: validity)
        let file = try ParquetFile.encode(
            schema: Schema([Schema.Field("a", type, isNullable: validity != nil)]),
            batch: ColumnBatch(rowCount: column.count, columns: [column]),
            options: .make {
                $0.pageRowCountMaximum = 2
                $0.columns["a"] = ColumnOptions(encoding: encoding)
            })
        return try indexes(file)[0][0]
    }

    private func bytes(_ value: some BitwiseCopyable) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

    @Test(arguments: SampleShape.allCases.filter { $0 != .empty }, [false, true])
    func `says where every page is, header included`(shape: SampleShape, isNullable: Bool) throws {
        let (schema, batch) = Samples.batch(
            Samples.allTypes, shape: shape, isNullable: isNullable, rowCount: min(shape.rowCount, 1500))
        let file = try ParquetFile.encode(
            schema: schema, batch: batch,
            options: .make {
                $0.pageRowCountMaximum = 97
                $0.rowGroupRowCountMaximum = 1000
            })
        let footer = try TestFile.footer(file)
        for (rowGroup, groupIndexes) in zip(footer.rowGroups, try indexes(file)) {
            for (chunk, index) in zip(rowGroup.columns, groupIndexes) {
                let metaData = try #require(chunk.metaData)
                var position = metaData.dataPageOffset
                var row: Int64 = 0
                for location in index.offsets.pageLocations {
                    #expect(location.offset == position)
                    #expect(location.firstRowIndex == row)
                    let (header, headerSizeBytes) = try Array(file[Int(position)...].prefix(200))
                        .withUnsafeBufferPointer { bytes in
                            var reader = CompactReader(UnsafeRawBufferPointer(bytes))
                            return (try PageHeader(from: &reader), reader.cursor.offset)
                        }
                    #expect(
                        Int(location.compressedSizeBytes)
                            == headerSizeBytes + Int(header.compressedSizeBytes))
                    position += Int64(location.compressedSizeBytes)
                    row += Int64(try #require(header.data).valueCount)
                }
                let start = metaData.dictionaryPageOffset ?? metaData.dataPageOffset
                #expect(position == start + metaData.compressedSizeBytes)
                #expect(row == rowGroup.rowCount)
                let nullCounts = try #require(index.columns?.nullCounts)
                #expect(nullCounts.count == index.offsets.pageLocations.count)
                #expect(nullCounts.reduce(0, +) == metaData.statistics?.nullCount)
            }
        }
    }

    @Test func `writes no index where the options say so`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: false, rowCount: 10)
        let file = try ParquetFile.encode(
            schema: schema, batch: batch, options: .make { $0.isPageIndexWritten = false })
        for chunk in try TestFile.footer(file).rowGroups[0].columns {
            #expect(chunk.offsetIndexOffset == nil && chunk.columnIndexOffset == nil)
        }
    }

    @Test(arguments: [ValueEncoding.automatic, .plain, .deltaBinaryPacked])
    func `bounds pages, nulls apart`(encoding: ValueEncoding) throws {
        let validity = [true, true, false, false, true, false]
        let index = try index(.int32, .int32([7, -2, 0, 0, 9, 0]), validity: validity, encoding: encoding)
        #expect(index.offsets.pageLocations.map(\.firstRowIndex) == [0, 2, 4])
        let expected = ColumnIndex(
            nullPages: [false, true, false], minValues: [bytes(Int32(-2)), [], bytes(Int32(9))],
            maxValues: [bytes(Int32(7)), [], bytes(Int32(9))], boundaryOrder: .ascending,
            nullCounts: [0, 2, 1])
        #expect(index.columns == expected)
    }

    @Test func `bounds pages of nulls alone`() throws {
        let index = try index(
            .string, .bytes(Samples.strings(["", "", ""])), validity: [false, false, false])
        #expect(
            index.columns
                == ColumnIndex(
                    nullPages: [true, true], minValues: [[], []], maxValues: [[], []],
                    boundaryOrder: .ascending, nullCounts: [2, 1]))
    }

    @Test(
        arguments: [
            ([1, 2, 2, 3, 9, 9], BoundaryOrder.ascending), ([9, 9, 3, 2, 2, 1], .descending),
            ([1, 5, 2, 9, 1, 9], .unordered), ([4, 4, 4, 4, 4, 4], .ascending),
            ([1, 9, 2, 3, 3, 3], .unordered),
        ] as [([Int64], BoundaryOrder)])
    func `tells the order of the bounds`(values: [Int64], order: BoundaryOrder) throws {
        #expect(try index(.int64, .int64(values)).columns?.boundaryOrder == order)
    }

    @Test func `orders unsigned numbers, decimals and text by their own order`() throws {
        let unsigned = try index(.uint32, .int32([1, 2, -2, -1]))
        #expect(unsigned.columns?.boundaryOrder == .ascending)
        #expect(unsigned.columns?.maxValues == [bytes(Int32(2)), bytes(Int32(-1))])
        let negative = [UInt8](repeating: 0xff, count: 16)
        let positive = [UInt8](repeating: 0, count: 15) + [1]
        let decimal = try index(
            .decimal(precision: 38, scale: 0),
            .bytes(Samples.strings([negative, negative, positive, positive])))
        #expect(decimal.columns?.boundaryOrder == .ascending)
        #expect(decimal.columns?.minValues == [negative, positive])
        let text = try index(.string, .bytes(Samples.strings(["é", "z", "b", "a"])))
        #expect(text.columns?.boundaryOrder == .descending)
        #expect(text.columns?.minValues == [[0x7a], [0x61]])
    }

    @Test func `counts NaN and has no bounds where a page is NaN alone`() throws {
        let some = try index(.double, .double([.nan, 1, 2, 3]))
        #expect(some.columns?.nanCounts == [1, 0])
        #expect(some.columns?.minValues == [bytes(1.0), bytes(2.0)])
        let all = try index(.double, .double([.nan, .nan, 2, 3]))
        #expect(all.columns == nil)
        #expect(all.offsets.pageLocations.count == 2)
    }

    @Test func `truncates bounds`() throws {
        let long = String(repeating: "a", count: 100)
        let index = try index(.string, .bytes(Samples.strings([long, long])))
        #expect(index.columns?.minValues == [[UInt8](repeating: 97, count: 64)])
        #expect(index.columns?.maxValues == [[UInt8](repeating: 97, count: 63) + [98]])
    }

    @Test func `bounds dictionary pages by what they hold`() throws {
        let texts = ["m", "m", "z", "m", "a", "m", "m", "m"]
        let index = try index(.string, .bytes(Samples.strings(texts)))
        let expected: [[UInt8]] = [[0x6d], [0x6d], [0x61], [0x6d]]
        #expect(index.columns?.minValues == expected)
        #expect(index.columns?.maxValues == [[0x6d], [0x7a], [0x6d], [0x6d]])
        #expect(index.columns?.boundaryOrder == .unordered)
    }

    @Test(
        arguments: [
            ([0x19, 0x11, 1, 0], "a column index has lists of different lengths"),
            ([0x19, 0x15, 0, 0], "a Thrift list holds no booleans"),
            ([0x29, 0x15, 0, 0], "a Thrift list holds no binaries"),
            ([0x59, 0x15, 0, 0], "a Thrift list holds no 64-bit integers"),
        ] as [([UInt8], String)])
    func `refuses damaged bounds`(bytes: [UInt8], cause: String) throws {
        let error = try #require(throws: ParquetError.self) {
            _ = try TestFile.decode(
                ColumnIndex.self, bytes, at: 0, sizeBytes: Int32(bytes.count))
        }
        #expect(error.cause == cause)
    }

    @Test func `reads booleans however writers say false`() throws {
        for no in [UInt8(0), 2] {
            let bytes: [UInt8] = [0x19, 0x21, 1, no, 0x19, 0x28, 0, 0, 0x19, 0x28, 0, 0, 0]
            let index = try TestFile.decode(ColumnIndex.self, bytes, at: 0, sizeBytes: Int32(bytes.count))
            #expect(index.nullPages == [true, false])
        }
    }
}
