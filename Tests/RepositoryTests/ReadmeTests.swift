import Clickstream
import Foundation
import Lake
import Tables
import Testing
import Wistia

@testable import catalog

/// What the documents say about the code, checked against the code.
struct ReadmeTests {
    /// Two screens: who meets the project reads this page to its end.
    @Test func `the first page has at most 110 lines`() throws {
        #expect(
            try Repository.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
                <= 111)
    }

    @Test func `lists every table with its grain, in the order of the declarations`() throws {
        let rows = Repository.table("table", in: try Repository.text("README.md"))
        let listed = rows.flatMap { row in
            Repository.quoted(row[0]).map { "\(row[0].prefix { $0 != " " }) \($0): \(row[1])" }
        }
        let declared = Catalog.sources.flatMap(\.tables).map {
            "\($0.layer.rawValue) \($0.name): \($0.grain)"
        }
        #expect(listed == declared)
    }

    @Test func `a source runs if it has tables, and is to come as long as it has no folder`() throws {
        let rows = Repository.table("source", in: try Repository.text("README.md"))
        #expect(rows.count > 3)
        let modules = try Repository.folders(in: "Sources")
        for row in rows {
            let name = try #require(Repository.quoted(row[0]).first)
            let state =
                Catalog.sources.contains { $0.name == name }
                ? "runs" : modules.contains(name.capitalized) ? "bronze only" : "to come"
            #expect(row[2] == state, "\(name)")
        }
    }

    @Test func `lists every variable with its default and the functions that the template gives it to`()
        throws
    {
        let rows = Repository.table("variable", in: try Repository.text("infra/README.md"))
        var listed: [String: (functions: String, defaultValue: String)] = [:]
        for row in rows {
            for name in Repository.quoted(row[0]) { listed[name] = (row[1], row[2]) }
        }
        let blocks = try Repository.text("infra/template.yaml").split(separator: "        Variables:\n")
            .dropFirst()
        try #require(blocks.count == 3)
        var given: [String: [String]] = [:]
        for (layer, block) in zip(["bronze", "silver", "gold"], blocks) {
            let lines = block.split(separator: "\n").prefix(while: { $0.hasPrefix("          ") })
            // What stands further in is the rest of a value.
            for line in lines where !line.hasPrefix("           ") {
                let name = line.split(separator: ":")[0].trimmingCharacters(in: .whitespaces)
                given[name, default: []].append(layer)
            }
        }
        let variables = Variable.common + Wistia.bronze.variables + Clickstream.bronze.variables
        let known = variables.map(\.name)
        #expect(Set(given.keys) == Set(known))
        #expect(Set(known).subtracting(listed.keys) == [])
        for variable in variables {
            let row = try #require(listed[variable.name])
            #expect(row.functions == given[variable.name]?.joined(separator: ", "), "\(variable.name)")
            #expect(Repository.quoted(row.defaultValue).first == variable.defaultValue, "\(variable.name)")
        }
        // What the platform and the SDKs define is read elsewhere; nothing else may stand there.
        let others = listed.keys.filter { !known.contains($0) }
        #expect(others.filter { !$0.hasPrefix("AWS_") && $0 != "LOG_LEVEL" } == [])
    }

    @Test func `the short loop names the libraries that install.sh installs`() throws {
        func libraries(_ text: String) -> Set<String> {
            Set(text.matches(of: /\blib[a-z0-9-]+-dev/).map { String($0.0) })
        }
        let loop = try Repository.text("scripts/README.md").split(separator: "\n").first {
            $0.hasPrefix("apt-get install")
        }
        // The static libcurl alone needs it.
        let installed = libraries(try Repository.text("scripts/install.sh")).subtracting(["libc-ares-dev"])
        #expect(installed.count > 5)
        #expect(libraries(String(try #require(loop))) == installed)
    }

    @Test func `tells for every error type what to do`() throws {
        let rows = Repository.table("what you see", in: try Repository.text("Sources/README.md"))
        let told = Set(rows.flatMap { Repository.quoted($0[0]) })
        // A type that is completed at run time ends in an asterisk; the lake's errors name what follows the dot.
        let pattern = /"(Function\.[A-Za-z0-9]+)(\\\()?/
        let types = try Repository.sources(under: "Sources").flatMap { text in
            text.matches(of: pattern).map { $0.2 == nil ? String($0.1) : "\($0.1)*" }
                + text.matches(of: /LakeError\(\s*"([A-Za-z]+)"/).map { "Function.\($0.1)" }
        }
        #expect(types.count > 20)
        #expect(Set(types).subtracting(told) == [])
        #expect(told.filter { $0.hasPrefix("Function.") }.filter { !types.contains($0) } == [])
    }

    @Test func `says how many rules the simulator breaks`() throws {
        let count = try Repository.text("Tests/Simulator/BrokenRule.swift").split(separator: "\n")
            .count { $0.contains(/^    case \w+ = "/) }
        #expect(count > 0)
        #expect(try Repository.text("scripts/README.md").contains("--prove breaks \(count) rules"))
    }
}
