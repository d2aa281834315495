import Foundation
import JSON
import Lake
import Parquet
import Tables
import TestSupport
import Testing

@testable import Wistia

/// 2026-01-08.
let day: Int32 = 20461

/// A line of a run on that day.
func makeOrigin(
    part: String = "raw/0001.jsonl.gz", line: Int = 1, answeredAt: Int64 = 1_767_837_600_000_000,
    subject: String? = nil
) -> Origin {
    Origin(partKey: part, line: line, answeredAt: answeredAt, subject: subject, isList: subject == nil)
}

/// What types a table's records on that day.
func makeBuilder(of table: Table, personalData: PersonalDataPolicy = .keep) -> any RowBuilder {
    guard let table = Wistia.silver.tables.first(where: { $0.table.name == table.name }) else {
        preconditionFailure("\(table.name) is a silver table of Wistia")
    }
    return table.makeBuilder(TypingContext(extractionDate: day, personalData: personalData))
}

/// The rows of some lines, each with where it came from.
func build(
    _ table: Table, _ deliveries: [(String, Origin)], personalData: PersonalDataPolicy = .keep
) -> TypedRows {
    var builder = makeBuilder(of: table, personalData: personalData)
    for (body, origin) in deliveries { builder.append(body, from: origin) }
    return builder.finish()
}

extension TypedRows {
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
        #expect(throws: Never.self, sourceLocation: location) { try table.check(batch) }
    }
}

/// Recorded answers, which lie beside the repository.
enum WistiaSamples {
    static let folder: URL = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
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
