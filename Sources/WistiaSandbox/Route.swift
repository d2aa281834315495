/// The resources of the API that the sandbox knows, with or without `.json`.
enum Route: Equatable {
    case health
    case token
    case account
    case accountStats
    case medias
    case media(String)
    case mediaStats(String)
    case mediaEngagement(String)
    case visitors
    case visitor(String)
    case unknown

    init(method: String, path: String) {
        var path = path[...]
        if path == "/health" || path == "/v1/health" {
            self = .health
            return
        }
        guard method == "GET", path.hasPrefix("/v1/") else {
            self = .unknown
            return
        }
        path = path.dropFirst(4)
        if path.hasSuffix(".json") {
            path = path.dropLast(5)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        switch parts {
        case ["token"]: self = .token
        case ["account"]: self = .account
        case ["stats", "account"]: self = .accountStats
        case ["medias"]: self = .medias
        case ["stats", "visitors"]: self = .visitors
        default:
            if parts.count == 2, parts[0] == "medias", !parts[1].isEmpty {
                self = .media(String(parts[1]))
            } else if parts.count == 3, parts[0] == "stats", parts[1] == "medias", !parts[2].isEmpty {
                self = .mediaStats(String(parts[2]))
            } else if parts.count == 4, parts[0] == "stats", parts[1] == "medias", parts[3] == "engagement" {
                self = .mediaEngagement(String(parts[2]))
            } else if parts.count == 3, parts[0] == "stats", parts[1] == "visitors", !parts[2].isEmpty {
                self = .visitor(String(parts[2]))
            } else {
                self = .unknown
            }
        }
    }

    /// What a token must be allowed to do; nil when any token will do.
    var scope: String? {
        switch self {
        case .medias, .media: "media:read"
        case .accountStats, .mediaStats, .mediaEngagement, .visitors, .visitor: "stats:read"
        case .health, .token, .account, .unknown: nil
        }
    }

    /// The route without ids, for counting.
    var name: String {
        switch self {
        case .health: "/health"
        case .token: "/token"
        case .account: "/account"
        case .accountStats: "/stats/account"
        case .medias: "/medias"
        case .media: "/medias/{id}"
        case .mediaStats: "/stats/medias/{id}"
        case .mediaEngagement: "/stats/medias/{id}/engagement"
        case .visitors: "/stats/visitors"
        case .visitor: "/stats/visitors/{key}"
        case .unknown: "unknown"
        }
    }
}
