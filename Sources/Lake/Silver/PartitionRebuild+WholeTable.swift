import AWS
import HTTP
import Logging
import Tables

extension PartitionRebuild {
    /// By how much the store's clock may be behind that of a function, and for how long an answer may have been under way.
    ///
    /// A quarter of an hour each: a row that was answered so little before one that stays may be the more active of the two.
    private static let answerTimeToleranceSeconds = 1_800.0

    /// A commit of bronze that may hold rows of the table.
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
                listed.modifiedAt.adding(seconds: PartitionRebuild.answerTimeToleranceSeconds)
                    .microsecondsSinceEpoch,
                (Int64(run.extractionDate.daysSinceEpoch) + 1) * 86_400_000_000)
        }
    }

    /// Makes the rows of the table from bronze's commits, without reading those of which no row can stay.
    ///
    /// The newest commits are looked at first, until it is known since when a row must have been seen. For that a complete
    /// reading's parts need not be read when silver's commit tells what follows from them. Then the rows of the commits that
    /// may hold an answer since then are read, and of no others: their rows would be taken out. So the table is the one that
    /// merging all of bronze in any order gives, unless a function's clock was ahead of the store's by more than a quarter of
    /// an hour and its run's date was long past. Commits that cannot be read do not hold that up: those that silver had
    /// answered are named.
    func wholeTable(_ scope: Scope, merging: PartitionState) async throws -> PartitionState? {
        let source = typing.source.name
        let answered = Set(try await typing.store.commitKeys(source: source, bucket: silverBucket, days: nil))
        if scope.isGone, answered.subtracting(scope.merging.map(ObjectLayout.commitKey(run:))).isEmpty {
            return nil
        }
        var candidates = try await typing.store.commits(source: source, bucket: typing.bucket, days: nil)
            .compactMap { Candidate($0, answered: answered) }.filter { !scope.merging.contains($0.run) }
        candidates.sort { $0.latestAnswerAt > $1.latestAnswerAt }
        var state = PartitionState(readings: merging.readings)
        var pending: [Candidate] = []
        var readCount = 0
        for (index, candidate) in candidates.enumerated() {
            if let since = state.readings.changeableSince, candidate.latestAnswerAt < since {
                pending += candidates[index...]
                break
            }
            try requireTime(scope, read: readCount, of: candidates.count)
            guard let commit = try await readableCommit(of: candidate, lacking: &state.lacking) else {
                continue
            }
            var candidate = candidate
            candidate.commit = commit
            if scope.table.table.deletion != nil, commit.complete.contains(scope.table.stream) {
                guard let reading = try await reading(of: candidate, scope.table) else {
                    try await merge(
                        candidate.run, isAnswered: candidate.isAnswered, commit, into: &state, of: scope.table
                    )
                    readCount += 1
                    continue
                }
                state.readings.insert(reading)
            }
            pending.append(candidate)
        }
        let bound = state.readings.deletedBefore ?? .min
        for candidate in pending where candidate.latestAnswerAt >= bound {
            try requireTime(scope, read: readCount, of: candidates.count)
            try await merge(
                candidate.run, isAnswered: candidate.isAnswered, candidate.commit, into: &state,
                of: scope.table)
            readCount += 1
        }
        // Rows that only sightings keep were typed in commits before that.
        var sightings = state.sightings
        sightings.formUnion(merging.sightings)
        sightings.remove(before: bound)
        if !sightings.seenAt.isEmpty {
            let earliest = state.readings.changeableSince ?? .min
            for candidate in pending
            where candidate.latestAnswerAt < bound && candidate.latestAnswerAt >= earliest {
                try requireTime(scope, read: readCount, of: candidates.count)
                try await merge(
                    candidate.run, isAnswered: candidate.isAnswered, candidate.commit, into: &state,
                    of: scope.table)
                readCount += 1
            }
        }
        logger.info(
            "rows read anew",
            metadata: [
                "table": "\(scope.table.table.name)", "commits": "\(readCount)",
                "left_out": "\(candidates.count - readCount)", "readings": "\(state.readings.text)",
            ])
        state.lacking.sort { $0.commitKey < $1.commitKey }
        return state
    }

    /// What silver's commit tells of a complete reading; nil when its parts have to be read for that.
    private func reading(of candidate: Candidate, _ table: SilverTable) async throws -> CompleteReadings
        .Reading?
    {
        let name = table.table.name
        guard candidate.isAnswered,
            let commit = try await typing.store.readableSilverCommit(
                of: candidate.run, bucket: silverBucket),
            // What was refused tells nothing of any table, also if its visitors could be typed.
            commit.refused == nil, let ledger = commit.ledger[name], ledger.quarantined == 0,
            let since = commit.since[name].flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        return CompleteReadings.Reading(
            runID: candidate.run.id, startedAt: since.microsecondsSinceEpoch, rowCount: ledger.accepted)
    }

    /// Reads a commit of bronze; nil when it cannot be read, which is noted.
    private func readableCommit(
        of candidate: Candidate, lacking: inout [(commitKey: String, cause: String)]
    ) async throws -> BronzeCommit? {
        do {
            return try await typing.commit(of: candidate.run, namedBy: "a listing")
        } catch let error as LakeError {
            note(error, run: candidate.run, isAnswered: candidate.isAnswered, lacking: &lacking)
            return nil
        }
    }
}
