import Datasets
import Foundation
import Testing

@testable import Pipeline

/// What the repository says about the code, checked against the code.
struct RepositoryTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: ["README.md", "infra/template.yaml"])
    func `names every variable that the functions read`(path: String) throws {
        let text = try RepositoryTests.text(path)
        #expect(Variable.allCases.map(\.rawValue).filter { !text.contains($0) } == [])
    }

    @Test func `the template sets no variable that nobody reads`() throws {
        let template = try RepositoryTests.text("infra/template.yaml")
        let known = Set(Variable.allCases.map(\.rawValue))
        let blocks = template.split(separator: "        Variables:\n").dropFirst()
        #expect(blocks.count == 3)
        let names = blocks.flatMap { block in
            block.split(separator: "\n").prefix { $0.hasPrefix("          ") }
                .compactMap { $0.split(separator: ":").first?.trimmingCharacters(in: .whitespaces) }
        }
        #expect(names.count >= known.count)
        #expect(Set(names).subtracting(known) == [])
    }

    @Test func `the README lists every table`() throws {
        let readme = try RepositoryTests.text("README.md")
        let names = SilverTables.all.map(\.name) + GoldTables.all.map(\.name)
        #expect(names.filter { !readme.contains("`\($0)`") } == [])
    }
}
