import Datasets
import Foundation
import JSON
import Parquet
import Testing

/// 2026-01-08.
let day: Int32 = 20461

/// An exchange of a run on that day.
func makeExchange(
    run: String = "20260108T020000Z-0000000a", part: String = "raw/0001.jsonl.gz", line: Int = 1,
    fetchedAt: Int64 = 1_767_837_600_000_000, media: String? = nil, page: Int? = nil
) -> Exchange {
    Exchange(runID: run, partKey: part, line: line, fetchedAt: fetchedAt, mediaID: media, page: page)
}

/// Parses a body that a test wrote and therefore must be JSON.
func withBody(_ text: String, _ use: (JSONValue) -> Void) {
    do {
        try JSONParser().withDocument(Array(text.utf8)) { use($0) }
    } catch {
        Issue.record("\(error): \(text.prefix(200))")
    }
}

extension ColumnBatch {
    /// One text a row: the values separated by `|`, null as `-`.
    var lines: [String] {
        (0..<rowCount).map { row in columns.map { $0.text(row) }.joined(separator: "|") }
    }
}

extension ColumnVector {
    func text(_ row: Int) -> String {
        guard isValid(row) else { return "-" }
        return switch values {
        case .boolean(let slots): "\(slots[row])"
        case .int32(let slots): "\(slots[row])"
        case .int64(let slots): "\(slots[row])"
        case .float(let slots): "\(slots[row])"
        case .double(let slots): "\(slots[row])"
        case .bytes(let slots): String(decoding: slots.bytes[slots.range(row)], as: UTF8.self)
        }
    }
}

extension SilverRows {
    /// What must hold of every result, whatever went in.
    func expectSound(_ table: Table, _ location: SourceLocation = #_sourceLocation) {
        #expect(ledger.addsUp, sourceLocation: location)
        #expect(ledger.quarantined == rejected.count, sourceLocation: location)
        #expect(ledger.accepted == batch.rowCount, sourceLocation: location)
        #expect(batch.columns.count == table.columns.count, sourceLocation: location)
        for (vector, column) in zip(batch.columns, table.columns) {
            #expect(vector.validity?.count ?? batch.rowCount == batch.rowCount, sourceLocation: location)
            if !column.isNullable {
                #expect(vector.validity == nil, "\(column.name)", sourceLocation: location)
            }
        }
    }

    /// `index field: reason (type)` of each refused row.
    var refusals: [String] { rejected.map { "\($0.index) \($0.field): \($0.reason) (\($0.jsonType))" } }
}

/// Reproducible randomness (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Recorded answers, which lie beside the repository.
enum WistiaSamples {
    static let folder: URL = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"]
        let shared =
            named.map { URL(filePath: $0) } ?? root.deletingLastPathComponent().appending(path: "shared")
        return shared.appending(path: "data/wistia")
    }()

    /// On CI they must be there: a test that silently does not run proves nothing.
    static var areExpected: Bool {
        ProcessInfo.processInfo.environment["CI"] == "true"
            || FileManager.default.fileExists(atPath: folder.path)
    }

    static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }
}
