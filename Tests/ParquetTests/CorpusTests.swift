import Foundation
import Parquet
import Testing

/// The corpus of https://github.com/apache/parquet-testing, which is kept outside of the repository.
private enum Corpus {
    static let folder: URL = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"].map { URL(filePath: $0) }
            ?? root.appending(path: "../shared")
        return shared.appending(path: "data/parquet-testing")
    }()

    /// Absent files count as not run, but not in continuous integration.
    static let isExpected =
        FileManager.default.fileExists(atPath: folder.path)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    static func files(_ name: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: name), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == "parquet" }
    }

    static func read(_ file: URL) throws -> ColumnBatch {
        try ParquetReader(Array(Data(contentsOf: file))).read()
    }
}

@Suite(.enabled(if: Corpus.isExpected, "the corpus is not there; MEDALLION_SHARED_DIR names its place"))
struct CorpusTests {
    @Test(arguments: [
        ("binary", 12, 1), ("binary_truncated_min_max", 12, 6), ("column_chunk_key_value_metadata", 0, 2),
        ("data_index_bloom_encoding_with_length", 14, 1), ("datapage_v1-uncompressed-checksum", 5120, 2),
        ("int32_with_null_pages", 1000, 1), ("overflow_i16_page_cnt", 40_000, 1),
        ("plain-dict-uncompressed-checksum", 1000, 2),
    ])
    func `reads the files that use what is supported`(name: String, rowCount: Int, columnCount: Int) throws {
        let batch = try Corpus.read(Corpus.folder.appending(path: "data/\(name).parquet"))
        #expect(batch.rowCount == rowCount)
        #expect(batch.columns.count == columnCount)
    }

    @Test func `reads the values of a file of single bytes`() throws {
        let batch = try Corpus.read(Corpus.folder.appending(path: "data/binary.parquet"))
        #expect(batch.columns == [ColumnVector(.bytes(Samples.strings((0..<12).map { [UInt8($0)] })))])
    }

    /// A file that is new in the corpus fails here until its answer is known.
    @Test func `refuses each bad file for its own reason`() throws {
        let causes = [
            "ARROW-GH-41317": "a Thrift list holds no 32-bit integers",
            "ARROW-GH-41321": "the column is nested",
            "ARROW-GH-43605": "the column is an unsigned integer",
            "ARROW-GH-45185": "the column is nested",
            "ARROW-GH-47662": "the column's physical type is FIXED_LEN_BYTE_ARRAY",
            "ARROW-RS-GH-6229-DICTHEADER": "a data page has no value count or a negative one",
            "ARROW-RS-GH-6229-LEVELS": "the column is nested",
            "PARQUET-1481": "the column's physical type is number -7",
        ]
        let files = try Corpus.files("bad_data")
        #expect(files.count == causes.count)
        for file in files {
            let error = try #require(throws: ParquetError.self) { try Corpus.read(file) }
            #expect(
                error.cause == causes[file.deletingPathExtension().lastPathComponent],
                "\(file.lastPathComponent)")
        }
    }

    @Test func `reads or refuses every other file`() throws {
        for file in try Corpus.files("data") {
            do {
                _ = try Corpus.read(file)
            } catch let error as ParquetError {
                #expect(error.kind != .invalidInput, "\(file.lastPathComponent): \(error)")
            }
        }
    }

    @Test(arguments: ["datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum"])
    func `refuses wrong checksums`(name: String) throws {
        let error = try #require(throws: ParquetError.self) {
            try Corpus.read(Corpus.folder.appending(path: "data/\(name).parquet"))
        }
        #expect(error.cause.hasPrefix("the checksum is "))
    }
}
