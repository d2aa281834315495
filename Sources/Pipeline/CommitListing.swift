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

/// Answers commits one after the other; one that fails does not stop the others.
///
/// - Parameters:
///   - keys: The commits, in the order in which they are to be answered.
///   - layer: Who answers, for the error.
///   - answer: Answers one.
/// - Returns: A report per commit.
/// - Throws: At the end, the only failure of a single commit, or ``PipelineError/commitsFailed(layer:failures:count:)``.
func answerEach<Report>(_ keys: [String], layer: String, _ answer: (String) async throws -> Report)
    async throws
    -> [Report]
{
    var reports: [Report] = []
    var failures: [String] = []
    for key in keys {
        do {
            reports.append(try await answer(key))
        } catch {
            guard keys.count > 1, !(error is CancellationError) else { throw error }
            failures.append("\(key): \(error)")
        }
    }
    guard failures.isEmpty else {
        throw PipelineError.commitsFailed(layer: layer, failures: failures, count: keys.count)
    }
    return reports
}
