public import HTTP

/// Where the date stands in the keys of landed files, such as `events/year={yyyy}/month={MM}/day={dd}/`.
///
/// With it the files of some days are listed without those of all others.
public struct KeyTemplate: Sendable, Equatable {
    /// The names in braces, in the order of a date's parts.
    private static let names: [Substring] = ["yyyy", "MM", "dd"]

    /// The text before each name.
    private let literals: [Substring]
    /// The part of the date that each name stands for: 0 for the year, 1 for the month, 2 for the day.
    private let parts: [Int]
    /// The text behind the last name.
    private let end: Substring

    /// Reads a template; nil unless it has `{yyyy}`, `{MM}` and `{dd}` once each, and nothing else in braces.
    public init?(_ text: String) {
        var literals: [Substring] = []
        var parts: [Int] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}"),
                let part = KeyTemplate.names.firstIndex(of: rest[rest.index(after: open)..<close])
            else { return nil }
            literals.append(rest[..<open])
            parts.append(part)
            rest = rest[rest.index(after: close)...]
        }
        guard parts.sorted() == Array(KeyTemplate.names.indices),
            !(literals + [rest]).contains(where: { $0.contains("}") })
        else { return nil }
        self.literals = literals
        self.parts = parts
        end = rest
    }

    /// What the keys of a day begin with.
    public func prefix(of date: UTCDate) -> String {
        let digits = date.description.split(separator: "-")
        return zip(literals, parts).map { $0 + digits[$1] }.joined() + end
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
