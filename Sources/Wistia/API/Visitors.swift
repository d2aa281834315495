public import HTTP
public import JSON

extension WistiaClient {
    /// One page of everybody who ever played something, most recently active first; a page past the end is empty.
    ///
    /// There is no total, no cursor and no filter by media or date
    /// (<https://docs.wistia.com/reference/getting-started-with-the-stats-api>), and the order is observed, not promised.
    ///
    /// - Parameters:
    ///   - page: The page, from 1, of ``rowsPerPage`` rows.
    ///   - hasTurn: Whether ``awaitTurn(by:)`` has given this request its turn.
    /// - Returns: The exchange; its body should be an array.
    /// - Throws: ``WistiaError``; `CancellationError`; what the token source throws.
    public func visitors(page: Int, hasTurn: Bool = false) async throws -> WistiaAnswer {
        try await send(.list("/stats/visitors", page: page, permission: .stats), hasTurn: hasTurn)
    }
}

/// What can be told of a page of visitors without understanding it.
public struct VisitorsPage: Sendable, Equatable {
    /// Whether the body is an array at all.
    public var isArray = false
    /// Elements of the array; 0 when the body is none.
    public var rowCount = 0
    /// Rows whose `last_active_at` is missing or unreadable.
    public var rowsWithoutLastActiveAt = 0
    /// The greatest `last_active_at`; nil when no row has one.
    public var newestLastActiveAt: Timestamp?
    /// The smallest `last_active_at`; nil when no row has one.
    public var oldestLastActiveAt: Timestamp?
    /// Whether `last_active_at` never rises from row to row.
    ///
    /// Nil when that cannot be judged, because the body is not an array or a row lacks the field.
    public var isNewestFirst: Bool?
    /// One number for each row that has a `visitor_key` and a readable `last_active_at`, in the page's order.
    ///
    /// Equal numbers mean the same visitor with the same last activity. They are hashes with a seed of this process's own, to
    /// be compared within it only; so nobody can prepare two visitors that look like one.
    public var marks: [UInt64] = []

    /// What can be told of nothing.
    public init() {}

    /// Looks at a page; a body of another shape is described, not refused.
    ///
    /// - Parameter root: The body.
    /// - Returns: What could be told.
    public static func inspect(_ root: JSONValue) -> VisitorsPage {
        var page = VisitorsPage()
        guard let rows = root.array else { return page }
        page.isArray = true
        var previous: Timestamp?
        var rises = false
        for row in rows {
            page.rowCount += 1
            guard let text = row.member("last_active_at")?.string, let active = Timestamp(rfc3339: text)
            else {
                page.rowsWithoutLastActiveAt += 1
                continue
            }
            if let key = row.member("visitor_key")?.stringBytes {
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(key))
                hasher.combine(active)
                page.marks.append(UInt64(bitPattern: Int64(hasher.finalize())))
            }
            if let previous, active > previous {
                rises = true
            }
            previous = active
            page.newestLastActiveAt = max(page.newestLastActiveAt ?? active, active)
            page.oldestLastActiveAt = min(page.oldestLastActiveAt ?? active, active)
        }
        page.isNewestFirst = rises ? false : page.rowsWithoutLastActiveAt == 0 ? true : nil
        return page
    }
}
