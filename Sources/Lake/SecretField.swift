package import AWS
import Foundation
import JSON

/// The one value that a function takes from a secret: `{"<name>": "…"}`, or the value alone.
package struct SecretField: Sendable {
    /// The member's name.
    package var name: StaticString
    /// The variable that names the secret.
    package var variable: Variable
    /// The secret's name or ARN.
    package var secretID: String
    /// What the value is and which bytes it may have; nil where any will do.
    package var content: (name: String, allows: @Sendable (UInt8) -> Bool)?

    /// Names a value.
    package init(
        _ name: StaticString, variable: Variable, secretID: String,
        content: (name: String, allows: @Sendable (UInt8) -> Bool)? = nil
    ) {
        self.name = name
        self.variable = variable
        self.secretID = secretID
        self.content = content
    }

    /// Where the value is kept, in words that follow "in".
    package var place: String { "the secret \(secretID) as \(shape)" }

    private var shape: String { #"{"\#(name)": "…"}"# }

    /// Reads the value.
    ///
    /// - Returns: The value without surrounding white space.
    /// - Throws: ``SecretsManagerError`` that names the variable, or ``LakeError`` of kind `Configuration` when the
    ///   secret holds no such value; neither quotes anything of the secret.
    package func read(from secrets: any SecretStore) async throws -> Secret {
        let secret: Secret
        do {
            secret = try await secrets.secret(id: secretID)
        } catch var error as SecretsManagerError {
            error.message += " (\(variable.name) names it)"
            throw error
        }
        return try value(in: secret)
    }

    /// The value in a secret's text.
    package func value(in secret: Secret) throws -> Secret {
        let text = secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw problem("is empty") }
        var value = text
        if text.hasPrefix("{") {
            value = try member(ofObject: text)
            guard !value.isEmpty else { throw problem("has an empty \(name)") }
        }
        if let content, !value.utf8.allSatisfy(content.allows) {
            throw problem("holds something other than \(content.name)")
        }
        return Secret(value)
    }

    private func member(ofObject text: String) throws -> String {
        let found: String??
        do {
            found = try JSONParser().withDocument(Array(text.utf8)) { root in
                root.member(name).map { $0.string }
            }
        } catch {
            throw problem("is not JSON, or cut off")
        }
        guard let found else { throw problem("has no \(name)") }
        guard let value = found else { throw problem("has a value under \(name) that is no text") }
        return value.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func problem(_ problem: String) -> LakeError {
        .configuration(
            variable: variable.name,
            problem:
                "the secret \(secretID) \(problem); put \(shape) into it (aws secretsmanager put-secret-value)"
        )
    }
}
