/// Why no file can be made.
public struct GeneratorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line.
    public var description: String

    /// Makes an error from its line.
    public init(_ description: String) {
        self.description = description
    }
}
