import AWS
import Tables

/// The policy for personal fields, with its key from a secret where it needs one.
struct PersonalDataKey: Sendable {
    private let mode: String
    private let secretID: String?
    private let secrets: any SecretStore

    /// Reads the configuration, not the secret.
    init(configuration: Configuration, secrets: any SecretStore) throws {
        mode = try configuration.required(.personalDataMode)
        self.secrets = secrets
        do {
            _ = try PersonalDataPolicy(mode: mode, key: nil)
            secretID = nil
        } catch .missingKey {
            secretID = try configuration.required(.personalDataKeySecretID)
        }
    }

    /// The policy, with the key as it is now: a function that stays warm must not go on with one that was replaced.
    func policy() async throws -> PersonalDataPolicy {
        guard let secretID else { return try PersonalDataPolicy(mode: mode, key: nil) }
        let field = SecretField("pii_key", variable: .personalDataKeySecretID, secretID: secretID)
        let key = Array(try await field.read(from: secrets).reveal().utf8)
        guard key.count >= PersonalDataPolicy.minimumKeyBytes else {
            throw LakeError.configuration(
                variable: Variable.personalDataKeySecretID.name,
                problem:
                    "the secret \(secretID) has a pii_key of \(key.count) bytes, and "
                    + "\(PersonalDataPolicy.minimumKeyBytes) or more are needed; put a longer one into it, or set PII_MODE to drop"
            )
        }
        return try PersonalDataPolicy(mode: mode, key: key)
    }
}
