import Foundation
import Testing

/// What the documents and the messages point to is there.
struct LinkTests {
    private static let documents = [
        "README.md", "infra/README.md", "scripts/README.md", "Sources/README.md", "Sources/Parquet/README.md",
        "Sources/Wistia/README.md",
    ]

    @Test func `every link leads to a file and to a heading in it`() throws {
        var seen = 0
        for document in Self.documents {
            let folder = document.split(separator: "/").dropLast().map { "\($0)/" }.joined()
            for link in try Repository.text(document).matches(of: /\]\(([^)\s#:]*)(?:#([^)\s]+))?\)/) {
                seen += 1
                let path = link.1.isEmpty ? document : folder + link.1
                guard Repository.has(path), let anchor = link.2 else {
                    #expect(Repository.has(path), "\(document): \(link.0)")
                    continue
                }
                #expect(try Self.anchors(in: path).contains(String(anchor)), "\(document): \(link.0)")
            }
        }
        #expect(seen > 10)
    }

    @Test func `every path in back-quotes is there`() throws {
        var seen = 0
        for document in Self.documents {
            for path in try Repository.text(document).matches(
                of: /`((?:Sources|Tests|infra|scripts|events)\/[\w.\/-]*)/)
            {
                seen += 1
                #expect(Repository.has(String(path.1)), "\(document): \(path.1)")
            }
        }
        #expect(seen > 10)
    }

    @Test func `every message that sends its reader to a document names a heading in it`() throws {
        var seen = 0
        for text in try Repository.sources(under: "Sources") {
            for message in text.matches(of: /see (\w+) in ([\w\/]*README\.md)/) {
                seen += 1
                #expect(
                    try Self.anchors(in: String(message.2)).contains(message.1.lowercased()), "\(message.0)")
            }
        }
        #expect(seen > 0)
    }

    /// What a link names a heading by: its words in lower case, with dashes between them.
    private static func anchors(in path: String) throws -> [String] {
        try Repository.text(path).split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            line.drop { $0 == "#" || $0 == " " }.lowercased().replacing(" ", with: "-")
                .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        }
    }
}
