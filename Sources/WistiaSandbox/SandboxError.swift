/// Why the sandbox cannot do what was asked.
public struct SandboxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line.
    public var description: String

    /// Makes an error from its line.
    public init(_ description: String) {
        self.description = description
    }
}
