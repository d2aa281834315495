import Foundation

/// The real and the odd files that stand beside the checkout; tests of them are off where they are not.
enum SharedData {
    private static let root =
        ProcessInfo.processInfo.environment["MEDALLION_SHARED_DIR"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared")

    static let isThere = FileManager.default.fileExists(
        atPath: root.appending(path: "data/clickstream").path)

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: "data").appending(path: path)))
    }
}
