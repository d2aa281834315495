import HTTP
import Parquet

extension Invariants {
    /// Looks at each day's tables of media, and at what follows from them.
    func checkMedia(_ runs: [CommittedRun]) {
        for run in runs { checkSnapshots(of: run) }
        var counters: [(day: String, loads: [String: Int64])] = []
        for day in Set(runs.map(\.commit.extractionDate)).sorted() {
            let ofDay = runs.filter { $0.commit.extractionDate == day && !$0.isRefused }
            checkList(of: day, ofDay)
            if let loads = checkCounters(of: day, ofDay) { counters.append((day, loads)) }
        }
        for index in counters.indices { checkChanges(counters[...index]) }
    }

    /// Only what tells of a run's day is kept, and it is left out only once that is over.
    private func checkSnapshots(of run: CommittedRun) {
        let end = run.time.adding(seconds: 86_400)
        for answer in run.counters.answers {
            guard let loads = answer.loads else { continue }
            let moment = PretendAccount.firstLoad.adding(seconds: Double(loads))
            if moment > end {
                return simulation.violate(
                    .snapshots,
                    "\(run.key) files \(answer.media)'s counters of \(moment.iso8601) under its own day")
            }
        }
        let skipped = run.commit.skipped
        if !skipped.isEmpty, skipped != ["media", "media_engagement", "media_stats"] || run.written <= end {
            simulation.violate(
                .snapshots, "\(run.key), written at \(run.written.iso8601), leaves out \(skipped)")
        }
    }

    /// Every media that was there all the time is in a day's list, and none that never was.
    private func checkList(of day: String, _ runs: [CommittedRun]) {
        let media = simulation.account.media
        let key = "wistia/dim_media/extraction_date=\(day)/part-0.parquet"
        let isWhole = runs.contains { $0.commit.skipped.isEmpty }
        guard isWhole || storage.body("silver", key) != nil else { return }
        guard let ids = texts("media_id", of: key) else {
            return simulation.violate(.mediaKept, "\(key) is not there or cannot be read")
        }
        let shown = Set(ids)
        let lasting = media.indices.filter {
            media[$0].created == .distantPast && media[$0].deleted == nil
        }.map(PretendAccount.mediaID)
        if isWhole, let lost = Set(lasting).subtracting(shown).min() {
            simulation.violate(.mediaKept, "\(key) lacks \(lost)")
        }
        let all = Set(media.indices.map(PretendAccount.mediaID))
        if shown.count < ids.count || !shown.isSubset(of: all) {
            simulation.violate(.nobodyInvented, "\(key) has media that are not there, or twice")
        }
    }

    /// A day's counters are those of the last answers that its runs were given.
    ///
    /// - Returns: How often each media was loaded; nil when the day has no table, and should not have one.
    private func checkCounters(of day: String, _ runs: [CommittedRun]) -> [String: Int64]? {
        let expected = ShownCounters.newest(of: runs.flatMap(\.counters.answers))
        let facts = "wistia/fact_media/extraction_date=\(day)/part-0.parquet"
        let performance = "wistia/fact_media_performance/extraction_date=\(day)/part-0.parquet"
        if expected.isEmpty, storage.body("silver", facts) == nil {
            if storage.body("gold", performance) != nil {
                simulation.violate(.gold, "\(performance) is made of nothing")
            }
            return nil
        }
        let media = simulation.account.media
        let lasting = media.indices.filter {
            media[$0].created == .distantPast && media[$0].deleted == nil
        }.map(PretendAccount.mediaID)
        let isWhole = runs.contains { run in
            run.commit.skipped.isEmpty && run.counters.answers.allSatisfy { $0.loads != nil }
        }
        if isWhole, let lost = lasting.first(where: { expected[$0] == nil }) {
            simulation.violate(.mediaKept, "no answer of \(day) shows \(lost)'s counters")
        }
        for (bucket, key) in [("silver", facts), ("gold", performance)] {
            guard let found = loads("load_count", of: key, in: bucket) else {
                simulation.violate(.snapshots, "\(key) is not there or cannot be read")
                continue
            }
            if found != expected {
                let media =
                    Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.min() ?? ""
                simulation.violate(
                    .snapshots,
                    "\(key) says \(found[media].map { "\($0)" } ?? "nothing") of \(media), the day's last answer "
                        + (expected[media].map { "\($0)" } ?? "nothing"))
            }
        }
        return expected
    }

    /// A day's changes are the differences to each media's newest earlier counters.
    private func checkChanges(_ counters: ArraySlice<(day: String, loads: [String: Int64])>) {
        guard let (day, today) = counters.last else { return }
        let key = "wistia/media_daily_change/extraction_date=\(day)/part-0.parquet"
        guard let found = loads("load_count_change", of: key, in: "gold") else {
            return simulation.violate(.snapshots, "\(key) is not there or cannot be read")
        }
        var expected: [String: Int64] = [:]
        for (media, loads) in today {
            let earlier = counters.dropLast().last { $0.loads[media] != nil }?.loads[media]
            expected[media] = earlier.map { loads - $0 } ?? .min
        }
        if found != expected {
            let media = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.min() ?? ""
            simulation.violate(
                .snapshots,
                "\(key) says \(found[media] ?? 0) of \(media), the answers \(expected[media] ?? 0)")
        }
    }

    /// A column of a table in silver; nil when it cannot be read.
    private func texts(_ column: String, of key: String) -> [String]? {
        guard let bytes = storage.body("silver", key),
            let batch = try? ParquetReader(bytes).read(columns: [column]),
            case .bytes(let slots) = batch.columns[0].values
        else { return nil }
        return (0..<batch.rowCount).map { String(decoding: slots.bytes[slots.range($0)], as: UTF8.self) }
    }

    /// A column of numbers by media, the least number where there is none; nil when it cannot be read.
    private func loads(_ column: String, of key: String, in bucket: String) -> [String: Int64]? {
        guard let bytes = storage.body(bucket, key),
            let batch = try? ParquetReader(bytes).read(columns: ["media_id", column]),
            case .bytes(let ids) = batch.columns[0].values, case .int64(let numbers) = batch.columns[1].values
        else { return nil }
        var loads: [String: Int64] = [:]
        for row in 0..<batch.rowCount {
            let id = String(decoding: ids.bytes[ids.range(row)], as: UTF8.self)
            loads[id] = batch.columns[1].isValid(row) ? numbers[row] : .min
        }
        return loads.count == batch.rowCount ? loads : nil
    }
}
