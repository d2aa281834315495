public import JSON

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
public struct MediaList: Sendable, Equatable {
    /// Whether the body has the expected shape: an array of media, or one media.
    public var isExpectedShape = false
    /// How many media there are.
    public var rowCount = 0
    /// The hashed ids in order; media without one are left out.
    public var ids: [String] = []
    /// How often each field occurs that we do not know, by dotted name such as `project.colour`.
    public var unknownFields: [String: Int] = [:]

    /// Media without a usable hashed id, whose statistics cannot be asked for.
    public var rowsWithoutID: Int { rowCount - ids.count }

    /// What can be told of nothing.
    public init() {}

    private static let known = KnownFields([
        ["id"], ["hashed_id"], ["name"], ["type"], ["archived"], ["created"], ["updated"], ["duration"],
        ["description"], ["progress"], ["status"], ["section"], ["thumbnail"], ["thumbnail", "url"],
        ["thumbnail", "width"], ["thumbnail", "height"], ["protected"], ["folder"], ["folder", "id"],
        ["folder", "name"], ["folder", "hashed_id"], ["project"], ["project", "id"], ["project", "name"],
        ["project", "hashed_id"], ["project", "hashedId"], ["subfolder"], ["tags"], ["assets"], ["embedCode"],
        ["cursor"], ["share_link"],
    ])

    /// Looks at the body of ``WistiaClient/medias(page:)`` or ``WistiaClient/media(id:)``.
    ///
    /// - Parameter root: The body.
    /// - Returns: What could be told.
    public static func inspect(_ root: JSONValue) -> MediaList {
        var list = MediaList()
        if let rows = root.array {
            list.isExpectedShape = true
            for row in rows {
                list.add(row)
            }
        } else if root.object != nil {
            list.isExpectedShape = true
            list.add(root)
        }
        return list
    }

    private mutating func add(_ row: JSONValue) {
        rowCount += 1
        Self.known.countUnknown(in: row, into: &unknownFields)
        if let id = row.member("hashed_id")?.string, !id.isEmpty {
            ids.append(id)
        }
    }
}
