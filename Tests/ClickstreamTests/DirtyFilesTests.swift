import Foundation
import HTTP
import Parquet
import Tables
import Testing

@testable import Clickstream
@testable import Lake

/// Files as they really come: every line is a row, a repeat or named in the quarantine.
struct DirtyFilesTests {
    static let folder: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"]
        let folder = (named.map { URL(filePath: $0) } ?? root.appending(path: "../shared"))
            .appending(path: "data/clickstream")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    struct Expected: Decodable {
        var lines: Int?
        var accepted: Int
        var duplicate: Int
        var quarantined: [String: Int]
    }

    static let expected: [(String, Expected)] = {
        guard let folder, let data = try? Data(contentsOf: folder.appending(path: "dirty/expected.json")),
            let files = try? JSONDecoder().decode([String: Expected].self, from: data)
        else { return [] }
        // Bronze does not keep a file that cannot be read to its end.
        // What file 13 repeats stands in another file.
        return files.filter { $0.value.lines != nil && !$0.key.hasPrefix("13") }.sorted { $0.key < $1.key }
    }()

    static let landedAt = Timestamp(rfc3339: "2025-12-08T04:15:31Z") ?? Timestamp(microsecondsSinceEpoch: 0)

    @Test(.enabled(if: folder != nil || ProcessInfo.processInfo.environment["CI"] != nil))
    func `the files are there`() {
        #expect(Self.expected.count >= 11)
    }

    @Test(arguments: expected.map(\.0))
    func `a file's lines end as they should`(name: String) async throws {
        let folder = try #require(Self.folder)
        let expected = try #require(Self.expected.first { $0.0 == name }?.1)
        let file = [UInt8](try Data(contentsOf: folder.appending(path: "dirty/\(name)")))
        let lake = ClickstreamLake()
        let key = try lake.land(file, name: name, at: Self.landedAt, lines: expected.lines ?? 0)
        do {
            try await lake.deliver([key])
        } catch let error as LakeError {
            // More than one in twenty is a change of the source, whatever else is told of it.
            #expect(error.kind == "SchemaChanged")
        }
        let commit = try lake.commit(key)
        let ledger = try #require(commit.ledger["events"])
        #expect(ledger.read == expected.lines)
        #expect(ledger.accepted == expected.accepted)
        #expect(ledger.duplicate == expected.duplicate)
        #expect(try lake.quarantined(commit) == expected.quarantined)
    }

    @Test(arguments: [["01-clean", "13-repeats-of-01"], ["13-repeats-of-01", "01-clean"]])
    func `a line that stands in two files is one event`(names: [String]) async throws {
        let folder = try #require(Self.folder)
        let lake = ClickstreamLake()
        for name in names {
            let file = [UInt8](try Data(contentsOf: folder.appending(path: "dirty/\(name).jsonl.gz")))
            try await lake.deliver([try lake.land(file, name: name, at: Self.landedAt, lines: 100)])
        }
        #expect(try lake.rows(of: Events.table, in: "silver").rowCount == 180)
    }
}
