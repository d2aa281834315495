/// How often one attempt has read the media list, from its first page to its last.
///
/// Only an empty page shows where the list ends; the first pass looks for it. Later passes read as many pages as that one found
/// rows on: what was there then only moves up, since new media come at the list's end.
struct MediaListPasses: Sendable, Equatable {
    /// How often the list is read at most; each pass but the first and the last found a media that slid.
    static let countMaximum = 4

    /// Whether the last pass brought nothing new, or there were too many.
    private(set) var areEnough = false
    /// The page to ask for next.
    private(set) var nextPage = 1
    private var count = 0
    /// The last page on which the first pass found rows, 0 where it found none; nil until it is over.
    private var lastPage: Int?
    private var ids: Set<String> = []
    private var hasNews = false

    /// Takes a page; one that is not the next changes nothing.
    mutating func note(_ facts: ExchangeFacts) {
        guard !areEnough, case .page(nextPage, _) = facts.subject else { return }
        for id in facts.mediaIDs where ids.insert(id).inserted { hasNews = true }
        guard facts.rowCount == 0 || nextPage == lastPage else {
            nextPage += 1
            return
        }
        count += 1
        lastPage = lastPage ?? nextPage - 1
        areEnough = !hasNews || count == MediaListPasses.countMaximum
        nextPage = 1
        hasNews = false
    }
}
