import Foundation
import Testing

@testable import Parquet

private let outputFolder = ProcessInfo.processInfo.environment["MEDALLION_PARQUET_OUTPUT_DIR"]

/// Writes files for `Tests/EndToEnd/parquet_check.py`, which reads them with other engines.
@Suite(.enabled(if: outputFolder != nil, "MEDALLION_PARQUET_OUTPUT_DIR names no folder"))
struct InteroperabilityFilesTests {
    private func save(_ file: [UInt8], _ name: String) throws {
        let folder = URL(filePath: try #require(outputFolder))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(file).write(to: folder.appending(path: "\(name).parquet"))
    }

    @Test(arguments: SampleShape.allCases, [false, true])
    func `writes every type in every shape`(shape: SampleShape, isNullable: Bool) throws {
        let (schema, batch) = Samples.batch(Samples.allTypes, shape: shape, isNullable: isNullable)
        for (codec, compression) in [("none", Compression.uncompressed), ("zstd3", .zstd(level: 3))] {
            for isDictionaryEnabled in [true, false] {
                let options = WriterOptions.make {
                    $0.compression = compression
                    $0.dictionarySizeBytesMaximum = isDictionaryEnabled ? 1024 * 1024 : 0
                    $0.sortingColumns = ["int64"]
                    $0.keyValueMetadata = [("medallion.schema", "1"), ("empty", "")]
                }
                let file = try ParquetFile.encode(schema: schema, batch: batch, options: options)
                let kind = isNullable ? "optional" : "required"
                try save(
                    file, "\(shape.rawValue)-\(kind)-\(codec)-\(isDictionaryEnabled ? "dictionary" : "plain")"
                )
            }
        }
    }

    @Test(arguments: [
        ("snappy", Compression.snappy), ("gzip", .gzip(level: 6)), ("zstd9", .zstd(level: 9)),
    ])
    func `writes every codec`(name: String, compression: Compression) throws {
        for shape in [SampleShape.mixed, .oneRow, .allNull, .empty] {
            let (schema, batch) = Samples.batch(Samples.allTypes, shape: shape, isNullable: true)
            try save(
                ParquetFile.encode(
                    schema: schema, batch: batch, options: .make { $0.compression = compression }),
                "codec-\(name)-\(shape.rawValue)")
        }
    }

    @Test(arguments: ValueEncoding.allCases, [false, true])
    func `writes every encoding for every type that has it`(encoding: ValueEncoding, isNullable: Bool) throws
    {
        let types = Samples.allTypes.filter {
            encoding.isDefined(for: $0.type)
                // The format has it, DuckDB does not.
                && !(encoding == .byteStreamSplit && $0.type.physicalType == .fixedLengthByteArray)
        }
        for shape in SampleShape.allCases {
            let (schema, batch) = Samples.batch(
                types, shape: shape, isNullable: isNullable, rowCount: min(shape.rowCount, 7001))
            let options = WriterOptions.make {
                for (name, _) in types { $0.columns[name] = ColumnOptions(encoding: encoding) }
                // One column that is not like the others.
                $0.columns[types[0].name]?.compression = .uncompressed
                $0.pageRowCountMaximum = 1001
            }
            try save(
                ParquetFile.encode(schema: schema, batch: batch, options: options),
                "encoding-\(encoding)-\(shape.rawValue)-\(isNullable ? "optional" : "required")")
        }
    }

    @Test func `copies row groups`() throws {
        let (schema, batch) = Samples.batch(Samples.allTypes, shape: .mixed, isNullable: true)
        let first = try ParquetFile.encode(
            schema: schema, batch: batch,
            options: .make {
                $0.rowGroupRowCountMaximum = 6000
                $0.pageRowCountMaximum = 1000
                $0.compression = .gzip(level: 1)
            })
        let source = try RowGroupSource(first)
        var writer = try ParquetWriter(
            schema: schema, options: .make { $0.pageRowCountMaximum = 700 }, sink: ByteArraySink())
        try writer.copyRowGroup(2, of: source)
        try writer.write(batch.slice(0..<5000))
        try writer.copyRowGroup(0, of: source)
        try writer.copyRowGroup(3, of: source)
        try save(try writer.finish().bytes, "copied")
    }

    @Test func `writes several row groups and small pages`() throws {
        let (schema, batch) = Samples.batch(shape: .mixed, isNullable: true)
        let options = WriterOptions.make {
            $0.rowGroupRowCountMaximum = 5000
            $0.pageRowCountMaximum = 999
            $0.pageSizeBytes = 4096
            $0.dictionarySizeBytesMaximum = 20_000
        }
        try save(ParquetFile.encode(schema: schema, batch: batch, options: options), "row-groups")
    }

    @Test func `writes bounds with pitfalls`() throws {
        let long = String(repeating: "ä", count: 60)
        let highest = String(repeating: "\u{10ffff}", count: 20)
        let columns: [(String, Schema.FieldType, ColumnVector.Values)] = [
            ("nan_only", .double, .double([.nan, .nan, .nan])),
            ("nan_some", .float, .float([.nan, 2, -1])),
            ("negative_zero", .double, .double([-0.0, -0.0, -0.0])),
            ("positive_zero", .float, .float([0, 0, 0])),
            ("infinite", .double, .double([.infinity, -.infinity, 0])),
            ("long_text", .string, .bytes(Samples.strings([long, "a" + long, "b"]))),
            ("highest_text", .string, .bytes(Samples.strings([highest, "a", "b"]))),
            ("unsigned_text", .string, .bytes(Samples.strings(["é", "z", ""]))),
            (
                "long_bytes", .bytes,
                .bytes(Samples.strings([[UInt8](repeating: 255, count: 70), [0], [128]]))
            ),
            ("extremes", .int64, .int64([.min, .max, 0])),
            ("dates", .date, .int32([-719_162, 2_932_896, 0])),
        ]
        let schema = Schema(columns.map { Schema.Field($0.0, $0.1) })
        let batch = ColumnBatch(rowCount: 3, columns: columns.map { ColumnVector($0.2) })
        try save(ParquetFile.encode(schema: schema, batch: batch), "bounds")
    }
}

private let inputFolder = ProcessInfo.processInfo.environment["MEDALLION_PARQUET_INPUT_DIR"]

/// Reads what other engines wrote and writes it again; `Tests/EndToEnd/parquet_peers.py` makes and compares.
@Suite(
    .enabled(
        if: inputFolder != nil && outputFolder != nil,
        "MEDALLION_PARQUET_INPUT_DIR and MEDALLION_PARQUET_OUTPUT_DIR name no folders"))
struct PeerFilesTests {
    @Test func `reads what other engines wrote`() throws {
        let input = URL(filePath: try #require(inputFolder))
        let output = URL(filePath: try #require(outputFolder))
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let files = try FileManager.default.contentsOfDirectory(at: input, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "parquet" }
        #expect(!files.isEmpty)
        for file in files {
            do {
                let reader = try ParquetReader(Array(Data(contentsOf: file)))
                let copy = try ParquetFile.encode(schema: reader.schema, batch: reader.read())
                try Data(copy).write(to: output.appending(path: file.lastPathComponent))
            } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
        }
    }
}
