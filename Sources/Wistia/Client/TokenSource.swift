public import AWS

/// The token that requests bear, read when it is first needed and again when it is refused.
public actor TokenSource {
    /// Reads the token.
    ///
    /// `isRefresh` is true when the token that was read before has been refused, so that a cache must be passed by.
    public typealias Load = @Sendable (_ isRefresh: Bool) async throws -> Secret

    /// Where the token is kept, in words that follow "in", for errors.
    nonisolated let place: String

    private let load: Load
    private var current: Secret?
    private var loading: Task<Secret, any Error>?

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - place: Where the token is kept, in words that follow "in", for errors.
    ///   - load: Reads the token; concurrent callers share one call of it.
    public init(place: String = "the secret", load: @escaping Load) {
        self.place = place
        self.load = load
    }

    /// Makes a source that always has the same token.
    public init(_ token: Secret) {
        place = "the secret"
        load = { _ in token }
    }

    /// The token; read now if it has not been read yet.
    func token() async throws -> Secret {
        if let current {
            return current
        }
        return try await read(isRefresh: false)
    }

    /// Another token than the refused one, read anew or meanwhile by another request; nil when it is still the same.
    func replacement(for refused: Secret) async throws -> Secret? {
        if let current, current != refused {
            return current
        }
        let token = try await read(isRefresh: true)
        return token == refused ? nil : token
    }

    private func read(isRefresh: Bool) async throws -> Secret {
        if let loading {
            return try await loading.value
        }
        // The task itself records its outcome, so that whoever waits for it finds that outcome recorded.
        let task = Task {
            defer { loading = nil }
            let token = try await load(isRefresh)
            current = token
            return token
        }
        loading = task
        return try await task.value
    }
}
