import Parquet
import TestSupport
import Testing

@testable import Tables

struct ColumnBuilderTests {
    static let types: [Schema.FieldType] = [
        .boolean, .int8, .int16, .int32, .date, .int64, .timestampMicroseconds, .double, .string, .json,
        .bytes,
        .decimal(precision: 5, scale: 1, storage: .int32), .decimal(precision: 15, scale: 1, storage: .int64),
    ]

    static func append(_ number: Int, to builder: inout ColumnBuilder, of type: Schema.FieldType) {
        switch type {
        case .boolean: builder.append(number % 2 == 0)
        case .int8, .int16, .int32, .date, .decimal(_, _, .int32): builder.append(Int32(number))
        case .double: builder.append(Double(number))
        case .string, .json, .bytes: builder.append(String(repeating: "x", count: number).utf8)
        default: builder.append(Int64(number))
        }
    }

    @Test(arguments: types) func `a row that is taken back leaves nothing`(type: Schema.FieldType) {
        var builder = ColumnBuilder(type)
        var plain = ColumnBuilder(type)
        for number in 1...4 {
            Self.append(number, to: &builder, of: type)
            Self.append(number, to: &plain, of: type)
            Self.append(number + 5, to: &builder, of: type)
            builder.removeLast()
            builder.appendNull()
            builder.removeLast()
            #expect(builder.count == number)
            #expect(builder.sizeBytes == plain.sizeBytes)
        }
        let column = builder.finish()
        #expect(column == plain.finish())
        // The null that was taken back does not count.
        #expect(column.validity == nil)
    }

    @Test(arguments: types) func `takes back to the beginning`(type: Schema.FieldType) {
        var builder = ColumnBuilder(type)
        builder.appendNull()
        Self.append(3, to: &builder, of: type)
        builder.removeLast()
        builder.removeLast()
        #expect(builder.count == 0)
        #expect(builder.finish() == ColumnBuilder(type).finish())
    }

    @Test(arguments: types) func `keeps nulls beside values, and the slot of a null is empty`(
        type: Schema.FieldType
    ) {
        var builder = ColumnBuilder(type)
        builder.appendNull()
        Self.append(2, to: &builder, of: type)
        builder.appendNull()
        let column = builder.finish()
        #expect(column.validity == [false, true, false])
        #expect(column.text(0) == "-")
        #expect(column.values.holds(type))
        #expect(column.gathered(at: [0, 2]) == .nulls(of: type, count: 2))
    }

    @Test func `tells the last row as a number or as text`() {
        var numbers = ColumnBuilder(.int64)
        #expect(numbers.lastNumber == nil)
        numbers.append(Int64(5))
        #expect(numbers.lastNumber == 5)
        #expect(numbers.lastText == nil)
        numbers.appendNull()
        #expect(numbers.lastNumber == nil)
        numbers.removeLast()
        #expect(numbers.lastNumber == 5)
        var texts = ColumnBuilder(.string)
        #expect(texts.lastText == nil)
        texts.append("é".utf8)
        #expect(texts.lastText == "é")
        #expect(texts.lastNumber == nil)
        texts.appendNull()
        #expect(texts.lastText == nil)
        var truths = ColumnBuilder(.boolean)
        truths.append(true)
        #expect(truths.lastNumber == nil)
    }
}
