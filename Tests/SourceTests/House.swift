import Foundation

/// The files of `Sources`: which folder is a source, and who knows of it.
struct House {
    /// Sources that there are, and that are to come.
    private static let plannedNames: Set<String> = ["clickstream", "viewership", "streaming", "toy"]
    /// Who lists all sources.
    static let executables: Set<String> = ["bronze", "silver", "gold", "catalog"]

    /// What of a file matters.
    private struct File {
        /// Its text in small letters.
        var text: String
        /// The modules that it imports.
        var imports: Set<String>
        /// Whether it declares a bronze.
        var hasBronze: Bool

        init(_ text: String) {
            self.text = text.lowercased()
            let lines = text.split(separator: "\n")
            imports = Set(
                lines.lazy.map { $0.split(separator: " ") }
                    .filter { words in words.prefix(3).contains("import") && !words[0].hasPrefix("/") }
                    .compactMap { $0.last?.split(separator: ".").first.map(String.init) })
            hasBronze = lines.contains {
                $0.hasSuffix("{") && ($0.contains(": BronzeSource") || $0.contains(": LandingSource"))
                    && !$0.contains("protocol")
            }
        }
    }

    private var files: [String: File] = [:]

    /// A checkout's.
    static let checkout = Result { try House(of: root) }

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources")

    private init(of root: URL) throws {
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        for case let file as URL in found ?? .init() where file.pathExtension == "swift" {
            add(
                try String(contentsOf: file, encoding: .utf8),
                at: String(file.path.dropFirst(root.path.count + 1)))
        }
    }

    /// Adds a file, or puts it in place of one.
    mutating func add(_ text: String, at path: String) { files[path] = File(text) }

    /// The folders that hold a bronze.
    var sourceFolders: Set<String> { Set(files.filter(\.value.hasBronze).map { folder($0.key) }) }

    /// Files that name a source and must not.
    var namings: [String] {
        let names = sourceFolders.map { $0.lowercased() }
        return files.filter { path, file in
            let folder = folder(path)
            switch folder {
            case "Lake", "Tables": return House.plannedNames.union(names).contains { file.text.contains($0) }
            case _ where House.executables.contains(folder): return false
            default:
                // A source's stand-in bears its name.
                return names.contains { !folder.lowercased().hasPrefix($0) && file.text.contains($0) }
            }
        }.keys.sorted()
    }

    /// Files of a source that import another one.
    var imports: [String] {
        let sources = sourceFolders
        return files.filter { path, file in
            let folder = folder(path)
            return sources.contains(folder) && !file.imports.isDisjoint(with: sources.subtracting([folder]))
        }.keys.sorted()
    }

    /// The executables that do not list a source's folder.
    func executables(without source: String) -> Set<String> {
        House.executables.filter { executable in
            !files.contains {
                folder($0.key) == executable && $0.value.text.contains("\(source.lowercased()).")
            }
        }
    }

    private func folder(_ path: String) -> String { String(path.prefix { $0 != "/" }) }
}
