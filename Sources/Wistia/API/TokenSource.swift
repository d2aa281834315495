import AWS

/// The token that requests bear, read when it is first needed and again when it is refused.
actor TokenSource {
    /// Where the token is kept, in words that follow "in", for errors.
    nonisolated let place: String

    private let load: @Sendable () async throws -> Secret
    private var current: Secret?
    /// The token that was refused and was still the same when it was read anew: many requests may bear it.
    private var refused: Secret?
    private var isLoading = false
    /// Those who wait for the call that is under way.
    private var waiters: [CheckedContinuation<Result<Secret, any Error>, Never>] = []

    /// Makes a source; concurrent callers share one call of `load`.
    init(place: String = "the secret", load: @escaping @Sendable () async throws -> Secret) {
        self.place = place
        self.load = load
    }

    /// The token; read now if it has not been read yet.
    func token() async throws -> Secret {
        if let current {
            return current
        }
        return try await read()
    }

    /// Another token than the refused one, read anew or meanwhile by another request; nil when it is still the same.
    func replacement(for refused: Secret) async throws -> Secret? {
        if let current, current != refused {
            return current
        }
        if refused != self.refused {
            let token = try await read()
            guard token == refused else { return token }
            self.refused = refused
        }
        // Whoever asks later, in another invocation perhaps, gets what the secret holds then.
        if current == refused { current = nil }
        return nil
    }

    /// Takes in that a token was accepted: if it is refused after that, another one may be in its place.
    func noteAccepted(_ token: Secret) {
        if refused == token { refused = nil }
    }

    private func read() async throws -> Secret {
        if isLoading {
            let outcome = await withCheckedContinuation { waiters.append($0) }
            // Whoever read it may have been cancelled; that is no reason for the others to give up.
            if case .failure(let error) = outcome, error is CancellationError, !Task.isCancelled {
                return try await read()
            }
            return try outcome.get()
        }
        isLoading = true
        let outcome: Result<Secret, any Error>
        do {
            outcome = .success(try await load())
        } catch {
            outcome = .failure(error)
        }
        isLoading = false
        if case .success(let token) = outcome { current = token }
        for waiter in waiters { waiter.resume(returning: outcome) }
        waiters = []
        return try outcome.get()
    }
}
