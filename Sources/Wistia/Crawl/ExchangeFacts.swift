import HTTP
import JSON
import Lake

/// What one exchange tells the crawl: enough to go on from it, without its rows.
struct ExchangeFacts: Sendable, Equatable {
    /// What was asked for within its stream: a page's number, or a media's id.
    enum Subject: Sendable, Hashable {
        /// A page of the crawl, and the first page of the segment that it was read in; 1 where pages are read one by one.
        case page(Int, segment: Int = 1)
        /// A page of the closing re-scan of the top.
        case lapPage(Int)
        case media(String)

        /// Whether it is a page of the closing re-scan.
        var isLap: Bool {
            if case .lapPage = self { true } else { false }
        }
    }

    /// What was asked for.
    var subject: Subject
    /// How many records the answer holds.
    var rowCount: Int
    /// The ids in a media list, in order; empty for other streams.
    var mediaIDs: [String] = []
    /// The greatest `last_active_at` on a page of visitors; nil for other streams and empty pages.
    var newestLastActiveAt: Timestamp?
    /// The smallest `last_active_at` on a page of visitors.
    var oldestLastActiveAt: Timestamp?
    /// Whether `last_active_at` never rises within the page and is readable in every row.
    var isNewestFirst = true
    /// As in `VisitorsPage`; empty for other streams.
    var marks: [UInt64] = []

    /// What tells this page's rows from another's: visitors with their activity, or media.
    var members: Set<String> { Set(marks.map { String($0, radix: 16) } + mediaIDs) }

    /// Looks at one answer.
    ///
    /// A page must be an array: anything else would pass for the end of its list, and the crawl for complete. An answer about
    /// one media counts as one record and is kept whatever it is: silver says what is wrong with it.
    ///
    /// - Parameters:
    ///   - stream: What was asked for.
    ///   - subject: Which page or media.
    ///   - body: The answer.
    /// - Throws: ``LakeError`` of kind `UnexpectedAnswer` when a page is not an array.
    init(stream: Stream, subject: Subject, body: JSONValue) throws {
        self.subject = subject
        rowCount = 1
        switch subject {
        case .page(let page, _), .lapPage(let page):
            guard let rows = body.array else {
                throw LakeError.unexpectedAnswer(
                    subject: "\(stream.rawValue) page \(page)", found: body.kind.rawValue)
            }
            rowCount = rows.count
        case .media: break
        }
        switch stream {
        case .visitors:
            let page = VisitorsPage.inspect(body)
            newestLastActiveAt = page.newestLastActiveAt
            oldestLastActiveAt = page.oldestLastActiveAt
            isNewestFirst = page.isNewestFirst == true
            marks = page.marks
        case .media: mediaIDs = MediaList.ids(in: body)
        default: break
        }
    }
}
