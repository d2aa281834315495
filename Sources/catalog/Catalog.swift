import ArgumentParser
import Clickstream
import Foundation
import Wistia

/// Writes what follows from the declarations of the tables.
@main
struct Catalog: ParsableCommand {
    /// All sources.
    static let sources = [
        CatalogSource(Wistia.silver, Wistia.gold),
        CatalogSource(Clickstream.silver, Clickstream.gold),
    ]

    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract:
            "Writes the documents of all tables and the template of the Glue catalog from the declarations.")

    @Flag(help: "Write nothing; name the files that differ, and exit with 1 if one does.")
    var check = false

    func run() throws {
        var differing: [String] = []
        for file in Catalog.files(of: Catalog.sources) {
            let url = Catalog.root.appending(path: file.path)
            guard (try? String(contentsOf: url, encoding: .utf8)) != file.text else { continue }
            differing.append(file.path)
            if !check { try file.text.write(to: url, atomically: true, encoding: .utf8) }
        }
        for path in differing {
            print(check ? "\(path) differs; swift run catalog writes it" : "wrote \(path)")
        }
        if check, !differing.isEmpty { throw ExitCode(1) }
    }

    /// What is to be in which file of the checkout.
    static func files(of sources: [CatalogSource]) -> [(path: String, text: String)] {
        sources.map { ("Sources/\($0.title)/README.md", $0.document) }
            + [("infra/catalog.yaml", CatalogTemplate(sources: sources).text)]
    }

    /// The checkout that the executable was built in.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
