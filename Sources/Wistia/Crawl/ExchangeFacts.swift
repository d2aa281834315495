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
        case rescanPage(Int)
        case media(String)

        /// The page's number; nil for a media.
        var page: Int? {
            switch self {
            case .page(let page, _), .rescanPage(let page): page
            case .media: nil
            }
        }

        /// Whether it is a page of the closing re-scan.
        var isRescan: Bool {
            if case .rescanPage = self { true } else { false }
        }
    }

    /// What was asked for.
    var subject: Subject
    /// How many records the answer holds.
    var rowCount: Int
    /// The ids in a media list, in order; a media without a usable one is left out, as its statistics cannot be asked for.
    var mediaIDs: [String] = []
    /// The greatest `last_active_at` on a page of visitors; nil for other streams and empty pages.
    var newestLastActiveAt: Timestamp?
    /// The smallest `last_active_at` on a page of visitors.
    var oldestLastActiveAt: Timestamp?
    /// Whether `last_active_at` never rises within the page and is readable in every row.
    var isNewestFirst = true
    /// One number for each media with an id, or each visitor whose `visitor_key` and `last_active_at` can be read, in order.
    ///
    /// Equal numbers mean the same media, or the same visitor, not active in between. They are hashes with a seed of this
    /// process's own, to be compared within it only; so nobody can prepare two visitors that look like one.
    var marks: [UInt64] = []

    /// The page's number; 0 for a media.
    var page: Int { subject.page ?? 0 }

    /// Whether some row stands in both answers, and was not active in between.
    func shares(rowWith other: ExchangeFacts) -> Bool {
        marks.contains { other.marks.contains($0) }
    }
}

extension ExchangeFacts {
    /// Looks at one answer.
    ///
    /// A page must be an array: anything else would pass for the end of its list, and the crawl for complete. An answer about
    /// one media counts as one record and is kept whatever it is: silver says what is wrong with it.
    ///
    /// - Throws: ``LakeError`` of kind `UnexpectedAnswer` when a page is not an array.
    init(stream: Stream, subject: Subject, body: JSONValue) throws {
        self.init(subject: subject, rowCount: 1)
        let rows = body.array
        if let page = subject.page {
            guard let rows else {
                throw LakeError.unexpectedAnswer(
                    subject: "\(stream.rawValue) page \(page)", found: body.kind.rawValue)
            }
            rowCount = rows.count
        }
        switch stream {
        case .visitors: rows?.forEach { note(visitor: $0) }
        case .media where rows == nil: note(media: body)
        case .media: rows?.forEach { note(media: $0) }
        default: break
        }
    }

    private mutating func note(visitor: JSONValue) {
        guard let active = visitor.member("last_active_at")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else {
            isNewestFirst = false
            return
        }
        if let key = visitor.member("visitor_key")?.stringBytes {
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(key))
            hasher.combine(active)
            marks.append(UInt64(bitPattern: Int64(hasher.finalize())))
        }
        // As long as none has risen, the oldest one is the one before.
        if let oldest = oldestLastActiveAt, active > oldest { isNewestFirst = false }
        newestLastActiveAt = max(newestLastActiveAt ?? active, active)
        oldestLastActiveAt = min(oldestLastActiveAt ?? active, active)
    }

    private mutating func note(media: JSONValue) {
        guard let id = media.member("hashed_id")?.string, !id.isEmpty else { return }
        mediaIDs.append(id)
        marks.append(UInt64(bitPattern: Int64(id.hashValue)))
    }
}
