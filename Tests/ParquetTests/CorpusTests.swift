import Foundation
import Testing

@testable import Parquet

private let environment = ProcessInfo.processInfo.environment

/// The corpus of https://github.com/apache/parquet-testing, which is kept outside of the repository.
enum Corpus {
    static let folder: URL = {
        if let folder = environment["PARQUET_TESTING_DIR"] { return URL(filePath: folder) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            environment["MEDALLION_SHARED_DIR"].map { URL(filePath: $0) } ?? root.appending(path: "../shared")
        return shared.appending(path: "data/parquet-testing")
    }()

    /// Absent files count as not run, but not in continuous integration.
    static let isExpected =
        FileManager.default.fileExists(atPath: folder.path) || environment["CI"] == "true"

    static let absence: Comment = "the corpus is not there; PARQUET_TESTING_DIR names its place"

    static func names(_ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: part), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == "parquet" }.map { $0.deletingPathExtension().lastPathComponent }
        .sorted()
    }

    static func bytes(_ part: String, _ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: "\(part)/\(name).parquet")))
    }
}

@Suite(.enabled(if: Corpus.isExpected, Corpus.absence))
struct CorpusTests {
    /// What is known of a file: its rows, how many columns are read, and the nested ones, which are not.
    struct Known: Sendable, CustomTestStringConvertible {
        var name: String
        var rowCount: Int
        var flatCount: Int
        var nested: [String]
        var testDescription: String { name }

        init(_ name: String, _ rowCount: Int, _ flatCount: Int, _ nested: [String]) {
            self.name = name
            self.rowCount = rowCount
            self.flatCount = flatCount
            self.nested = nested
        }
    }

    private static let known: [Known] = [
        Known("alltypes_dictionary", 2, 11, []),
        Known("alltypes_plain", 8, 11, []),
        Known("alltypes_plain.snappy", 2, 11, []),
        Known("alltypes_tiny_pages", 7_300, 13, []),
        Known("alltypes_tiny_pages_plain", 7_300, 13, []),
        Known("binary", 12, 1, []),
        Known("binary_truncated_min_max", 12, 6, []),
        Known("byte_array_decimal", 24, 1, []),
        Known("byte_stream_split.zstd", 300, 2, []),
        Known("byte_stream_split_extended.gzip", 200, 14, []),
        Known("column_chunk_key_value_metadata", 0, 2, []),
        Known("concatenated_gzip_members", 513, 1, []),
        Known("data_index_bloom_encoding_stats", 14, 1, []),
        Known("data_index_bloom_encoding_with_length", 14, 1, []),
        Known("datapage_v1-corrupt-checksum", 5_120, 2, []),
        Known("datapage_v1-snappy-compressed-checksum", 5_120, 2, []),
        Known("datapage_v1-uncompressed-checksum", 5_120, 2, []),
        Known("datapage_v2.snappy", 5, 4, ["e"]),
        Known("datapage_v2_empty_datapage.snappy", 1, 1, []),
        Known("delta_binary_packed", 200, 66, []),
        Known("delta_byte_array", 1_000, 9, []),
        Known("delta_encoding_optional_column", 100, 17, []),
        Known("delta_encoding_required_column", 100, 17, []),
        Known("delta_length_byte_array", 1_000, 1, []),
        Known("dict-page-offset-zero", 39, 1, []),
        Known("fixed_length_byte_array", 1_000, 1, []),
        Known("fixed_length_decimal", 24, 1, []),
        Known("fixed_length_decimal_legacy", 24, 1, []),
        Known("float16_nonzeros_and_nans", 8, 1, []),
        Known("float16_zeros_and_nans", 3, 1, []),
        Known("floating_orders_nan_count", 50, 6, []),
        Known("hadoop_lz4_compressed", 4, 3, []),
        Known("hadoop_lz4_compressed_larger", 10_000, 1, []),
        Known("incorrect_map_schema", 1, 0, ["my_map"]),
        Known("int32_decimal", 24, 1, []),
        Known("int32_with_null_pages", 1_000, 1, []),
        Known("int64_decimal", 24, 1, []),
        Known("int96_from_spark", 6, 1, []),
        Known("large_string_map.brotli", 2, 0, ["arr"]),
        Known("list_columns", 3, 0, ["int64_list", "utf8_list"]),
        Known("lz4_raw_compressed", 4, 3, []),
        Known("lz4_raw_compressed_larger", 10_000, 1, []),
        Known("map_no_value", 3, 0, ["my_map", "my_map_no_v", "my_list"]),
        Known("nan_in_stats", 2, 1, []),
        Known("nation.dict-malformed", 25, 4, []),
        Known("nested_lists.snappy", 3, 1, ["a"]),
        Known("nested_maps.snappy", 6, 2, ["a"]),
        Known("non_hadoop_lz4_compressed", 4, 3, []),
        Known(
            "nonnullable.impala", 1, 1,
            ["Int_Array", "int_array_array", "Int_Map", "int_map_array", "nested_Struct"]),
        Known("null_list", 1, 0, ["emptylist"]),
        Known(
            "nullable.impala", 7, 1,
            ["int_array", "int_array_Array", "int_map", "int_Map_Array", "nested_struct"]),
        Known("nulls.snappy", 8, 0, ["b_struct"]),
        Known("old_list_structure", 1, 0, ["a"]),
        Known("overflow_i16_page_cnt", 40_000, 1, []),
        Known("page_v2_empty_compressed", 10, 1, []),
        Known("plain-dict-uncompressed-checksum", 1_000, 2, []),
        Known("repeated_no_annotation", 6, 1, ["phoneNumbers"]),
        Known("repeated_primitive_no_list", 4, 0, ["Int32_list", "String_list", "group_of_lists"]),
        Known("rle-dict-snappy-checksum", 1_000, 2, []),
        Known("rle-dict-uncompressed-corrupt-checksum", 1_000, 2, []),
        Known("rle_boolean_encoding", 68, 1, []),
        Known("single_nan", 1, 1, []),
        Known("sort_columns", 6, 2, []),
        Known("unknown-logical-type", 3, 2, []),
    ]

    /// Files that say that their checksums are wrong, and are.
    private static let refused: Set = [
        "datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum",
    ]

    /// A file that is new in the corpus fails here until its answer is known.
    @Test func `knows every file`() throws {
        let names = Self.known.map(\.name) + ["nested_structs.rust"]
        #expect(try Corpus.names("data") == names.sorted())
    }

    /// The values are compared by `Tests/EndToEnd/parquet_goldens.py`, which reads what ``GoldenFilesTests`` write.
    @Test(arguments: known)
    private func `reads every flat column and names the others`(file: Known) throws {
        let reader = try ParquetReader(Corpus.bytes("data", file.name))
        #expect(reader.rowCount == file.rowCount)
        #expect(reader.metadata.unsupportedColumns.map(\.name) == file.nested)
        #expect(reader.schema.fields.count == file.flatCount)
        for column in reader.metadata.unsupportedColumns {
            let error = try #require(throws: ParquetError.self) { try reader.read(columns: [column.name]) }
            #expect(
                error.description
                    == "read parquet column \"\(column.name)\" failed: nested columns are not supported yet; "
                    + "name the columns to read and leave this one out")
        }
        if let first = file.nested.first {
            let error = try #require(throws: ParquetError.self) { try reader.read() }
            #expect(error.column == first)
        }
        let names = reader.schema.fields.map(\.name)
        guard !Self.refused.contains(file.name) else {
            let error = try #require(throws: ParquetError.self) { try reader.read(columns: names) }
            #expect(error.cause.hasPrefix("the checksum is "))
            return
        }
        let batch = try reader.read(columns: names)
        #expect(batch.rowCount == file.rowCount)
        #expect(batch.columns.count == file.flatCount)
    }

    @Test func `names each of many nested columns`() throws {
        let reader = try ParquetReader(Corpus.bytes("data", "nested_structs.rust"))
        #expect(reader.schema.fields.isEmpty)
        #expect(reader.metadata.unsupportedColumns.count == 36)
        #expect(reader.metadata.unsupportedColumns.first?.name == "roll_num")
    }

    @Test func `reads timestamps of 96 bits beyond the range of nanoseconds`() throws {
        let batch = try ParquetReader(Corpus.bytes("data", "int96_from_spark")).read()
        // The last one is 290000-12-31, where Spark's own arithmetic wrapped around.
        #expect(
            batch.columns == [
                ColumnVector(
                    .int64([
                        1_704_141_296_123_456, 1_704_070_800_000_000, 253_402_225_200_000_000,
                        1_735_599_600_000_000, 0, 9_089_380_393_200_000_000,
                    ]), validity: [true, true, true, true, false, true])
            ])
    }

    /// Every bound of every file, as a caller who leaves out row groups relies on it.
    @Test(arguments: known)
    private func `finds no value beyond its bounds`(file: Known) throws {
        guard !Self.refused.contains(file.name) else { return }
        let reader = try ParquetReader(Corpus.bytes("data", file.name))
        for (rowGroup, metadata) in reader.metadata.rowGroups.enumerated() {
            for field in reader.schema.fields {
                let statistics = try #require(metadata.statistics(field.name))
                let column = try reader.read(columns: [field.name], rowGroups: [rowGroup]).columns[0]
                var nullCount = 0
                for row in 0..<column.count {
                    guard let value = column.value(row, of: field.type) else {
                        nullCount += 1
                        continue
                    }
                    #expect(statistics.minimum.map { value.precedes($0.value) ?? false } != true)
                    #expect(statistics.maximum.map { $0.value.precedes(value) ?? false } != true)
                }
                #expect(statistics.nullCount ?? nullCount == nullCount)
            }
        }
    }

    @Test func `reads the bounds that other writers state`() throws {
        let truncated = try ParquetReader(Corpus.bytes("data", "binary_truncated_min_max")).metadata
        let text = truncated.rowGroups[0].statistics("utf8_full_truncation")
        #expect(text?.minimum == .init(value: "Al", isExact: false))
        #expect(text?.maximum == .init(value: "Kf", isExact: false))
        let ordered = try ParquetReader(Corpus.bytes("data", "floating_orders_nan_count")).metadata
        #expect(ordered.rowGroups[0].statistics("float_ieee754")?.minimum == nil)
        #expect(ordered.rowGroups[0].statistics("float_typedef")?.minimum != nil)
        let nan = try ParquetReader(Corpus.bytes("data", "nan_in_stats")).metadata
        #expect(nan.rowGroups[0].statistics("x")?.maximum == nil)
    }

    /// One is sound after all, with an index of no bits, which pyarrow takes too.
    @Test func `refuses each bad file for its own reason`() throws {
        let causes = [
            "ARROW-GH-41317": "a Thrift list holds no 32-bit integers",
            "ARROW-GH-41321": "bytes end at 2 where one more was expected",
            "ARROW-GH-43605": nil,
            "ARROW-GH-45185": "nested columns are not supported yet",
            "ARROW-GH-47662": "400 bytes wanted where 364 remain",
            "ARROW-RS-GH-6229-DICTHEADER": "a data page has no value count or a negative one",
            "ARROW-RS-GH-6229-LEVELS": "nested columns are not supported yet",
            "PARQUET-1481": "the column's physical type is number -7",
        ]
        #expect(try Corpus.names("bad_data") == causes.keys.sorted())
        for (name, cause) in causes {
            var found: String?
            do throws(ParquetError) {
                let reader = try ParquetReader(try Self.bytes(bad: name))
                if let column = reader.metadata.unsupportedColumns.first, reader.schema.fields.isEmpty {
                    throw column.error
                }
                let batch = try reader.read(columns: reader.schema.fields.map(\.name))
                #expect(batch.columns.map(\.values) == [.int32([Int32](repeating: 0, count: 21_186))])
            } catch {
                found = error.cause
            }
            #expect(found == cause, "\(name)")
        }
    }

    private static func bytes(bad name: String) throws(ParquetError) -> [UInt8] {
        do {
            return try Corpus.bytes("bad_data", name)
        } catch {
            throw .invalidInput(.read, "\(error)", remedy: "")
        }
    }
}

/// Reads the corpus, and what `Tests/EndToEnd/parquet_goldens.py` made, and writes it again for that script to compare.
@Suite(
    .enabled(
        if: environment["MEDALLION_PARQUET_GOLDEN_DIR"] != nil,
        "MEDALLION_PARQUET_GOLDEN_DIR names no folder"))
struct GoldenFilesTests {
    private func rewrite(_ source: URL, to part: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path).filter {
            $0.hasSuffix(".parquet")
        }
        #expect(!names.isEmpty)
        let output = URL(filePath: try #require(environment["MEDALLION_PARQUET_GOLDEN_DIR"])).appending(
            path: part)
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        for name in names {
            do {
                let reader = try ParquetReader(Array(Data(contentsOf: source.appending(path: name))))
                guard let file = try Rewriting.file(reader) else { continue }
                try Data(file).write(to: output.appending(path: name))
            } catch let error as ParquetError where error.cause.hasPrefix("the checksum is ") {
                // The script knows which files these must be.
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test(.enabled(if: Corpus.isExpected, Corpus.absence)) func `reads the corpus`() throws {
        try rewrite(Corpus.folder.appending(path: "data"), to: "corpus")
    }

    @Test(
        .enabled(
            if: environment["MEDALLION_PARQUET_FOREIGN_DIR"] != nil,
            "MEDALLION_PARQUET_FOREIGN_DIR names no folder"))
    func `reads what other engines write in unusual ways`() throws {
        try rewrite(URL(filePath: try #require(environment["MEDALLION_PARQUET_FOREIGN_DIR"])), to: "foreign")
    }
}

extension ColumnVector {
    /// A row as bounds have it; nil where it is null.
    fileprivate func value(_ row: Int, of type: Schema.FieldType) -> ColumnValue? {
        guard isValid(row) else { return nil }
        switch (values, type) {
        case (.boolean(let slots), _): return .boolean(slots[row])
        case (.int32(let slots), .uint8), (.int32(let slots), .uint16), (.int32(let slots), .uint32):
            return .integer(Int128(UInt32(bitPattern: slots[row])))
        case (.int32(let slots), _): return .integer(Int128(slots[row]))
        case (.int64(let slots), .uint64): return .integer(Int128(UInt64(bitPattern: slots[row])))
        case (.int64(let slots), _): return .integer(Int128(slots[row]))
        case (.float(let slots), _): return .number(Double(slots[row]))
        case (.double(let slots), _): return .number(slots[row])
        case (.bytes(let slots), .float16):
            let bytes = slots.bytes[slots.range(row)]
            return .number(
                Double(Float16(bitPattern: UInt16(bytes.first ?? 0) | UInt16(bytes.last ?? 0) << 8)))
        case (.bytes(let slots), .decimal):
            let bytes = slots.bytes[slots.range(row)]
            return .integer(bytes.reduce(bytes.first ?? 0 >= 0x80 ? -1 : 0) { $0 << 8 | Int128($1) })
        case (.bytes(let slots), _): return .bytes(Array(slots.bytes[slots.range(row)]))
        }
    }
}
