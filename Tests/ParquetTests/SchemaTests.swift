import Testing

@testable import Parquet

struct SchemaTests {
    private func type(
        _ physical: PhysicalType, _ logical: LogicalType?, _ converted: ConvertedType?
    ) throws(ParquetError) -> Schema.FieldType {
        try Schema.FieldType(
            SchemaElement(
                name: "a", type: physical, repetition: .required, convertedType: converted,
                logicalType: logical))
    }

    @Test(arguments: Samples.types.map(\.type))
    func `annotates a type for younger and for older readers`(expected: Schema.FieldType) throws {
        let element = Schema([Schema.Field("a", expected)]).elements[1]
        #expect((element.logicalType == nil) == (element.convertedType == nil))
        #expect(try Schema.FieldType(element) == expected)
        var older = element
        older.logicalType = nil
        #expect(try Schema.FieldType(older) == expected)
        var younger = element
        younger.convertedType = nil
        #expect(try Schema.FieldType(younger) == expected)
    }

    @Test(
        arguments: [
            (PhysicalType.byteArray, LogicalType.json, nil, Schema.FieldType.string),
            (.byteArray, nil, .json, .string),
            (.byteArray, .enumeration, nil, .string),
            (.byteArray, nil, .enumeration, .string),
            (.byteArray, .bson, nil, .bytes),
            (.byteArray, .other(99), nil, .bytes),
            (.int32, .integer(bitWidth: 8, isSigned: true), nil, .int32),
            (.int32, .other(99), .date, .int32),
            (.int64, .time(isAdjustedToUTC: true, .microseconds), nil, .int64),
            (.int64, .timestamp(isAdjustedToUTC: false, .microseconds), nil, .timestampMicroseconds),
        ] as [(PhysicalType, LogicalType?, ConvertedType?, Schema.FieldType)])
    func `reads other annotations as what they are stored as`(
        physical: PhysicalType, logical: LogicalType?, converted: ConvertedType?, expected: Schema.FieldType
    ) throws {
        #expect(try type(physical, logical, converted) == expected)
    }

    @Test(
        arguments: [
            (
                PhysicalType.int64, LogicalType.timestamp(isAdjustedToUTC: true, .milliseconds), nil,
                "a timestamp in milliseconds"
            ),
            (.int64, nil, .timestampMilliseconds, "a timestamp in milliseconds"),
            (.int32, .integer(bitWidth: 32, isSigned: false), nil, "an unsigned integer"),
            (.int64, nil, .unsignedInt64, "an unsigned integer"),
            (.byteArray, nil, .decimal, "a DECIMAL"),
        ] as [(PhysicalType, LogicalType?, ConvertedType?, String)])
    func `refuses what would be misunderstood`(
        physical: PhysicalType, logical: LogicalType?, converted: ConvertedType?, cause: String
    ) throws {
        let error = try #require(throws: ParquetError.self) { try type(physical, logical, converted) }
        #expect(error.kind == .unsupported)
        #expect(error.cause == "the column is \(cause)")
        #expect(error.column == "a")
    }
}
