import Lake
import Logging

/// Takes the files of events from the bucket where they land.
struct ClickstreamBronze: LandingSource {
    static let name = Clickstream.name
    static let variables: [Variable] = [.landingBucket, .landingPrefix, .landingKeyTemplate, .format]

    let landings: [Landing]

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        let prefix = configuration.string(.landingPrefix) ?? ""
        landings = [
            Landing(
                bucket: try configuration.required(.landingBucket), prefix: prefix,
                keyTemplate: try configuration.keyTemplate(.landingKeyTemplate, prefix: prefix),
                stream: .events, format: try configuration.eventFormat())
        ]
    }
}
