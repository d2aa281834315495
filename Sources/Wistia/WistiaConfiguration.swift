import Lake

extension Variable {
    /// The secret that holds `{"api_token": …}`.
    static let secretID = Variable("WISTIA_SECRET_ID")
    /// The API's address without a path.
    static let baseURL = Variable("WISTIA_BASE_URL", default: "https://api.wistia.com")
    /// Ids of the media to read, hashed or numeric, separated by commas; empty reads all.
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
                    variable: Variable.mediaIDs.name, problem: "\(id) is not the id of a media")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// The API's address, without slashes at its end.
    ///
    /// It is never quoted: somebody may have put a password into it.
    func baseURL() throws -> String {
        var address = try required(.baseURL)[...]
        while address.last == "/" { address.removeLast() }
        guard Configuration.isSafe(address) else {
            throw LakeError.configuration(
                variable: Variable.baseURL.name,
                problem: "the token must not travel in clear; "
                    + "give an https:// URL, or http:// to this machine, without user, query or fragment")
        }
        return String(address)
    }

    private static func isSafe(_ address: Substring) -> Bool {
        let isEncrypted = address.hasPrefix("https://")
        guard isEncrypted || address.hasPrefix("http://") else { return false }
        let rest = address.dropFirst(isEncrypted ? 8 : 7)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !rest.contains(where: { "@?#\\\"".contains($0) })
        else { return false }
        let authority = rest.prefix { $0 != "/" }
        let host =
            authority.hasPrefix("[")
            ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isLoopback =
            host == "localhost" || host == "::1"
            || octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
        return !host.isEmpty && (isEncrypted || isLoopback)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
