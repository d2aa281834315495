extension WistiaClient {
    /// One media's plays and replays per second, in at most 1,000 cells; the body does not say whose they are.
    ///
    /// - Parameter id: The hashed id, such as `gskhw4w4lm`, or the numeric one.
    /// - Returns: The exchange; its body should be an object.
    /// - Throws: ``WistiaError``, of kind `notFound` when there is no such media; `CancellationError`; what the token
    ///   source throws.
    public func mediaEngagement(id: String) async throws -> WistiaAnswer {
        try await send(.single("/stats/medias/\(Endpoint.segment(id))/engagement", permission: .stats))
    }
}
