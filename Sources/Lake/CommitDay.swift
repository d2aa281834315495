import HTTP

/// The commits of one day that are to be answered.
struct CommitDay {
    var source: String
    var date: UTCDate
    /// Oldest first.
    var runs: [Run]

    /// Sorts commits into days, oldest first; a commit that is named twice counts once.
    ///
    /// - Throws: ``LakeError``.
    static func days(of commitKeys: [String], layer: String) throws -> [CommitDay] {
        var days: [CommitDay] = []
        for key in Set(commitKeys).sorted() {
            guard let run = ObjectLayout.run(ofCommitKey: key) else {
                throw LakeError.unexpectedKey(
                    layer: layer, key: key, expected: "commits/<source>/<date>/<run id>.json")
            }
            if let last = days.last, last.source == run.source, last.date == run.extractionDate {
                days[days.count - 1].runs.append(run)
            } else {
                days.append(CommitDay(source: run.source, date: run.extractionDate, runs: [run]))
            }
        }
        return days
    }
}
