import Testing

@testable import Parquet

struct SchemaTests {
    private func type(
        _ physical: PhysicalType, _ logical: LogicalType?, _ converted: ConvertedType?
    ) throws(ParquetError) -> Schema.FieldType {
        try Schema.FieldType(
            SchemaElement(
                name: "a", type: physical, typeLength: physical == .fixedLengthByteArray ? 3 : nil,
                repetition: .required, convertedType: converted, logicalType: logical))
    }

    private static let annotatedForBoth: [Schema.FieldType] = [
        .int8, .int16, .uint8, .uint16, .uint32, .uint64, .string, .json, .enumeration, .bson, .date,
        .time(.milliseconds, isUTC: true), .time(.microseconds, isUTC: true),
        .timestamp(.milliseconds, isUTC: true), .timestampMicroseconds,
        .decimal(precision: 9, scale: 2), .decimal(precision: 18, scale: 0),
        .decimal(precision: 38, scale: 38),
        .decimal(precision: 5, scale: 1, storage: .int64), .decimal(precision: 40, scale: 1, storage: .bytes),
    ]
    private static let annotatedForYounger: [Schema.FieldType] = [
        .float16, .uuid, .time(.milliseconds, isUTC: false), .time(.nanoseconds, isUTC: true),
        .timestamp(.milliseconds, isUTC: false), .timestamp(.microseconds, isUTC: false),
        .timestamp(.nanoseconds, isUTC: true), .timestamp(.nanoseconds, isUTC: false),
    ]
    private static let plain: [Schema.FieldType] = [
        .boolean, .int32, .int64, .float, .double, .bytes, .fixedBytes(length: 7), .int96Timestamp,
    ]

    @Test(arguments: annotatedForBoth + annotatedForYounger + plain)
    func `annotates a type for younger and for older readers`(expected: Schema.FieldType) throws {
        let element = Schema([Schema.Field("a", expected)]).elements[1]
        #expect((element.logicalType == nil) == Self.plain.contains(expected))
        #expect((element.convertedType != nil) == Self.annotatedForBoth.contains(expected))
        #expect(try Schema.FieldType(element) == expected)
        if Self.annotatedForBoth.contains(expected) {
            var older = element
            older.logicalType = nil
            #expect(try Schema.FieldType(older) == expected)
        }
        var younger = element
        younger.convertedType = nil
        younger.precision = nil
        younger.scale = nil
        #expect(try Schema.FieldType(younger) == expected)
    }

    @Test(arguments: [
        (1, Schema.DecimalStorage.int32), (9, .int32), (10, .int64), (18, .int64),
        (19, .fixedBytes(length: 9)), (21, .fixedBytes(length: 9)), (22, .fixedBytes(length: 10)),
        (38, .fixedBytes(length: 16)),
    ])
    func `stores a decimal in the fewest bytes`(precision: Int, storage: Schema.DecimalStorage) {
        #expect(
            Schema.FieldType.decimal(precision: precision, scale: 0)
                == .decimal(precision: precision, scale: 0, storage: storage))
        #expect(precision <= storage.precisionMaximum)
        if case .fixedBytes(let length) = storage {
            #expect(Schema.DecimalStorage.fixedBytes(length: length - 1).precisionMaximum < precision)
        }
    }

    @Test(
        arguments: [
            (PhysicalType.byteArray, LogicalType.other(99), nil, Schema.FieldType.bytes),
            (.byteArray, .uuid, nil, .bytes),
            (.fixedLengthByteArray, .uuid, nil, .fixedBytes(length: 3)),
            (.fixedLengthByteArray, .float16, nil, .fixedBytes(length: 3)),
            (.fixedLengthByteArray, nil, ConvertedType(rawValue: 21), .fixedBytes(length: 3)),
            (.int32, .integer(bitWidth: 32, isSigned: true), nil, .int32),
            (.int32, nil, .int32, .int32),
            (.int64, .integer(bitWidth: 8, isSigned: true), nil, .int64),
            (.int64, nil, .int64, .int64),
            (.int32, .other(99), .date, .int32),
            (.int64, .time(isAdjustedToUTC: true, .milliseconds), nil, .int64),
            (.int64, nil, .timeMilliseconds, .int64),
            (.int32, .null, nil, .int32),
        ] as [(PhysicalType, LogicalType?, ConvertedType?, Schema.FieldType)])
    func `reads annotations without a meaning as the physical type`(
        physical: PhysicalType, logical: LogicalType?, converted: ConvertedType?, expected: Schema.FieldType
    ) throws {
        #expect(try type(physical, logical, converted) == expected)
    }

    @Test(
        arguments: [
            (
                PhysicalType.int32, LogicalType.decimal(scale: 0, precision: 10), nil,
                "a DECIMAL of 10 digits, scale 0, as INT32"
            ),
            (
                .int64, .decimal(scale: 5, precision: 4), nil,
                "a DECIMAL of 4 digits, scale 5, as INT64"
            ),
            (.byteArray, nil, .decimal, "a DECIMAL of 0 digits, scale 0, as BYTE_ARRAY"),
            (
                .fixedLengthByteArray, .decimal(scale: 0, precision: 7), nil,
                "a DECIMAL of 7 digits, scale 0, as FIXED_LEN_BYTE_ARRAY"
            ),
            (
                .double, .decimal(scale: 0, precision: 7), nil,
                "a DECIMAL of 7 digits, scale 0, as DOUBLE"
            ),
        ] as [(PhysicalType, LogicalType?, ConvertedType?, String)])
    func `refuses decimals that cannot be`(
        physical: PhysicalType, logical: LogicalType?, converted: ConvertedType?, cause: String
    ) throws {
        let error = try #require(throws: ParquetError.self) { try type(physical, logical, converted) }
        #expect(error.kind == .corrupt)
        #expect(error.cause == cause)
        #expect(error.column == "a")
    }

    @Test func `refuses fixed bytes without a length`() throws {
        let element = SchemaElement(name: "a", type: .fixedLengthByteArray, repetition: .required)
        let error = try #require(throws: ParquetError.self) { try Schema.FieldType(element) }
        #expect(error.cause == "values of 0 bytes")
    }
}
