import AWS
import Datasets

/// The policy for personal fields, with its key from a secret where it needs one.
actor PersonalDataKey {
    private let mode: String
    private let secretID: String?
    private let secrets: any SecretStore
    private var known: PersonalDataPolicy?

    /// Reads the configuration, not the secret.
    init(configuration: Configuration, secrets: any SecretStore) throws {
        mode = try configuration.required(.personalDataMode)
        self.secrets = secrets
        do {
            known = try PersonalDataPolicy(mode: mode, key: nil)
            secretID = nil
        } catch .missingKey {
            secretID = try configuration.required(.personalDataKeySecretID)
        }
    }

    /// The policy; the first call may read the secret.
    func policy() async throws -> PersonalDataPolicy {
        if let known { return known }
        var key: [UInt8]?
        if let secretID {
            let value = try await SecretField(.personalDataKey, secretID: secretID).read(from: secrets)
            key = Array(value.reveal().utf8)
        }
        if let key, let secretID, key.count < PersonalDataPolicy.minimumKeyBytes {
            throw PipelineError.configuration(
                variable: Variable.personalDataKeySecretID.rawValue,
                problem:
                    "the secret \(secretID) has a pii_key of \(key.count) bytes, and "
                    + "\(PersonalDataPolicy.minimumKeyBytes) or more are needed; put a longer one into it, or set PII_MODE to drop"
            )
        }
        let policy = try PersonalDataPolicy(mode: mode, key: key)
        known = policy
        return policy
    }
}
