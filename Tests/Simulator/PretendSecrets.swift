import AWS

/// Where the functions find the token and the key.
struct PretendSecrets: SecretStore {
    /// Gives the account's token; nil where nobody asks the account.
    var token: (@Sendable () -> String)?

    func secret(id: String) async throws -> Secret {
        Secret(
            id == "token"
                ? #"{"api_token":"\#(token?() ?? "")"}"#
                : #"{"pii_key":"an obviously fake key of 32 bytes or more"}"#)
    }
}
