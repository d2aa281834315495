extension FullCrawl {
    /// Goes on with what earlier attempts left, or are leaving still.
    ///
    /// An attempt continues a segment only from pages that lay in parts before its own first request, so each of its answers was
    /// asked for after those pages had been received. What it knows nothing of does not matter: two attempts that continue the
    /// same segment at the same time make two branches of it, neither with a gap, and a path to the end may use either.
    ///
    /// - Parameters:
    ///   - kept: What lies in parts, by part number and then by line.
    ///   - expectedPageCount: How many pages the list had last time; nil when nobody knows.
    init(resuming kept: [KeptCrawlPage], expectedPageCount: Int? = nil) {
        let branches = FullCrawl.branches(of: kept)
        let lead = FullCrawl.leadToEnd(branches)
        // Of a segment's branches that one goes on which leads to the end, or else the longest.
        var chosen: [(segment: CrawlSegment, leads: Bool)] = []
        for (branch, leads) in zip(branches, lead) {
            guard let rival = chosen.last, rival.segment.firstPage == branch.firstPage else {
                chosen.append((branch, leads))
                continue
            }
            if (leads ? 1 : 0, branch.pages.count) > (rival.leads ? 1 : 0, rival.segment.pages.count) {
                chosen[chosen.count - 1] = (branch, leads)
            }
        }
        self.init(
            segments: chosen.map(\.segment), answers: kept.map(\.page),
            isProvenByParts: zip(branches, lead).contains { $0.firstPage == 1 && $1 },
            expectedPageCount: expectedPageCount)
    }

    /// The segments as each attempt saw them, by first page; those that begin beyond the end are left out.
    private static func branches(of kept: [KeptCrawlPage]) -> [CrawlSegment] {
        struct Branch {
            var attempt: String
            var segment: CrawlSegment
            /// For each page the part that it lies in, ascending.
            var parts: [Int]
        }
        var branches: [Branch] = []
        for page in kept {
            guard case .page(let number, let segment) = page.page.subject else { continue }
            if let own = branches.firstIndex(where: {
                $0.attempt == page.attempt && $0.segment.firstPage == segment
            }) {
                guard number == branches[own].segment.nextPage else { continue }
                branches[own].segment.append(page.page)
                branches[own].parts.append(page.part)
                continue
            }
            var branch = Branch(
                attempt: page.attempt, segment: CrawlSegment(firstPage: segment), parts: [])
            if number > segment {
                let count = number - segment
                guard
                    let base = branches.first(where: {
                        $0.segment.firstPage == segment && $0.parts.count >= count
                            && $0.parts[count - 1] <= page.partsKnown
                    })
                else { continue }
                branch.segment = CrawlSegment(
                    firstPage: segment, pages: Array(base.segment.pages.prefix(count)))
                branch.parts = Array(base.parts.prefix(count))
            }
            branch.segment.append(page.page)
            branch.parts.append(page.part)
            branches.append(branch)
        }
        return branches.map(\.segment).filter { $0.firstPage == 1 || $0.hasRows }
            .sorted { $0.firstPage < $1.firstPage }
    }

    /// For each branch, whether a path leads from it to the list's end.
    private static func leadToEnd(_ branches: [CrawlSegment]) -> [Bool] {
        var lead = branches.map { isAtEnd($0, among: branches) }
        // Paths go to later segments only, which are judged first.
        for index in branches.indices.reversed() where !lead[index] {
            guard let last = branches[index].pages.last else { continue }
            lead[index] = branches.indices.contains { next in
                lead[next] && branches[next].isOverlapped(by: branches[index], on: last)
            }
        }
        return lead
    }
}
