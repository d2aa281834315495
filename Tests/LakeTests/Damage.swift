import TestSupport
import Testing

/// Something done to a layer's objects, and the words that it leads to in the next layer.
struct Damage: Sendable, CustomTestStringConvertible {
    typealias Change = @Sendable (MemoryLake, _ commitKey: String) async throws -> Void

    var name: String
    var apply: Change
    /// Words in capitals stand for what the suite says.
    var message: String

    var testDescription: String { name }

    /// Changes the text of the commit in a bucket.
    static func replaceCommit(in bucket: String, _ change: @escaping @Sendable (String) -> String) -> Change {
        { lake, key in
            let text = String(
                decoding: try #require(lake.store.objects(bucket: bucket)[key]), as: UTF8.self)
            lake.store.seed(key, bucket: bucket, body: Array(change(text).utf8))
        }
    }
}
