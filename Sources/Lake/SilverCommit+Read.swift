import AWS

extension ObjectStore {
    /// Silver's answer to a run; nil where there is none.
    ///
    /// - Throws: ``LakeError`` of kind `UnreadableObject` when it is damaged; what the store throws.
    func silverCommit(of run: Run, bucket: String) async throws -> SilverCommit? {
        let key = ObjectLayout.commitKey(run: run)
        guard let object = try await objectIfPresent(key, bucket: bucket) else { return nil }
        return try ObjectJSON.decode(SilverCommit.self, from: object.body, of: "s3://\(bucket)/\(key)")
    }

    /// Silver's answer to a run as far as it can be read; nil where there is none, or nothing readable.
    ///
    /// For those who can do without: what silver answered can be found out again from bronze.
    func readableSilverCommit(of run: Run, bucket: String) async throws -> SilverCommit? {
        do {
            return try await silverCommit(of: run, bucket: bucket)
        } catch is LakeError {
            return nil
        }
    }
}
