/// One kind of raw record of a source, such as `media` or `visitors`; the name stands in its parts' keys.
public struct Stream: RawRepresentable, Hashable, Comparable, Sendable, Codable, ExpressibleByStringLiteral {
    /// The name.
    public var rawValue: String

    /// Names a stream.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Names a stream.
    public init(stringLiteral name: String) { rawValue = name }
    /// By name.
    public static func < (left: Stream, right: Stream) -> Bool { left.rawValue < right.rawValue }
}
