/// Bronze's cache of its newest commit; the commits themselves are the truth.
struct BronzeState: Codable, Equatable {
    var version = formatVersion
    /// The newest commit's key.
    var commit: String
    /// Its run's id; ids begin with the event's time, so they compare by age.
    var runID: String
    /// As in ``BronzeCommit``.
    var cursor: Cursor

    enum CodingKeys: String, CodingKey {
        case version, commit, cursor
        case runID = "run_id"
    }

    init(of commit: BronzeCommit, key: String) {
        self.commit = key
        runID = commit.runID
        cursor = commit.cursor
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        commit = try container.decode(String.self, forKey: .commit)
        runID = try container.decode(String.self, forKey: .runID)
        cursor =
            try container.decode(Int.self, forKey: .version) > 1
            ? try container.decode(Cursor.self, forKey: .cursor) : try FirstCursor.cursor(from: decoder)
    }
}
