/// Where secrets are kept.
public protocol SecretStore: Sendable {
    /// Reads a secret's current value.
    ///
    /// - Parameter id: The secret's name or ARN.
    /// - Returns: The value as text, read anew.
    /// - Throws: An error that names the secret and never its value.
    func secret(id: String) async throws -> Secret
}
