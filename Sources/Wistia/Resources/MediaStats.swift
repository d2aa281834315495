public import JSON

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

/// What can be told of a media's counters without understanding them.
public struct MediaStats: Sendable, Equatable {
    /// Whether the body is an object.
    public var isObject = false
    /// How often each field occurs that we do not know, by name.
    public var unknownFields: [String: Int] = [:]

    /// What can be told of nothing.
    public init() {}

    private static let known = KnownFields([
        ["load_count"], ["play_count"], ["play_rate"], ["hours_watched"], ["engagement"], ["visitors"],
        ["actions"],
    ])

    /// Looks at a body; one of another shape is described, not refused.
    ///
    /// - Parameter root: The body.
    /// - Returns: What could be told.
    public static func inspect(_ root: JSONValue) -> MediaStats {
        var stats = MediaStats()
        stats.isObject = root.object != nil
        known.countUnknown(in: root, into: &stats.unknownFields)
        return stats
    }
}
