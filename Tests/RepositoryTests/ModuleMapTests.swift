import Foundation
import Testing

/// The table of modules in `Sources/README.md`, checked against the folders and what they import.
struct ModuleMapTests {
    private static func modules() throws -> [String] {
        Repository.table("layer", in: try Repository.text("Sources/README.md"))
            .flatMap { Repository.quoted($0[1]) }
    }

    @Test func `lists every module`() throws {
        let folders = try Repository.folders(in: "Sources")
        #expect(folders.count > 15)
        #expect(Set(folders).subtracting(try Self.modules()) == [])
    }

    @Test func `lists no module that is not there`() throws {
        let modules = try Self.modules()
        #expect(Set(modules).subtracting(try Repository.folders(in: "Sources")) == [])
        #expect(modules.count == Set(modules).count)
    }

    @Test func `a module imports only modules above it`() throws {
        let modules = try Self.modules()
        let pattern = /(?m)^(?:@\w+ )?(?:(?:public|package|internal|private|fileprivate) )?import (\w+)$/
        var seen = 0
        for (place, module) in modules.enumerated() {
            let imported = Set(
                try Repository.sources(under: "Sources/\(module)").flatMap { text in
                    text.matches(of: pattern).map { String($0.1) }
                })
            seen += imported.count
            #expect(imported.intersection(modules).subtracting(modules[..<place]) == [], "\(module)")
        }
        #expect(seen > 20)
    }
}
