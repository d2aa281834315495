import AWS
import HTTP

/// The commits of bronze: written once, never replaced.
struct BronzeCommitStore: Sendable {
    var bucket: String
    var store: any ObjectStore
    var time: any TimeSource
    var random: any RandomSource

    /// The commit of a run; nil when it has none.
    func commit(of run: Run) async throws -> BronzeCommit? {
        try await commit(ObjectLayout.commitKey(run: run))
    }

    /// The commit under a key; nil when there is none.
    func commit(_ key: String) async throws -> BronzeCommit? {
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else { return nil }
        return try ObjectJSON.decode(BronzeCommit.self, from: object.body, of: "s3://\(bucket)/\(key)")
    }

    /// Writes a run's commit.
    ///
    /// - Parameter commit: The commit; everything that it lists lies in S3.
    /// - Returns: The commit that counts. It is another one when another attempt was faster, or this one's own whose reply was lost.
    /// - Throws: ``LakeError`` when its ledger does not add up; what the store throws.
    func write(_ commit: BronzeCommit) async throws -> BronzeCommit {
        try commit.requireLedger()
        let key = ObjectLayout.commitKey(run: commit.run)
        let body = try ObjectJSON.encode(commit)
        return try await retryingOnConflict("s3://\(bucket)/\(key)", time: time, random: random) {
            do {
                _ = try await store.put(
                    key, bucket: bucket, body: body, contentType: "application/json",
                    condition: .ifNoneMatch, metadata: [:])
                return commit
            } catch let error as S3Error where error.isWriteConflict {
                // 409 says that another write is under way; until it is done there is nothing that counts.
                guard let present = try await self.commit(key) else { throw error }
                return present
            }
        }
    }
}

extension BronzeCommit {
    /// Refuses counts that do not follow from the parts: silver would refuse the commit for ever.
    ///
    /// - Throws: ``LakeError`` of kind `Ledger`.
    func requireLedger() throws {
        func refuse(_ counts: String) -> LakeError {
            .ledger(layer: "bronze", table: ObjectLayout.commitKey(run: run), counts: counts)
        }
        if let part = parts.first(where: { ledger[$0.stream.rawValue] == nil }) {
            throw refuse("\(part.key) is listed, its stream \(part.stream.rawValue) is not counted")
        }
        for (stream, counts) in ledger.sorted(by: { $0.key < $1.key }) {
            let listed = parts.filter { $0.stream.rawValue == stream }.reduce(0) { $0 + $1.rows }
            guard listed == counts.rowsInParts else {
                throw refuse(
                    "\(counts.rowsInParts) rows of \(stream) are counted, the parts that are listed hold \(listed)"
                )
            }
        }
    }
}
