import Testing

@testable import Parquet

struct RowGroupPredicateTests {
    private static let schema = Schema([
        .init("number", .int64, isNullable: true), .init("ratio", .double, isNullable: true),
        .init("text", .string, isNullable: true), .init("flag", .boolean, isNullable: true),
        .init("price", .decimal(precision: 20, scale: 2), isNullable: true),
    ])

    /// Four row groups of ten rows: 0 to 9, 10 to 19, 20 to 29, and nulls.
    private static let file: [UInt8] = {
        func rows<Value>(_ null: Value, _ make: (Int) -> Value) -> [Value] {
            (0..<40).map { $0 < 30 ? make($0) : null }
        }
        let validity = (0..<40).map { $0 < 30 }
        let columns = [
            ColumnVector(.int64(rows(0) { Int64($0) }), validity: validity),
            // One NaN in each row group; bounds leave it out.
            ColumnVector(.double(rows(0) { $0 % 10 == 5 ? .nan : Double($0) / 2 }), validity: validity),
            ColumnVector(.bytes(Samples.strings(rows("") { "key \($0 / 10)" })), validity: validity),
            ColumnVector(.boolean(rows(false) { $0 >= 20 }), validity: validity),
            ColumnVector(
                .bytes(
                    Samples.strings(
                        rows([]) { row in
                            let sign: UInt8 = row < 10 ? 0xff : 0
                            return [UInt8](repeating: sign, count: 8) + [UInt8(row)]
                        })), validity: validity),
        ]
        do {
            return try ParquetFile.encode(
                schema: schema, batch: ColumnBatch(rowCount: 40, columns: columns),
                options: .make { $0.rowGroupRowCountMaximum = 10 })
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    @Test(
        arguments: [
            (.compare("number", .equal, 15), [1]),
            (.compare("number", .equal, 40), []),
            (.compare("number", .notEqual, 15), [0, 1, 2]),
            (.compare("number", .less, 10), [0]),
            (.compare("number", .lessOrEqual, 10), [0, 1]),
            (.compare("number", .greater, 19), [2]),
            (.compare("number", .greaterOrEqual, 19), [1, 2]),
            (.compare("ratio", .greater, 9.5), [2]),
            (.compare("ratio", .less, 5), [0]),
            (.compare("ratio", .notEqual, 0.5), [0, 1, 2]),
            (.compare("ratio", .equal, .number(.nan)), [0, 1, 2]),
            (.compare("text", .equal, "key 1"), [1]),
            (.compare("text", .notEqual, "key 1"), [0, 2]),
            (.compare("text", .greater, "key 10"), [2]),
            (.compare("text", .less, "key 10"), [0, 1]),
            (.compare("flag", .equal, true), [2]),
            (.compare("flag", .notEqual, true), [0, 1]),
            (.compare("price", .less, 0), [0]),
            (.compare("price", .greaterOrEqual, 20), [2]),
            (.isNull("number"), [3]),
            (.isNotNull("number"), [0, 1, 2]),
            (.all([]), [0, 1, 2, 3]),
            (.any([]), []),
            (.all([.compare("number", .greater, 5), .compare("text", .equal, "key 0")]), [0]),
            (.any([.compare("number", .less, 5), .isNull("text")]), [0, 3]),
        ] as [(RowGroupPredicate, [Int])])
    func `leaves out the row groups that cannot match`(predicate: RowGroupPredicate, rowGroups: [Int]) throws
    {
        let metadata = try ParquetReader(Self.file).metadata
        #expect(try metadata.rowGroups(where: predicate) == rowGroups)
    }

    @Test func `leaves nothing out without statistics`() throws {
        let file = TestFile.make(
            schema: Schema([Schema.Field("a", .string, isNullable: true)]), rowCount: 1,
            pages: [TestFile.dataPage([2, 0, 0, 0, 0x02, 1, 1, 0, 0, 0, 97], count: 1)])
        let reader = try ParquetReader(file)
        let predicates: [RowGroupPredicate] = [
            .compare("a", .equal, "z"), .compare("a", .notEqual, "a"), .compare("a", .less, "a"),
            .compare("a", .greater, "z"), .isNull("a"), .isNotNull("a"),
        ]
        for predicate in predicates {
            #expect(try reader.read(where: predicate).rowCount == 1)
        }
    }

    @Test(
        arguments: [
            (
                .compare("nothing", .equal, 1),
                "read parquet column \"nothing\" failed: the file has no such column; name one of its 5 columns"
            ),
            (
                .compare("number", .equal, "a"),
                "read parquet column \"number\" failed: the column is int64, which does not compare with bytes; "
                    + "give a value of the column's kind"
            ),
            (
                .all([.any([.compare("text", .equal, 1)])]),
                "read parquet column \"text\" failed: the column is string, which does not compare with a whole number; "
                    + "give a value of the column's kind"
            ),
            (
                .compare("flag", .equal, 1.5),
                "read parquet column \"flag\" failed: the column is boolean, which does not compare with a number; "
                    + "give a value of the column's kind"
            ),
            (
                .isNull("nothing"),
                "read parquet column \"nothing\" failed: the file has no such column; name one of its 5 columns"
            ),
        ] as [(RowGroupPredicate, String)])
    func `refuses what does not go with the columns`(predicate: RowGroupPredicate, message: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try ParquetReader(Self.file).read(where: predicate)
        }
        #expect(error.kind == .invalidInput)
        #expect(error.description == message)
    }
}
