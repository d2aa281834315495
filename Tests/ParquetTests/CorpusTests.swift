import Foundation
import Testing

@testable import Parquet

private let environment = ProcessInfo.processInfo.environment

/// The corpus of https://github.com/apache/parquet-testing, which is kept outside of the repository.
private enum Corpus {
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

@Suite(.enabled(if: Corpus.isExpected, "the corpus is not there; PARQUET_TESTING_DIR names its place"))
struct CorpusTests {
    @Test func `x`() throws {
        for name in try Corpus.names("data") {
            do {
                let reader = try ParquetReader(Corpus.bytes("data", name))
                var outcome = "\(reader.rowCount) flat \(reader.schema.fields.count) unsupported \(reader.metadata.unsupportedColumns.map(\.name))"
                do {
                    if let file = try Rewriting.file(reader), let output = environment["MEDALLION_PARQUET_CORPUS_DIR"] {
                        try Data(file).write(to: URL(filePath: output).appending(path: "\(name).parquet"))
                    }
                } catch { outcome += " \(error)" }
                print("XX", name, outcome)
            } catch { print("XX", name, "FOOTER", error) }
        }
        for name in try Corpus.names("bad_data") {
            do {
                let reader = try ParquetReader(Corpus.bytes("bad_data", name))
                for c in reader.metadata.unsupportedColumns { print("YY", name, c.error) }
                for f in reader.schema.fields {
                do {
                    let b = try reader.read(columns: [f.name])
                    _ = b
                    if reader.schema.fields.count < 5 { print("YY", name, f.name, b.rowCount) }
                } catch { print("YY", name, error) }
                }
            } catch { print("YY", name, "FOOTER", error) }
        }
    }
}
