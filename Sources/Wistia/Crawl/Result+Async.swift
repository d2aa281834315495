extension Result where Failure == any Error {
    /// What comes of some work, which a task can hand on.
    init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
