import Testing

@testable import Parquet

struct StatisticsTests {
    /// The statistics of the only chunk of a file with one column.
    private func make(
        _ type: Schema.FieldType, _ column: ColumnVector, isDictionaryEnabled: Bool = true
    ) throws -> Statistics {
        let schema = Schema([Schema.Field("a", type, isNullable: column.validity != nil)])
        let file = try ParquetFile.encode(
            schema: schema, batch: ColumnBatch(rowCount: column.count, columns: [column]),
            options: .make { $0.dictionarySizeBytesMaximum = isDictionaryEnabled ? 1 << 20 : 0 })
        return try #require(try TestFile.footer(file).rowGroups[0].columns[0].metaData?.statistics)
    }

    private func bytes(_ value: some BitwiseCopyable) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

    @Test(arguments: [true, false])
    func `bounds numbers and counts nulls`(isDictionaryEnabled: Bool) throws {
        let values = (0..<100).map { Int32($0 % 3) - 1 }
        let column = ColumnVector(.int32(values.map { $0 }), validity: (0..<100).map { $0 != 1 && $0 != 4 })
        let statistics = try make(.int32, column, isDictionaryEnabled: isDictionaryEnabled)
        #expect(statistics.minValue == bytes(Int32(-1)))
        #expect(statistics.maxValue == bytes(Int32(1)))
        #expect(statistics.isMinValueExact == true)
        #expect(statistics.isMaxValueExact == true)
        #expect(statistics.nullCount == 2)
        #expect(statistics.nanCount == nil)
    }

    @Test func `leaves NaN out and counts it`() throws {
        let statistics = try make(.double, ColumnVector(.double([.nan, 3, -2, .nan])))
        #expect(statistics.minValue == bytes(-2.0))
        #expect(statistics.maxValue == bytes(3.0))
        #expect(statistics.nanCount == 2)
        #expect(statistics.nullCount == 0)
    }

    @Test func `has no bounds where all is NaN`() throws {
        let statistics = try make(.float, ColumnVector(.float([.nan, .nan])))
        #expect(statistics.minValue == nil)
        #expect(statistics.maxValue == nil)
        #expect(statistics.isMinValueExact == nil)
        #expect(statistics.nanCount == 2)
    }

    @Test(arguments: [[0.0, 0.0], [-0.0, -0.0], [0.0, -0.0]])
    func `covers both zeros`(values: [Double]) throws {
        let statistics = try make(.double, ColumnVector(.double(values)))
        #expect(statistics.minValue == bytes(-0.0))
        #expect(statistics.maxValue == bytes(0.0))
    }

    @Test func `has a null count only where all is null`() throws {
        let statistics = try make(
            .string, ColumnVector(.bytes(Samples.strings(["", ""])), validity: [false, false]))
        var expected = Statistics()
        expected.nullCount = 2
        #expect(statistics == expected)
    }

    @Test(arguments: [([true], 1, 1), ([false], 0, 0), ([true, false], 0, 1)] as [([Bool], UInt8, UInt8)])
    func `bounds truth values`(values: [Bool], minimum: UInt8, maximum: UInt8) throws {
        let statistics = try make(.boolean, ColumnVector(.boolean(values)))
        #expect(statistics.minValue == [minimum])
        #expect(statistics.maxValue == [maximum])
    }

    @Test(arguments: [true, false])
    func `compares unsigned numbers as such`(isDictionaryEnabled: Bool) throws {
        let narrow = try make(
            .uint32, ColumnVector(.int32([-1, 0, 5])), isDictionaryEnabled: isDictionaryEnabled)
        #expect(narrow.minValue == bytes(Int32(0)))
        #expect(narrow.maxValue == bytes(Int32(-1)))
        let wide = try make(
            .uint64, ColumnVector(.int64([.min, .max, 5])), isDictionaryEnabled: isDictionaryEnabled)
        #expect(wide.minValue == bytes(Int64(5)))
        #expect(wide.maxValue == bytes(Int64.min))
        #expect(wide.nanCount == nil)
    }

    @Test(arguments: [true, false])
    func `compares decimals as two's complement and UUIDs as unsigned bytes`(
        isDictionaryEnabled: Bool
    ) throws {
        let low = [UInt8](repeating: 0x80, count: 16)
        let high = [UInt8](repeating: 0x7f, count: 16)
        let column = ColumnVector(.bytes(Samples.strings([high, low])))
        let decimal = try make(
            .decimal(precision: 38, scale: 3), column, isDictionaryEnabled: isDictionaryEnabled)
        #expect(decimal.minValue == low)
        #expect(decimal.maxValue == high)
        let uuid = try make(.uuid, column, isDictionaryEnabled: isDictionaryEnabled)
        #expect(uuid.minValue == high)
        #expect(uuid.maxValue == low)
        #expect(uuid.isMaxValueExact == true)
    }

    @Test(arguments: [true, false])
    func `orders half floats, leaves NaN out and covers both zeros`(isDictionaryEnabled: Bool) throws {
        // 1, -2, NaN, and the two zeros; lowest byte first.
        let (one, minusTwo, nan): ([UInt8], [UInt8], [UInt8]) = ([0x00, 0x3c], [0x00, 0xc0], [0x01, 0x7c])
        let (zero, minusZero): ([UInt8], [UInt8]) = ([0x00, 0x00], [0x00, 0x80])
        func statistics(_ values: [[UInt8]]) throws -> Statistics {
            try make(
                .float16, ColumnVector(.bytes(Samples.strings(values))),
                isDictionaryEnabled: isDictionaryEnabled)
        }
        let some = try statistics([nan, one, minusTwo, nan, one])
        #expect(some.minValue == minusTwo)
        #expect(some.maxValue == one)
        #expect(some.nanCount == 2)
        for zeros in [[zero, zero], [minusZero, minusZero], [minusZero, zero]] {
            #expect(try statistics(zeros).minValue == minusZero)
            #expect(try statistics(zeros).maxValue == zero)
        }
        let all = try statistics([nan, nan])
        #expect(all.minValue == nil)
        #expect(all.nanCount == 2)
    }

    @Test func `has no bounds for long fixed bytes`() throws {
        for (length, hasBounds) in [(64, true), (65, false)] {
            let value = [UInt8](repeating: 1, count: length)
            let statistics = try make(
                .fixedBytes(length: length), ColumnVector(.bytes(Samples.strings([value, value]))))
            #expect(statistics.maxValue == (hasBounds ? value : nil))
            #expect(statistics.nullCount == 0)
        }
    }

    @Test func `finds bounds among values that share their first eight bytes`() throws {
        let texts = ["12345678b", "12345678", "12345678a", "1234567", "12345678bc"]
        let statistics = try make(.string, ColumnVector(.bytes(Samples.strings(texts))))
        #expect(statistics.minValue == Array("1234567".utf8))
        #expect(statistics.maxValue == Array("12345678bc".utf8))
        let zeros = try make(.bytes, ColumnVector(.bytes(Samples.strings([[0, 0], [0], [], [0, 0, 0]]))))
        #expect(zeros.minValue == [])
        #expect(zeros.maxValue == [0, 0, 0])
    }

    @Test func `compares text by unsigned bytes`() throws {
        let statistics = try make(
            .string, ColumnVector(.bytes(Samples.strings(["z", "é", "", "same words", "same word"]))))
        #expect(statistics.minValue == [])
        #expect(statistics.maxValue == Array("é".utf8))
    }

    @Test func `truncates text between characters and raises the upper bound`() {
        let text = Array((String(repeating: "a", count: 63) + "é tail").utf8)
        let statistics = Statistics(minimum: text, maximum: text, isText: true)
        #expect(statistics.minValue == [UInt8](repeating: 97, count: 63))
        #expect(statistics.maxValue == [UInt8](repeating: 97, count: 62) + [98])
        #expect(statistics.isMinValueExact == false)
        #expect(statistics.isMaxValueExact == false)
    }

    @Test func `keeps text of 64 bytes`() {
        let text = [UInt8](repeating: 122, count: 64)
        let statistics = Statistics(minimum: text, maximum: text, isText: true)
        #expect(statistics.maxValue == text)
        #expect(statistics.isMaxValueExact == true)
    }

    @Test(arguments: [
        ("a\u{7f}", "b"), ("a\u{7ff}", "b"), ("a\u{d7ff}", "a\u{e000}"), ("a\u{10ffff}", "b"), ("aé", "aê"),
    ])
    func `raises a character or the one before`(end: String, raised: String) {
        let start = String(repeating: "a", count: 64 - end.utf8.count)
        let text = Array((start + end + "more").utf8)
        let statistics = Statistics(minimum: [], maximum: text, isText: true)
        #expect(statistics.maxValue == Array((start + raised).utf8))
    }

    @Test func `has no bounds where the upper one cannot be raised`() {
        let bytes = [UInt8](repeating: 255, count: 65)
        #expect(Statistics(minimum: [1], maximum: bytes, isText: false) == Statistics())
        let text = Array(String(repeating: "\u{10ffff}", count: 17).utf8)
        #expect(Statistics(minimum: [97], maximum: text, isText: true) == Statistics())
    }

    @Test func `raises the last byte that can be`() {
        let bytes = [UInt8](repeating: 1, count: 63) + [255, 255]
        let statistics = Statistics(minimum: bytes, maximum: bytes, isText: false)
        #expect(statistics.maxValue == [UInt8](repeating: 1, count: 62) + [2])
    }
}
