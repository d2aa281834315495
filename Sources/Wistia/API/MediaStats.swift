extension WistiaClient {
    /// One media's lifetime counters; the body does not say whose they are.
    ///
    /// There are no parameters: the answer is always as of now.
    ///
    /// - Parameter id: The hashed id, such as `gskhw4w4lm`, or the numeric one.
    /// - Returns: The exchange; its body should be an object.
    /// - Throws: ``WistiaError``, of kind `notFound` when there is no such media; `CancellationError`; what the token
    ///   source throws.
    public func mediaStats(id: String) async throws -> WistiaAnswer {
        try await send(.single("/stats/medias/\(Endpoint.segment(id))", permission: .stats))
    }
}
