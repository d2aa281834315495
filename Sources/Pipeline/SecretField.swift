import AWS
import Foundation
import JSON

/// The one value that a function takes from a secret: `{"<name>": "…"}`, or the value alone.
struct SecretField: Sendable {
    /// Which value.
    enum Name: String, Sendable {
        /// The API token.
        case apiToken = "api_token"
        /// The key of the hashes of personal fields.
        case personalDataKey = "pii_key"
    }

    /// Which value.
    var name: Name
    /// The secret's name or ARN.
    var secretID: String

    init(_ name: Name, secretID: String) {
        self.name = name
        self.secretID = secretID
    }

    /// Where the value is kept, in words that follow "in".
    var place: String { "the secret \(secretID) as \(shape)" }

    private var shape: String { #"{"\#(name.rawValue)": "…"}"# }

    private var variable: Variable {
        switch name {
        case .apiToken: .wistiaSecretID
        case .personalDataKey: .personalDataKeySecretID
        }
    }

    /// Reads the value.
    ///
    /// - Returns: The value without surrounding white space.
    /// - Throws: ``SecretsManagerError`` that names the variable, or ``PipelineError/configuration(variable:problem:)`` when the
    ///   secret holds no such value; neither quotes anything of the secret.
    func read(from secrets: any SecretStore) async throws -> Secret {
        let secret: Secret
        do {
            secret = try await secrets.secret(id: secretID)
        } catch var error as SecretsManagerError {
            error.message += " (\(variable.rawValue) names it)"
            throw error
        }
        return try value(in: secret)
    }

    /// The value in a secret's text.
    func value(in secret: Secret) throws -> Secret {
        let text = secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw problem("is empty") }
        var value = text
        if text.hasPrefix("{") {
            value = try member(ofObject: text)
            guard !value.isEmpty else { throw problem("has an empty \(name.rawValue)") }
        }
        // What cannot be a bearer token (RFC 6750 §2.1) would be sent, refused and taken for one that was revoked.
        if name == .apiToken, !value.utf8.allSatisfy(SecretField.isTokenByte) {
            throw problem("holds something other than a token")
        }
        return Secret(value)
    }

    private func member(ofObject text: String) throws -> String {
        let found: String??
        do {
            found = try JSONParser().withDocument(Array(text.utf8)) { root in
                switch name {
                case .apiToken: root.member("api_token").map { $0.string }
                case .personalDataKey: root.member("pii_key").map { $0.string }
                }
            }
        } catch {
            throw problem("is not JSON, or cut off")
        }
        guard let found else { throw problem("has no \(name.rawValue)") }
        guard let value = found else { throw problem("has a value under \(name.rawValue) that is no text") }
        return value.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func problem(_ problem: String) -> PipelineError {
        .configuration(
            variable: variable.rawValue,
            problem:
                "the secret \(secretID) \(problem); put \(shape) into it (aws secretsmanager put-secret-value)"
        )
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
