/// Text that must not show up anywhere by accident: only ``reveal()`` gives it.
///
/// Printing, interpolating, dumping or reflecting on it, or on a value that holds it, shows a placeholder. It is
/// deliberately neither `Codable` nor `Hashable`.
public struct Secret: Sendable, Equatable {
    private static let placeholder = "<secret>"

    private let text: String

    /// Takes what must be kept.
    public init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one place that has to send it.
    public func reveal() -> String { text }

    /// Whether there is no text at all.
    public var isEmpty: Bool { text.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A placeholder.
    public var description: String { Self.placeholder }

    /// A placeholder.
    public var debugDescription: String { Self.placeholder }

    /// A mirror without children, for `dump` and whoever else looks inside.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
