import AWS
import Datasets
import HTTP
import Logging

extension SilverStage {
    /// By how much the store's clock may be behind that of a function, and for how long an answer may have been under way.
    ///
    /// A quarter of an hour each: a row that was answered so little before one that stays may be the more active of the two.
    private static let answerTimeToleranceSeconds = 1_800.0

    /// What the table of visitors holds before a merge, and which commits it should hold and does not.
    struct StandingVisitors {
        var visitors = IncomingVisitors()
        var lacking: [(commitKey: String, cause: String)] = []
    }

    /// Reads the table of visitors, or makes it anew from bronze where that is needed.
    ///
    /// - Parameters:
    ///   - current: The table's object; nil when there is none.
    ///   - partition: Where it lies.
    ///   - source: The source's name.
    ///   - runs: Whose rows are to be merged next, and are not needed here.
    ///   - fullCrawls: Their full crawls.
    ///   - lastStart: When reading another commit may begin at the latest; nil at any time.
    /// - Returns: The rows and what else belongs there.
    /// - Throws: ``PipelineError/rebuildTimeUp(resource:read:count:)``; what the store throws.
    func standingVisitors(
        _ current: StoredObject?, of partition: Partition, source: String, answering runs: Set<Run>,
        fullCrawls: NewestFullCrawls, lastStart: Timestamp?
    ) async throws -> StandingVisitors {
        var reason = "gone"
        if let current {
            do {
                if let file = try TableFile.decodeVisitors(
                    current.body, ifMarked: personalData.mark, resource: partition.resource)
                {
                    let bound = file.fullCrawls.deletedBefore ?? .min
                    var standing = StandingVisitors(
                        visitors: IncomingVisitors(rows: file.rows, fullCrawls: file.fullCrawls))
                    for key in file.lackingCommits {
                        guard let run = ObjectLayout.run(ofCommitKey: key) else { continue }
                        try await bringIn(run, isAnswered: true, to: &standing)
                    }
                    var crawls = standing.visitors.fullCrawls
                    crawls.formUnion(fullCrawls)
                    if crawls.deletedBefore ?? .min >= bound { return standing }
                    reason = "without visitors whom an older full crawl, come late, shows not to be deleted"
                } else {
                    reason = "of other rules"
                }
            } catch let error as PipelineError {
                guard case .unreadableTable = error else { throw error }
                reason = "damaged (\(error))"
            }
        }
        let answered = Set(try await store.commitKeys(source: source, bucket: silverBucket, days: nil))
        if current == nil, answered.subtracting(runs.map(ObjectLayout.commitKey(run:))).isEmpty {
            return StandingVisitors()
        }
        logger.warning("\(partition.resource) is \(reason) and is made anew from bronze")
        return try await visitorsOfBronze(
            partition.resource, source: source, answered: answered, answering: runs, fullCrawls: fullCrawls,
            lastStart: lastStart)
    }

    /// A commit of bronze that may hold visitors.
    private struct Candidate {
        var run: Run
        var isAnswered: Bool
        /// After this time none of its answers arrived, microseconds since the epoch, UTC.
        ///
        /// It was written after all of them. The end of the run's date stands in for a store that keeps an earlier time than
        /// that, as one that was filled from elsewhere may.
        var latestAnswerAt: Int64
        /// Nil before it is read.
        var commit: BronzeCommit?

        init?(_ listed: ListedObject, answered: Set<String>) {
            guard let run = ObjectLayout.run(ofCommitKey: listed.key) else { return nil }
            self.run = run
            isAnswered = answered.contains(listed.key)
            latestAnswerAt = max(
                listed.modifiedAt.adding(seconds: SilverStage.answerTimeToleranceSeconds)
                    .microsecondsSinceEpoch,
                (Int64(run.extractionDate.daysSinceEpoch) + 1) * 86_400_000_000)
        }
    }

    /// Makes the rows of the table from bronze's commits, without reading those of which no row can stay.
    ///
    /// The newest commits are looked at first, until it is known since when a visitor must have been seen. For that a full
    /// crawl's parts need not be read when silver's commit tells what follows from them. Then the visitors of the commits
    /// that may hold an answer since then are read, and of no others: ``FactVisitors/seen(since:in:)`` would take out their
    /// rows. So the table is the one that merging all of bronze in any order gives, unless a function's clock was ahead of
    /// the store's by more than a quarter of an hour and its run's date was long past.
    private func visitorsOfBronze(
        _ resource: String, source: String, answered: Set<String>, answering runs: Set<Run>,
        fullCrawls: NewestFullCrawls, lastStart: Timestamp?
    ) async throws -> StandingVisitors {
        var candidates = try await store.commits(source: source, bucket: bronzeBucket, days: nil)
            .compactMap { Candidate($0, answered: answered) }.filter { !runs.contains($0.run) }
        candidates.sort { $0.latestAnswerAt > $1.latestAnswerAt }
        var standing = StandingVisitors(visitors: IncomingVisitors(rows: nil, fullCrawls: fullCrawls))
        var pending: [Candidate] = []
        var readCount = 0
        func requireTime() throws {
            guard let lastStart, time.now() >= lastStart else { return }
            throw PipelineError.rebuildTimeUp(resource: resource, read: readCount, count: candidates.count)
        }
        for (index, candidate) in candidates.enumerated() {
            if let since = standing.visitors.fullCrawls.changeableSince, candidate.latestAnswerAt < since {
                pending += candidates[index...]
                break
            }
            try requireTime()
            guard let commit = try await readableCommit(of: candidate, lacking: &standing.lacking) else {
                continue
            }
            var candidate = candidate
            candidate.commit = commit
            if commit.isFullCrawl {
                guard let crawl = try await fullCrawl(of: candidate) else {
                    try await bringIn(candidate.run, isAnswered: candidate.isAnswered, commit, to: &standing)
                    readCount += 1
                    continue
                }
                standing.visitors.fullCrawls.insert(crawl)
            }
            pending.append(candidate)
        }
        let bound = standing.visitors.fullCrawls.deletedBefore ?? .min
        for candidate in pending where candidate.latestAnswerAt >= bound {
            try requireTime()
            try await bringIn(
                candidate.run, isAnswered: candidate.isAnswered, candidate.commit, to: &standing)
            readCount += 1
        }
        logger.info(
            "visitors read anew",
            metadata: [
                "commits": "\(readCount)", "left_out": "\(candidates.count - readCount)",
                "full_crawls": "\(standing.visitors.fullCrawls.text)",
            ])
        standing.lacking.sort { $0.commitKey < $1.commitKey }
        return standing
    }

    /// What silver's commit tells of a full crawl; nil when its parts have to be read for that.
    ///
    /// Rows in quarantine may be typed by now, and older releases did not note when the first answer had arrived.
    private func fullCrawl(of candidate: Candidate) async throws -> NewestFullCrawls.Crawl? {
        let key = ObjectLayout.commitKey(run: candidate.run)
        guard candidate.isAnswered, let object = try await store.objectIfPresent(key, bucket: silverBucket),
            let commit = try? ObjectJSON.decode(SilverCommit.self, from: object.body, of: key),
            let ledger = commit.ledger[FactVisitors.table.name], ledger.quarantined == 0,
            let since = commit.visitorsSince.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        return NewestFullCrawls.Crawl(
            runID: candidate.run.id, startedAt: since.microsecondsSinceEpoch, visitorCount: ledger.accepted)
    }

    /// Reads a commit of bronze; nil when it cannot be read, which is noted.
    private func readableCommit(
        of candidate: Candidate, lacking: inout [(commitKey: String, cause: String)]
    ) async throws -> BronzeCommit? {
        do {
            return try await bronzeCommit(
                ObjectLayout.commitKey(run: candidate.run), namedBy: "a listing")
        } catch let error as PipelineError {
            note(error, run: candidate.run, isAnswered: candidate.isAnswered, lacking: &lacking)
            return nil
        }
    }

    /// Merges a commit's visitors; when they cannot be read, that is noted.
    ///
    /// Of a commit that silver answered only the visitors are read: it was not refused, and the table holds its rows by
    /// rights. Of another all rows tell whether it is to be.
    ///
    /// - Parameters:
    ///   - run: Whose commit it is.
    ///   - isAnswered: Whether silver answered it.
    ///   - commit: The commit; nil reads it.
    ///   - standing: What to merge them into.
    /// - Throws: What the store throws.
    private func bringIn(
        _ run: Run, isAnswered: Bool, _ commit: BronzeCommit? = nil, to standing: inout StandingVisitors
    ) async throws {
        do {
            let commit =
                if let commit {
                    commit
                } else {
                    try await bronzeCommit(ObjectLayout.commitKey(run: run), namedBy: "a listing")
                }
            let rows =
                isAnswered
                ? try await typedRows(of: [(run, commit)], streams: [.visitors])
                : try await acceptedRows(of: run, commit)
            guard let rows else { return }
            warnOfRefusedVisitors(rows, run: run, isFullCrawl: commit.isFullCrawl)
            try standing.visitors.merge(rows.incomingVisitors(run: run, isFullCrawl: commit.isFullCrawl))
        } catch let error as PipelineError {
            note(error, run: run, isAnswered: isAnswered, lacking: &standing.lacking)
        }
    }

    /// Notes that a commit cannot be read: its rows are lacking if they are in the table by rights.
    private func note(
        _ error: PipelineError, run: Run, isAnswered: Bool,
        lacking: inout [(commitKey: String, cause: String)]
    ) {
        if isAnswered {
            lacking.append((ObjectLayout.commitKey(run: run), "\(error)"))
        } else {
            logger.warning("a commit that was never answered is left out: \(error)")
        }
    }
}
