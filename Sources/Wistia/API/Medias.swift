import JSON

extension WistiaClient {
    /// One page of the account's media, oldest first so that new ones do not move the pages; past the end it is empty.
    ///
    /// - Parameter page: The page, from 1, of ``rowsPerPage`` rows.
    /// - Returns: The exchange; its body should be an array.
    /// - Throws: ``WistiaError``; `CancellationError`; what the token source throws.
    public func medias(page: Int) async throws -> WistiaAnswer {
        try await send(
            .list("/medias", page: page, query: "&sort_by=created&sort_direction=1", permission: .media))
    }

    /// One media's title, duration and dates.
    ///
    /// - Parameter id: The hashed id, such as `gskhw4w4lm`, or the numeric one.
    /// - Returns: The exchange; its body should be an object.
    /// - Throws: ``WistiaError``, of kind `notFound` when there is no such media; `CancellationError`; what the token
    ///   source throws.
    public func media(id: String) async throws -> WistiaAnswer {
        try await send(.single("/medias/\(Endpoint.segment(id))", permission: .media))
    }
}

/// What can be told of a list of media, or of a single one, without understanding it.
enum MediaList {
    /// The hashed ids in order; media without a usable one are left out, since their statistics cannot be asked for.
    ///
    /// - Parameter root: The body of ``WistiaClient/medias(page:)`` or ``WistiaClient/media(id:)``.
    /// - Returns: None where the body is neither.
    static func ids(in root: JSONValue) -> [String] {
        func id(_ media: JSONValue) -> String? {
            media.member("hashed_id")?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        return root.array.map { $0.compactMap(id) } ?? id(root).map { [$0] } ?? []
    }
}
