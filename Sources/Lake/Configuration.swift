/// The environment as the functions see it.
public struct Configuration: Sendable {
    private var values: [String: String]

    /// Takes the process's variables.
    public init(environment: [String: String]) {
        values = environment
    }

    /// A variable's value or its default; empty counts as absent.
    ///
    /// - Parameter variable: Which one.
    /// - Returns: Its value.
    /// - Throws: ``LakeError`` of kind `Configuration` when it has neither.
    public func required(_ variable: Variable) throws -> String {
        guard let value = string(variable) ?? variable.defaultValue else {
            throw LakeError.configuration(variable: variable.name, problem: "it is not set")
        }
        return value
    }

    /// A variable's value; nil when it is not set or empty.
    public func string(_ variable: Variable) -> String? {
        guard let value = values[variable.name], !value.isEmpty else { return nil }
        return value
    }

    /// The names of a list, separated by commas; nil when the variable is not set.
    public func list(_ variable: Variable) -> [String]? {
        string(variable)?.split(separator: ",").map { String($0.filter { $0 != " " }) }
    }

    /// Which sources are on: all that are known, or those that the variable names.
    ///
    /// `none` names no source, so that a template can say of each source either its name or that.
    ///
    /// - Parameter known: The names of all sources.
    /// - Returns: The names of those that are on.
    /// - Throws: ``LakeError`` of kind `Configuration` when a name is not among them, or the list is empty.
    func sourceNames(of known: [String]) throws -> Set<String> {
        guard let names = list(.sources) else { return Set(known) }
        let known = known.sorted()
        let problem =
            names.isEmpty
            ? "it names no source"
            : names.first { $0 != "none" && !known.contains($0) }.map { "there is no source \"\($0)\"" }
        if let problem {
            throw LakeError.configuration(
                variable: Variable.sources.name,
                problem: "\(problem); there are \(known.joined(separator: ", "))")
        }
        return Set(names).subtracting(["none"])
    }

    /// The variable that names each bucket, by the bucket.
    var bucketVariables: [String: String] {
        let variables: [Variable] = [.bronzeBucket, .silverBucket, .goldBucket]
        let named = variables.compactMap { variable in string(variable).map { ($0, variable.name) } }
        return Dictionary(named, uniquingKeysWith: { first, _ in first })
    }
}
