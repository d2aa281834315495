import Testing

@testable import Parquet

/// What the reader makes of bounds, which decides what rows a caller does not see.
struct ColumnStatisticsTests {
    /// The statistics of a file of one column whose footer says the given things.
    private func statistics(
        _ type: Schema.FieldType, isNullable: Bool = true, rowCount: Int64 = 10,
        order: ColumnOrder? = .typeDefined,
        element: ((inout SchemaElement) -> Void)? = nil, _ change: (inout Statistics) -> Void
    ) throws -> ColumnStatistics {
        let schema = Schema([Schema.Field("a", type, isNullable: isNullable)])
        var statistics = Statistics()
        change(&statistics)
        let file = TestFile.make(schema: schema, rowCount: rowCount, pages: []) { metaData, column in
            column.statistics = statistics
            metaData.columnOrders = order.map { [$0] }
            element?(&metaData.schema[1])
        }
        return try #require(try ParquetReader(file).metadata.rowGroups[0].statistics("a"))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    @Test(
        arguments: [
            (.boolean, [0], [1], false, true),
            (.int32, bytes(Int32(-5)), bytes(Int32(7)), -5, 7),
            (.int8, bytes(Int32(-5)), bytes(Int32(7)), -5, 7),
            (.date, bytes(Int32(-5)), bytes(Int32(7)), -5, 7),
            (.uint8, bytes(UInt32(5)), bytes(UInt32(250)), 5, 250),
            (.uint32, bytes(UInt32(5)), bytes(UInt32.max), 5, .integer(4_294_967_295)),
            (.int64, bytes(Int64.min), bytes(Int64(7)), .integer(Int128(Int64.min)), 7),
            (.uint64, bytes(UInt64(5)), bytes(UInt64.max), 5, .integer(Int128(UInt64.max))),
            (.timestampMicroseconds, bytes(Int64(-1)), bytes(Int64(1)), -1, 1),
            (.float, bytes(Float(-1.5).bitPattern), bytes(Float(2).bitPattern), -1.5, 2.0),
            (.double, bytes((-1.5).bitPattern), bytes(2.0.bitPattern), -1.5, 2.0),
            // Half floats: -1.5, the largest, and below, the smallest above zero.
            (.float16, bytes(UInt16(0xbe00)), bytes(UInt16(0x7bff)), -1.5, 65504.0),
            (
                .float16, bytes(UInt16(0x0001)), bytes(UInt16(0x7c00)), 5.960464477539063e-08,
                .number(.infinity)
            ),
            (.string, Array("ab".utf8), Array("z".utf8), "ab", "z"),
            (.bytes, [0], [255], .bytes([0]), .bytes([255])),
            (.decimal(precision: 9, scale: 2), bytes(Int32(-5)), bytes(Int32(7)), -5, 7),
            (.decimal(precision: 38, scale: 2), [0xff, 0xfe], [0x01, 0x00], -2, 256),
            (.decimal(precision: 20, scale: 2, storage: .bytes), [0x80], [0x7f], -128, 127),
        ] as [(Schema.FieldType, [UInt8], [UInt8], ColumnValue, ColumnValue)])
    func `reads the bounds of every type`(
        type: Schema.FieldType, low: [UInt8], high: [UInt8], minimum: ColumnValue, maximum: ColumnValue
    ) throws {
        let statistics = try statistics(type) {
            $0.minValue = low
            $0.maxValue = high
            $0.isMinValueExact = true
            $0.isMaxValueExact = false
        }
        #expect(statistics.minimum == .init(value: minimum, isExact: true))
        #expect(statistics.maximum == .init(value: maximum, isExact: false))
    }

    /// Bounds that cannot be relied on are none.
    @Test(
        arguments: [
            (.int32, bytes(Int32(7)), bytes(Int32(-5))),
            (.int32, [1, 2, 3], bytes(Int64(3))),
            (.double, bytes(Double.nan.bitPattern), bytes(2.0.bitPattern)),
            (.double, bytes(2.0.bitPattern), bytes(Double.nan.bitPattern)),
            (.float16, bytes(UInt16(0)), bytes(UInt16(0x7e00))),
            (.decimal(precision: 38, scale: 2), [], [UInt8](repeating: 1, count: 17)),
            (.string, Array("b".utf8), Array("a".utf8)),
        ] as [(Schema.FieldType, [UInt8], [UInt8])])
    func `ignores bounds that cannot be`(type: Schema.FieldType, low: [UInt8], high: [UInt8]) throws {
        let statistics = try statistics(type) {
            $0.minValue = low
            $0.maxValue = high
        }
        #expect(statistics.minimum == nil)
        #expect(statistics.maximum == nil)
    }

    @Test(
        arguments: [
            (.int32, nil, true), (.double, nil, true), (.boolean, nil, true),
            (.timestampMicroseconds, nil, true),
            (.decimal(precision: 5, scale: 0), nil, true), (.uint32, nil, false), (.uint64, nil, false),
            (.string, nil, false), (.decimal(precision: 20, scale: 0), nil, false),
            (.double, .other(2), false), (.int32, .other(2), false), (.string, .typeDefined, true),
        ] as [(Schema.FieldType, ColumnOrder?, Bool)])
    func `relies on bounds only under a known order`(
        type: Schema.FieldType, order: ColumnOrder?, isUsed: Bool
    ) throws {
        let size =
            switch type.physicalType {
            case .boolean: 1
            case .int32, .float: 4
            default: 8
            }
        let statistics = try statistics(type, order: order) {
            $0.minValue = [UInt8](repeating: 0, count: size)
            $0.maxValue = [UInt8](repeating: 1, count: size)
        }
        #expect((statistics.minimum != nil) == isUsed)
        #expect((statistics.maximum != nil) == isUsed)
    }

    @Test(
        arguments: [(.int64, true), (.float, true), (.uint64, false), (.bytes, false)]
            as [(Schema.FieldType, Bool)])
    func `takes the older bounds of signed numbers alone`(type: Schema.FieldType, isUsed: Bool) throws {
        // The writer of today leaves them out, so that they are put in by hand: fields 1 and 2.
        let size = type == .float ? 4 : 8
        var content: [UInt8] = []
        for id in [UInt8(1), 2] {
            content +=
                [id == 1 ? 0x18 : 0x18, UInt8(size)] + [UInt8](repeating: id == 1 ? 1 : 0, count: size)
        }
        content.append(0)
        let older = try content.withUnsafeBufferPointer { bytes in
            var reader = CompactReader(UnsafeRawBufferPointer(bytes))
            return try Statistics(from: &reader)
        }
        let leaf = try FileSchema(Schema([Schema.Field("a", type)]).elements).leaves[0]
        let statistics = ColumnStatistics(older, leaf: leaf, rowCount: 1, order: .typeDefined)
        #expect((statistics.minimum != nil) == isUsed)
        #expect((statistics.maximum != nil) == isUsed)
    }

    @Test func `ignores the bounds of intervals and of unknown meanings`() throws {
        let changes: [(inout SchemaElement) -> Void] = [
            { $0.convertedType = .interval }, { $0.logicalType = .other(99) },
        ]
        for change in changes {
            let statistics = try statistics(.fixedBytes(length: 12), element: change) {
                $0.minValue = [UInt8](repeating: 0, count: 12)
                $0.maxValue = [UInt8](repeating: 9, count: 12)
            }
            #expect(statistics.minimum == nil)
            #expect(statistics.maximum == nil)
        }
    }

    @Test(arguments: [(0, 0), (10, 10), (11, nil), (-1, nil), (nil, nil)] as [(Int64?, Int?)])
    func `counts nulls as far as they can be`(said: Int64?, counted: Int?) throws {
        #expect(try statistics(.int32) { $0.nullCount = said }.nullCount == counted)
        #expect(try statistics(.int32, isNullable: false) { $0.nullCount = said }.nullCount == 0)
    }
}
