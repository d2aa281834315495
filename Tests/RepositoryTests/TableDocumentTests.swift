import Datasets
import Foundation
import Parquet
import Testing

/// `Sources/Datasets/README.md` is written from the declarations.
struct TableDocumentTests {
    private static let path = "Sources/Datasets/README.md"

    /// With `MEDALLION_WRITE_DOCUMENTS=1` the document is written first.
    @Test func `the document of the tables is the one that the declarations make`() throws {
        let document = TableDocument.text
        if ProcessInfo.processInfo.environment["MEDALLION_WRITE_DOCUMENTS"] == "1" {
            try document.write(
                to: Repository.root.appending(path: TableDocumentTests.path), atomically: true,
                encoding: .utf8)
        }
        let found = try Repository.text(TableDocumentTests.path).split(
            separator: "\n", omittingEmptySubsequences: false)
        let wanted = document.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(Array(wanted.filter { !found.contains($0) }) == [])
        #expect(found == wanted)
    }

    @Test func `every column says what it means, and every number its unit`() {
        for table in SilverTables.all + GoldTables.all {
            for column in table.columns {
                #expect(column.meaning.hasSuffix("."), "\(table.name).\(column.name)")
                guard [.int32, .int64, .double].contains(column.type) else { continue }
                #expect(column.unit != nil, "\(table.name).\(column.name)")
            }
        }
    }
}
