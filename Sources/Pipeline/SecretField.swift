import AWS
import Foundation

/// The one value of a secret: `{"<field>": "…"}`, or the value alone.
///
/// - Parameters:
///   - secret: The secret.
///   - field: The field's name in the JSON form.
///   - secretID: The secret's id, for the error.
///   - variable: The variable that names the secret, for the error.
/// - Returns: The value without surrounding white space.
/// - Throws: ``PipelineError/configuration(variable:problem:)`` when there is none; it quotes nothing of the secret.
func secretValue(_ secret: Secret, field: String, secretID: String, variable: Variable) throws -> Secret {
    let text = secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
    var value = text
    if text.hasPrefix("{") {
        // The decoder's own error is dropped: it could quote the secret.
        let fields = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        value = fields?[field]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
    guard !value.isEmpty else {
        throw PipelineError.configuration(
            variable: variable.rawValue,
            problem:
                #"the secret \#(secretID) has no \#(field); put {"\#(field)": "…"} into it (aws secretsmanager put-secret-value)"#
        )
    }
    return Secret(value)
}
