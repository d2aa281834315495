import AWS
import HTTP

extension ObjectStore {
    /// The keys of a source's commits in a bucket, oldest first; nil days mean all.
    func commitKeys(source: String, bucket: String, days: ClosedRange<UTCDate>?) async throws -> [String] {
        var keys: [String] = []
        let folders = try await listFolders(prefix: ObjectLayout.commitPrefix(source: source), bucket: bucket)
        for folder in folders {
            guard let date = ObjectLayout.date(ofFolder: folder), days?.contains(date) ?? true else {
                continue
            }
            for listed in try await list(prefix: folder, bucket: bucket)
            where ObjectLayout.run(ofCommitKey: listed.key) != nil {
                keys.append(listed.key)
            }
        }
        return keys
    }
}
