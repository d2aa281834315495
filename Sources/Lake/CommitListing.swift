import AWS
import HTTP

extension ObjectStore {
    /// A source's commits in a bucket, oldest first; nil days mean all.
    func commits(source: String, bucket: String, days: ClosedRange<UTCDate>?) async throws -> [ListedObject] {
        var commits: [ListedObject] = []
        let folders = try await listFolders(prefix: ObjectLayout.commitPrefix(source: source), bucket: bucket)
        for folder in folders {
            guard let date = ObjectLayout.date(ofFolder: folder), days?.contains(date) ?? true else {
                continue
            }
            for listed in try await list(prefix: folder, bucket: bucket)
            where ObjectLayout.run(ofCommitKey: listed.key) != nil {
                commits.append(listed)
            }
        }
        return commits
    }

    /// The keys of a source's commits in a bucket, oldest first; nil days mean all.
    func commitKeys(source: String, bucket: String, days: ClosedRange<UTCDate>?) async throws -> [String] {
        try await commits(source: source, bucket: bucket, days: days).map(\.key)
    }

    /// The keys of a layer's commits that the next layer has not answered since they were written, oldest first.
    ///
    /// An answer is written after every commit that it answers, and again for each delivery, so S3's own times tell of a
    /// commit that was written again and whose notification got lost. Its content or ETag would not: silver's commit holds what
    /// follows from its inputs alone, and is the same again when only the tables changed. Listings tell whole seconds, so of two
    /// equal times the commit's may be the later one; answering it once more costs little and ends there.
    func unansweredCommitKeys(source: String, bucket: String, answers: String) async throws -> [String] {
        var answeredAt: [String: Timestamp] = [:]
        for answer in try await commits(source: source, bucket: answers, days: nil) {
            answeredAt[answer.key] = answer.modifiedAt
        }
        return try await commits(source: source, bucket: bucket, days: nil)
            .filter { commit in answeredAt[commit.key].map { $0 <= commit.modifiedAt } ?? true }
            .map(\.key)
    }
}
