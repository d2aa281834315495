import Foundation
import Testing

/// Real files of events, which lie beside the repository.
enum SharedSamples {
    static let folder: URL = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"]
        let shared =
            named.map { URL(filePath: $0) } ?? root.deletingLastPathComponent().appending(path: "shared")
        return shared.appending(path: "data/clickstream")
    }()

    /// On CI they must be there: a test that silently does not run proves nothing.
    static let areExpected =
        FileManager.default.fileExists(atPath: folder.path)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    static let absence: Comment =
        "the samples are not there; MEDALLION_SHARED_DIR names the folder of data/clickstream"

    static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }
}
