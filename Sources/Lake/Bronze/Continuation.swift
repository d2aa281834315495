/// What starts a run's next invocation.
struct Continuation: Codable, Equatable {
    var version = formatVersion
    var source: String
    var runID: String
    var extractionDate: String
    /// The invocation's number, from 2.
    var number: Int
    /// Whether the event asked for everything.
    var isFull: Bool

    enum CodingKeys: String, CodingKey {
        case version, source, number
        case runID = "run_id"
        case extractionDate = "extraction_date"
        case isFull = "is_full"
    }
}
