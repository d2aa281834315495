import Lake

extension Variable {
    /// The secret that holds `{"api_token": …}`.
    static let secretID = Variable("WISTIA_SECRET_ID")
    /// The API's address without a path.
    static let baseURL = Variable("WISTIA_BASE_URL", default: "https://api.wistia.com")
    /// Hashed ids of the media to read, separated by commas; empty reads all.
    static let mediaIDs = Variable("WISTIA_MEDIA_IDS")
    /// Requests a minute at most; the account's limit is 600, shared with every other tool.
    static let requestsPerMinute = Variable("WISTIA_REQUESTS_PER_MINUTE", default: "480")
}

extension Configuration {
    /// Requests a minute: 1…100,000.
    ///
    /// The default leaves a fifth of the account's 600 to other tools. Values above 600 are for sandboxes.
    func requestsPerMinute() throws -> Int {
        let text = try required(.requestsPerMinute)
        guard let value = Int(text), (1...100_000).contains(value) else {
            throw LakeError.configuration(
                variable: Variable.requestsPerMinute.name,
                problem: "\(text) is not a whole number from 1 to 100000")
        }
        return value
    }

    /// The media to read; empty for all.
    func mediaIDs() throws -> [String] {
        var ids: [String] = []
        for id in list(.mediaIDs) ?? [] {
            guard !id.isEmpty, id.utf8.allSatisfy(Configuration.isAlphanumeric) else {
                throw LakeError.configuration(
                    variable: Variable.mediaIDs.name, problem: "\(id) is not a hashed media id")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// The API's address without a trailing slash.
    func baseURL() throws -> String {
        let text = try required(.baseURL)
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            throw LakeError.configuration(
                variable: Variable.baseURL.name, problem: "\(text) is not an http(s) address")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
