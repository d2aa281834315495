/// A browser as `user_agent_details` describes it.
struct UserAgent {
    var browser: StaticString
    var version: Int
    var platform: StaticString
    var mobile: Bool

    /// Draws one with about the frequencies of 73 observed rows of August 2026.
    static func draw(_ noise: inout Noise) -> UserAgent {
        func make(
            _ browser: StaticString, _ versions: ClosedRange<Int>, _ platform: StaticString, _ mobile: Bool
        ) -> UserAgent {
            UserAgent(
                browser: browser, version: versions.lowerBound + noise.below(versions.count),
                platform: platform,
                mobile: mobile)
        }
        return switch noise.below(1_000) {
        case 0..<425: make("Safari", 17...26, "iOS (iPhone)", true)
        case 425..<655: make("Chrome", 120...143, "Android", true)
        case 655..<785: make("Chrome", 120...143, "Windows", false)
        case 785..<850: make("Chrome", 120...143, "macOS", false)
        case 850..<880: make("Facebook", 480...540, "Android", true)
        case 880..<910: make("Chrome", 120...143, "iOS (iPhone)", true)
        case 910..<930: make("Facebook", 480...540, "iOS (iPhone)", true)
        case 930..<950: make("Instagram", 360...410, "iOS (iPhone)", true)
        case 950..<964: make("Instagram", 360...410, "Android", true)
        case 964..<978: make("Microsoft Edge", 120...143, "Windows", false)
        case 978..<986: make("Safari", 17...26, "macOS", false)
        case 986..<992: make("Firefox", 115...146, "Windows", false)
        case 992..<996: make("Safari", 17...26, "iPadOS", true)
        default: make("Firefox", 115...146, "Linux", false)
        }
    }

    func write(versionKnown: Bool, to json: inout JSONBytes) {
        json.raw(",\"user_agent_details\":{\"browser\":\"")
        json.raw(browser)
        json.raw("\",\"browser_version\":")
        if versionKnown {
            json.raw("\"")
            json.int(version)
            json.raw("\"")
        } else {
            json.raw("null")
        }
        json.raw(",\"platform\":\"")
        json.raw(platform)
        json.raw("\",\"mobile\":")
        json.bool(mobile)
        json.raw("}")
    }
}
