import AWS

extension ObjectStore {
    /// Reads an object; nil when there is none.
    func objectIfPresent(_ key: String, bucket: String) async throws -> StoredObject? {
        do {
            return try await get(key, bucket: bucket, range: nil)
        } catch let error as S3Error where error.code == .noSuchKey {
            return nil
        }
    }
}
