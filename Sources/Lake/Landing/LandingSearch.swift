import AWS
import HTTP
import LambdaRuntime

/// Looks for landed files that no commit of bronze names.
struct LandingSearch: Sendable {
    /// How many days a search looks back unless it is told otherwise.
    static let daysDefault = 14

    /// A file that has no commit.
    struct Found: Sendable, Equatable {
        var file: ObjectReference
        /// Whether the key has a newer version by now, or was deleted.
        var isSuperseded: Bool
    }

    /// Bronze's bucket.
    var bucket: String
    var store: any ObjectStore
    /// The source's name.
    var source: String
    var landing: Landing

    /// The files of some days that have no commit, oldest first.
    ///
    /// The listing names every version, so that nothing has to be asked about a file that has its commit.
    ///
    /// - Parameters:
    ///   - time: The end of the last day.
    ///   - days: How many days.
    /// - Returns: What is missing.
    /// - Throws: What the store throws.
    func missing(at time: Timestamp, days: Int) async throws -> [Found] {
        // A day more at either end: clocks differ, and a file of midnight may bear either date.
        let today = time.date.daysSinceEpoch
        let dates = (today - Int32(days)...today + 1).map { UTCDate(daysSinceEpoch: $0) }
        var versions: [ListedVersion] = []
        if let template = landing.keyTemplate {
            for date in dates {
                versions += try await store.listVersions(
                    prefix: template.prefix(of: date), bucket: landing.bucket)
            }
        } else {
            versions = try await store.listVersions(prefix: landing.prefix, bucket: landing.bucket)
                .filter { $0.object.modifiedAt >= dates[0].start }
        }
        // A version of before the bucket had versions cannot be named once there is a newer one.
        versions.removeAll { Landing.isIgnored($0.object.key) || $0.versionID == nil && !$0.isLatest }
        return try await withoutCommit(versions).sorted {
            ($0.object.modifiedAt, $0.object.key) < ($1.object.modifiedAt, $1.object.key)
        }.map { version in
            Found(
                file: ObjectReference(
                    bucket: landing.bucket, key: version.object.key, versionID: version.versionID,
                    etag: version.object.etag.value, eventTime: version.object.modifiedAt),
                isSuperseded: !version.isLatest)
        }
    }

    private func withoutCommit(_ versions: [ListedVersion]) async throws -> [ListedVersion] {
        func run(of version: ListedVersion) -> Run {
            LandedFile.Identity(
                bucket: landing.bucket, key: version.object.key, version: version.versionID,
                etag: version.object.etag.value
            ).run(source: source, modifiedAt: version.object.modifiedAt)
        }
        let runs = versions.map(run(of:))
        var committed: Set<Run> = []
        for date in Set(runs.map(\.extractionDate)).sorted() {
            let prefix = ObjectLayout.commitPrefix(source: source, date: date)
            for commit in try await store.list(prefix: prefix, bucket: bucket) {
                if let run = ObjectLayout.run(ofCommitKey: commit.key) { committed.insert(run) }
            }
        }
        // Of two files with one id either may have the commit; it says which.
        let counts = Dictionary(runs.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(versions, runs).filter { !committed.contains($1) || counts[$1, default: 0] > 1 }.map(\.0)
    }
}
