/// The environment does not say what a client needs to know.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line: what could not be configured, why, and what to do; never a value that could be secret.
    public var description: String

    /// Makes an error from its line.
    public init(_ description: String) {
        self.description = description
    }
}

extension [String: String] {
    /// A variable's value; nil when it is unset or empty, which the AWS SDKs treat alike.
    func nonEmpty(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
