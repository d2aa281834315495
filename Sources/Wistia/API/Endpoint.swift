import AWS
import Lake

/// One resource of the API, as a value: where it is, what it tells of, and what a token needs to read it.
struct Endpoint: Sendable, Equatable {
    /// The most rows that a page can have; lists are always asked for in this size.
    static let rowsPerPage = 100

    /// The kind of record that it holds.
    var stream: Stream
    /// What is asked for within its stream.
    var subject: ExchangeFacts.Subject
    /// The path below the API's version, percent-encoded.
    var path: String
    /// Parameters behind those of the page.
    var query = ""
    /// What the token must be allowed to do.
    var permission = WistiaPermission.stats

    /// One page of the account's media, oldest first so that new ones do not move the pages; past the end it is empty.
    static func medias(page: Int) -> Endpoint {
        Endpoint(
            stream: .media, subject: .page(page), path: "/medias",
            query: "&sort_by=created&sort_direction=1", permission: .media)
    }

    /// One media's title, duration and dates, by its hashed id or the numeric one.
    static func media(_ id: String) -> Endpoint {
        Endpoint(
            stream: .media, subject: .media(id), path: "/medias/\(segment(id))", permission: .media)
    }

    /// One media's lifetime counters, always as of now; the body does not say whose they are.
    static func mediaStats(_ id: String) -> Endpoint {
        Endpoint(stream: .mediaStats, subject: .media(id), path: "/stats/medias/\(segment(id))")
    }

    /// One media's plays and replays per second, in at most 1,000 cells; the body does not say whose they are.
    static func mediaEngagement(_ id: String) -> Endpoint {
        Endpoint(
            stream: .mediaEngagement, subject: .media(id), path: "/stats/medias/\(segment(id))/engagement"
        )
    }

    /// One page of everybody who ever played something, most recently active first; past the end it is empty.
    ///
    /// There is no total, no cursor and no filter by media or date
    /// (<https://docs.wistia.com/reference/getting-started-with-the-stats-api>), and the order is observed, not promised.
    static func visitors(_ page: ExchangeFacts.Subject) -> Endpoint {
        Endpoint(stream: .visitors, subject: page, path: "/stats/visitors")
    }

    /// What errors call it.
    var name: String { "GET \(path)" + (subject.page.map { " page \($0)" } ?? "") }

    /// The path and the query.
    ///
    /// A single thing is never asked for page by page, since the API ignores `page` there.
    var target: String {
        "\(path).json"
            + (subject.page.map { "?page=\($0)&per_page=\(Endpoint.rowsPerPage)\(query)" } ?? "")
    }

    /// An id as a part of a path, which it cannot lead out of.
    private static func segment(_ id: String) -> String {
        PercentEncoding.encode(id).replacing(".", with: "%2E")
    }
}
