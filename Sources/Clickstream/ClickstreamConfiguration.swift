import Lake

extension Variable {
    /// The bucket where the files land.
    static let landingBucket = Variable("CLICKSTREAM_LANDING_BUCKET")
    /// What their keys begin with; empty for the whole bucket.
    static let landingPrefix = Variable("CLICKSTREAM_LANDING_PREFIX")
    /// Where the date stands in their keys; empty when they have none.
    static let landingKeyTemplate = Variable("CLICKSTREAM_LANDING_KEY_TEMPLATE")
    /// How the files hold events: `jsonl` or `rees46`.
    static let format = Variable("CLICKSTREAM_FORMAT", default: "jsonl")
}

extension LandedFormat {
    /// The CSV files of REES46's open data: a header, and an event of whole seconds a line.
    static let rees46 = LandedFormat(name: "rees46", suffix: "csv", hasHeader: true)
}

extension Configuration {
    private static let eventFormats: [LandedFormat] = [.jsonLines, .rees46]

    /// How the files hold events.
    func eventFormat() throws -> LandedFormat {
        let name = try required(.format)
        guard let format = Configuration.eventFormats.first(where: { $0.name == name }) else {
            throw LakeError.configuration(
                variable: Variable.format.name,
                problem:
                    "there is no format \"\(name)\"; there are \(Configuration.eventFormats.map(\.name).joined(separator: ", "))"
            )
        }
        return format
    }
}
