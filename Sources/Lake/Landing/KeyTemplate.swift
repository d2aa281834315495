public import HTTP

/// Where the date stands in the keys of landed files, such as `events/year={yyyy}/month={MM}/day={dd}/`.
///
/// With it the files of some days are listed without those of all others.
public struct KeyTemplate: Sendable, Equatable {
    private static let placeholders = ["{yyyy}", "{MM}", "{dd}"]

    /// The template.
    public let text: String

    /// Reads a template; nil unless it has `{yyyy}`, `{MM}` and `{dd}` once each, and nothing else in braces.
    public init?(_ text: String) {
        var rest = text
        for placeholder in KeyTemplate.placeholders {
            guard let range = rest.firstRange(of: placeholder) else { return nil }
            rest.replaceSubrange(range, with: "")
        }
        guard !rest.contains("{"), !rest.contains("}") else { return nil }
        self.text = text
    }

    /// What the keys of a day begin with.
    public func prefix(of date: UTCDate) -> String {
        // 2026-01-08
        let parts = date.description.split(separator: "-").map(String.init)
        return zip(KeyTemplate.placeholders, parts).reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

extension Configuration {
    /// Reads a template of landed files' keys; nil when the variable is not set.
    ///
    /// - Parameters:
    ///   - variable: Which one.
    ///   - prefix: What it has to begin with.
    /// - Returns: The template.
    /// - Throws: ``LakeError`` of kind `Configuration` when it is none, or of other keys.
    public func keyTemplate(_ variable: Variable, prefix: String) throws -> KeyTemplate? {
        guard let text = string(variable) else { return nil }
        guard let template = KeyTemplate(text) else {
            throw LakeError.configuration(
                variable: variable.name,
                problem:
                    "\(text) is not a prefix with {yyyy}, {MM} and {dd} once each, such as events/year={yyyy}/month={MM}/day={dd}/"
            )
        }
        guard text.hasPrefix(prefix) else {
            throw LakeError.configuration(
                variable: variable.name, problem: "\(text) does not begin with the prefix \(prefix)")
        }
        return template
    }
}
