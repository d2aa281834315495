public import JSON

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

/// What can be told of a media's engagement without understanding it.
public struct MediaEngagement: Sendable, Equatable {
    /// Whether the body is an object.
    public var isObject = false
    /// How many cells `engagement_data` has; nil when that is not an array.
    public var engagementCellCount: Int?
    /// How many cells `rewatch_data` has, which should be as many; nil when that is not an array.
    public var rewatchCellCount: Int?
    /// How often each field occurs that we do not know, by name.
    public var unknownFields: [String: Int] = [:]

    /// What can be told of nothing.
    public init() {}

    private static let known = KnownFields([["engagement"], ["engagement_data"], ["rewatch_data"]])

    /// Looks at a body; one of another shape is described, not refused.
    ///
    /// - Parameter root: The body.
    /// - Returns: What could be told.
    public static func inspect(_ root: JSONValue) -> MediaEngagement {
        var engagement = MediaEngagement()
        engagement.isObject = root.object != nil
        engagement.engagementCellCount = root.member("engagement_data")?.array?.count
        engagement.rewatchCellCount = root.member("rewatch_data")?.array?.count
        known.countUnknown(in: root, into: &engagement.unknownFields)
        return engagement
    }
}
