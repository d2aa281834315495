import Digest

extension PersonalDataPolicy {
    /// What tells files made under one policy from those of another, without telling the key.
    ///
    /// For hashes it is the mode and the first 16 digits of a fixed text's HMAC under the key.
    package var mark: String {
        guard case .hash(let key) = self else { return mode }
        let code = HMACSHA256.authenticationCode(for: Array("medallion".utf8), key: key)
        return "\(mode):\(code.hexEncoded.prefix(16))"
    }
}
